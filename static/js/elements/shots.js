/** The row of photos in a problem: taking, choosing, looking at and removing them. */

import { keep, photo } from "../offline/photos.js";
import { t } from "../lib/words.js";
import { all, fill, one } from "./fill.js";
import { shrink } from "./picture.js";
import { toast } from "./toast.js";

/**
 * @param {HTMLElement} field the element with `data-photos`
 * @param {{names: () => string[], beforeCamera: () => Promise<void>, changed: () => Promise<void>}} owner
 */
export function shots(field, owner) {
  let adding = Promise.resolve(); // the photo that is still being made small
  let shas = []; // a list of its own for each problem that is opened

  const paint = async () => {
    all("button.thumb", field).forEach((thumb) => thumb.remove());
    const thumbs = await Promise.all(shas.map((sha, i) => thumb(sha, i, remove)));
    one(".shots", field).prepend(...thumbs);
  };
  const remove = async (sha) => {
    if (shas.includes(sha)) shas.splice(shas.indexOf(sha), 1);
    await owner.changed();
    await paint();
  };
  const add = async (files) => {
    const mine = shas;
    for (const file of files) {
      try {
        const { bytes, type } = await shrink(file, owner.names());
        const sha = await keep(bytes, type);
        if (!mine.includes(sha)) mine.push(sha);
      } catch (fault) {
        toast(complaint(fault));
      }
    }
    if (mine !== shas) return; // left meanwhile: it shows in no other problem
    await owner.changed();
    await paint();
  };

  for (const input of all("input[type=file]", field)) {
    input.addEventListener("click", () => owner.beforeCamera()); // the system may end this page while the camera is open
    input.addEventListener("change", async () => {
      adding = add([.../** @type {HTMLInputElement} */ (input).files]);
      await adding;
      /** @type {HTMLInputElement} */ (input).value = "";
    });
  }
  return {
    get: () => [...shas],
    settled: () => adding,
    set: (given) => {
      shas = [...(given ?? [])];
      return paint();
    },
  };
}

/** What kept a photo from being saved, in words. */
export function complaint(fault) {
  if (fault?.name === "QuotaExceededError") return t("手机空间不够，这张没有存下。请先清出空间。", "The phone is full: this photo was not kept. Free some space first.");
  return t("这张照片读不出来，请再拍一次。", "This photo cannot be read: please take it again.");
}

/** An address for an `<img>` of a photo kept on the phone, or null when it cannot be read. */
export async function imageUrl(sha) {
  const kept = await photo(sha);
  return kept && URL.createObjectURL(new Blob([kept.bytes], { type: kept.type }));
}

async function thumb(sha, index, remove) {
  const url = await imageUrl(sha);
  const piece = fill("shot", { image: { src: url ?? "", alt: t(`照片 ${index + 1}`, `Photo ${index + 1}`) } });
  piece.addEventListener("click", () => look(url, () => remove(sha)));
  return piece;
}

function look(url, remove) {
  const viewer = /** @type {HTMLDialogElement} */ (one("#viewer"));
  /** @type {HTMLImageElement} */ (one("#viewer-image")).src = url ?? "";
  all("[data-do=close]", viewer).forEach((button) => (button.onclick = () => viewer.close()));
  one("[data-do=remove]", viewer).onclick = () => {
    viewer.close();
    remove();
  };
  viewer.showModal();
}
