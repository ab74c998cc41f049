/** Makes this device known to the server, so that it can hand in without a session. Loaded when it is needed, and a piece by itself: it imports nothing. */

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/**
 * Tried again with the next visit of Today, if it fails.
 * @param {string[]} known ids of this person's devices in use
 * @param {{device: Function, keep: Function, drop: Function, newId: Function, post: (body: string) => Promise<Response | null>}} phone post: null where nobody of ours answered
 */
export async function enrol(known, { device, keep, drop, newId, post }) {
  for (let tries = 0; tries < 2; tries++) {
    const mine = (await device()) ?? (await keep(await made(newId())));
    if (mine.enrolled && known.includes(mine.id)) return;
    const answer = await post(JSON.stringify({ id: mine.id, key: mine.key }));
    if (answer?.ok) return void (await keep({ ...mine, enrolled: true }));
    if (answer?.status !== 403 && answer?.status !== 409) return;
    await drop(); // out of use: enrolled anew, with another id
  }
}

async function made(id) {
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const key = btoa(String.fromCharCode(...spki)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return { id, key, secret: pair.privateKey, enrolled: false };
}
