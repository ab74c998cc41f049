/** A photo made small enough for a poor line, with when, where and who drawn into it. */

import { takenAt } from "../lib/taken.js";
import { stamp } from "../lib/days.js";

const LONGEST = 1600;
const QUALITY = 0.75;
const HEADER = 128 * 1024;

/**
 * @param {File} file as the camera or gallery gave it
 * @param {string[]} names facility and person, for the mark
 * @returns {Promise<{bytes: ArrayBuffer, type: string}>} a JPEG; throws when the file is not a picture this phone reads
 */
export async function shrink(file, names) {
  const taken = takenAt(await file.slice(0, HEADER).arrayBuffer()) ?? stamp(file.lastModified || Date.now());
  const canvas = await drawn(file);
  mark(canvas, [taken, ...names].filter(Boolean).join("　"));
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (blob?.type !== "image/jpeg") throw new TypeError("this browser made no JPEG"); // some answer PNG without a word
  return { bytes: await blob.arrayBuffer(), type: blob.type };
}

async function drawn(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return canvas;
}

function mark(canvas, text) {
  const pen = canvas.getContext("2d");
  const size = Math.max(14, Math.round(canvas.width / 45));
  pen.font = `${size}px sans-serif`;
  pen.fillStyle = "rgb(0 0 0 / .55)";
  pen.fillRect(0, canvas.height - size * 1.8, canvas.width, size * 1.8);
  pen.fillStyle = "#fff";
  pen.fillText(text, size * 0.6, canvas.height - size * 0.6, canvas.width - size * 1.2);
}
