/** A passphrase before a person's store: what is kept can be read on this phone only by whoever knows it. Fetched only when wanted. */

import { keepForTab, keyFrom, newKey } from "./keys.js";
import { recall, remember, tabKey } from "./registry.js";
import { enterWith, lockOf, person, rekey } from "./store.js";

const ITERATIONS = 600_000; // OWASP's figure for PBKDF2 with SHA-256: a tenth of a second to half of one on a phone
export const SHORTEST = 8;
const LONGEST_PAUSE = 60_000;

const epoch = () => crypto.randomUUID();

/** Puts a passphrase before the store, or another one: every record is kept anew under a key that only it opens, all at once. */
export async function lockWith(passphrase) {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await wrapping(passphrase, salt, ITERATIONS), raw);
  const lock = { epoch: epoch(), salt, iterations: ITERATIONS, iv, data };
  await keepForTab(person(), raw, lock, await tabKey(person()));
  await rekey(await keyFrom(raw), lock);
}

/** Takes the passphrase off: the browser keeps the key again. */
export async function unlockForGood() {
  const key = await newKey();
  await rekey(key, { epoch: epoch(), key });
}

/** @returns {Promise<boolean>} whether this store has a passphrase */
export const hasPassphrase = async () => Boolean((await lockOf())?.salt);

/**
 * Opens the store in this tab. @returns {Promise<{opened: boolean, wait: number}>} wait: milliseconds until it may be tried again;
 * it doubles with each wrong one, for whoever tries by hand
 */
export async function openWith(passphrase, now = Date.now()) {
  const lock = await lockOf();
  const { raw, wait } = await unwrapped(lock, passphrase, now);
  if (!raw) return { opened: false, wait };
  await keepForTab(person(), new Uint8Array(raw), lock, await tabKey(person()));
  await enterWith(await keyFrom(raw));
  return { opened: true, wait };
}

/** What a lock of this person's keeps, by its passphrase; one count of tries for all of theirs. @returns {Promise<{raw: ArrayBuffer | null, wait: number}>} */
export async function unwrapped(lock, passphrase, now = Date.now()) {
  const name = `tries:${person()}`;
  const { count = 0, next = 0 } = (await recall(name)) ?? {};
  if (now < next) return { raw: null, wait: next - now };
  try {
    const raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv: lock.iv }, await wrapping(passphrase, lock.salt, lock.iterations), lock.data);
    await remember(name, { count: 0, next: 0 });
    return { raw, wait: 0 };
  } catch {
    const wait = Math.min(LONGEST_PAUSE, 1000 * 2 ** count);
    await remember(name, { count: count + 1, next: now + wait });
    return { raw: null, wait };
  }
}

async function wrapping(passphrase, salt, iterations) {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, typed, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
