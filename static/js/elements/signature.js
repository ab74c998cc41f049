/** The pad on which one person signs. Its library is fetched only when somebody is about to sign. */

import { keep } from "../offline/photos.js";
import { t } from "../lib/words.js";
import { one } from "./fill.js";

/** @param {string} title whose signature @returns {Promise<string | null>} the kept PNG's SHA-256, or null when left unsigned */
export async function signature(title) {
  const { default: SignaturePad } = await import("signature_pad");
  const dialog = /** @type {HTMLDialogElement} */ (one("#pad"));
  const canvas = /** @type {HTMLCanvasElement} */ (one("#pad-canvas"));
  one("#pad-h").textContent = title;
  dialog.showModal();
  fit(canvas);
  const pad = new SignaturePad(canvas, { penColor: "#000", backgroundColor: "#fff" }); // ink on paper in every theme: it is printed
  const bytes = await signed(dialog, pad, canvas);
  pad.off();
  dialog.close();
  return bytes && keep(bytes, "image/png");
}

function signed(dialog, pad, canvas) {
  return new Promise((end) => {
    one("[data-do=clear]", dialog).onclick = () => pad.clear();
    one("[data-do=cancel]", dialog).onclick = () => end(null);
    dialog.oncancel = () => end(null);
    one("[data-do=done]", dialog).onclick = async () => {
      if (pad.isEmpty()) one("#pad-why").textContent = t("框里还没有签名。", "Nothing is written in the box yet.");
      else end(await png(canvas));
    };
  });
}

const png = (canvas) => new Promise((done) => canvas.toBlob((blob) => done(blob.arrayBuffer()), "image/png"));

function fit(canvas) {
  const ratio = Math.max(devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
}
