/** The records that cannot be read any more, as they lie on the phone. */

import { asTheyLie, person } from "../offline/store.js";

/** As a file, for somebody who may make something of it. @returns {Promise<{name: string, blob: Blob}>} */
export async function spoilt() {
  const records = (await asTheyLie()).map(({ iv, data, ...rest }) => ({ ...rest, iv: base64(iv), data: base64(data) }));
  return { name: `dugai-spoilt-${records.length}.json`, blob: new Blob([JSON.stringify({ format: "dugai-spoilt/1", person: person(), records })]) };
}

/** Whatever it is: what lies there may be no bytes at all. */
function base64(bytes) {
  try {
    const view = new Uint8Array(bytes.buffer ?? bytes);
    let text = "";
    for (let at = 0; at < view.length; at += 0x8000) text += String.fromCharCode(...view.subarray(at, at + 0x8000));
    return btoa(text);
  } catch {
    return "";
  }
}
