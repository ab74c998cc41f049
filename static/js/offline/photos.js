/** Photos on the phone, each under the SHA-256 of its bytes. */

import { sha256 } from "../lib/ids.js";
import { change, get } from "./store.js";

/** @param {ArrayBuffer} bytes @param {string} type @returns {Promise<string>} its SHA-256; it is on disk by then */
export async function keep(bytes, type) {
  const id = await sha256(bytes);
  await change({ put: [["photos", id, { bytes, type }]] });
  return id;
}

/** @returns {Promise<{bytes: ArrayBuffer, type: string} | null>} null when it is not there or cannot be read */
export const photo = (id) => get("photos", id);

/** @returns {Promise<boolean>} whether the photo can be read and is still what its name says */
export async function sound(id) {
  const kept = await photo(id);
  return kept !== null && (await sha256(kept.bytes)) === id;
}
