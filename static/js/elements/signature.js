/** The pad on which one person signs. Its library is fetched only when somebody is about to sign. */

import { keep } from "../offline/photos.js";
import { t } from "../lib/words.js";
import { one } from "./fill.js";

/** @param {string} title whose signature @param {string} [otherwise] for whom a finger on glass is not easy @returns {Promise<string | null>} the kept PNG's SHA-256, or null when left unsigned */
export async function signature(title, otherwise = "") {
  const { default: SignaturePad } = await import("signature_pad");
  const dialog = /** @type {HTMLDialogElement} */ (one("#pad"));
  const canvas = /** @type {HTMLCanvasElement} */ (one("#pad-canvas"));
  one("#pad-h").textContent = title;
  const say = (words, isWrong = false) => {
    one("#pad-why").textContent = words;
    one("#pad-why").classList.toggle("bad", isWrong);
  };
  const hint = () => say(t("用手指在框内签名。", "Sign in the box with a finger. ") + otherwise);
  hint();
  dialog.showModal();
  fit(canvas);
  const pad = new SignaturePad(canvas, { penColor: "#000", backgroundColor: "#fff" }); // ink on paper in every theme: it is printed
  pad.addEventListener("beginStroke", hint);
  const bytes = await signed(dialog, pad, canvas, () => say(t("框里还没有签名。用手指在框内写。", "Nothing is written yet: write in the box with a finger."), true));
  pad.off();
  dialog.close();
  return bytes && keep(bytes, "image/png");
}

function signed(dialog, pad, canvas, complain) {
  return new Promise((end) => {
    one("[data-do=clear]", dialog).onclick = () => pad.clear();
    one("[data-do=cancel]", dialog).onclick = () => end(null);
    dialog.oncancel = () => end(null);
    one("[data-do=done]", dialog).onclick = async () => {
      if (pad.isEmpty()) complain();
      else end(await png(trimmed(canvas, pad.toData())));
    };
  });
}

/** The ink with a little air around it: the same size on every page, whatever the phone's screen was. */
function trimmed(canvas, strokes) {
  const ratio = Math.max(devicePixelRatio || 1, 1);
  const points = strokes.flatMap(({ points }) => points);
  const [left, right] = reach(points.map(({ x }) => x * ratio), canvas.width);
  const [top, bottom] = reach(points.map(({ y }) => y * ratio), canvas.height);
  const cut = document.createElement("canvas");
  cut.width = right - left;
  cut.height = bottom - top;
  cut.getContext("2d").drawImage(canvas, left, top, cut.width, cut.height, 0, 0, cut.width, cut.height);
  return cut;
}

const AIR = 16;
const reach = (values, most) => [Math.max(0, Math.floor(Math.min(...values)) - AIR), Math.min(most, Math.ceil(Math.max(...values)) + AIR)];

const png = (canvas) => new Promise((done) => canvas.toBlob((blob) => done(blob.arrayBuffer()), "image/png"));

function fit(canvas) {
  const ratio = Math.max(devicePixelRatio || 1, 1);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
}
