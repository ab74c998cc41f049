/** The key of a store, what it seals, and how a tab that opened it by passphrase has it on its next page. The passphrase itself: passphrase.js. */

import { hex } from "../lib/ids.js";

/** @returns {Promise<CryptoKey>} for records: it never leaves the browser as bytes */
export const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** @param {BufferSource} raw 32 bytes @returns {Promise<CryptoKey>} */
export const keyFrom = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/** @returns {CryptoKey} that key; there is none while a passphrase stands before the store */
export function held(key) {
  if (!key) throw new DOMException("the passphrase stands before it", "NotAllowedError");
  return key;
}

/** A record as it lies on disk: JSON, or a photo's bytes beside its type. @param {CryptoKey | null} key */
export async function sealed(id, record, key) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const { bytes, ...rest } = record;
  const plain = bytes ?? new TextEncoder().encode(JSON.stringify(rest)).buffer;
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, held(key), plain);
  return { id, iv, data, ...(bytes ? { type: rest.type } : {}) };
}

/** What was sealed; throws where it cannot be read. */
export async function unsealed({ iv, data, type }, key) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data);
  return type ? { bytes: plain, type } : JSON.parse(new TextDecoder().decode(plain));
}

const place = (person, { epoch }) => `dugai-open-${person}-${epoch}`;

/**
 * Keeps the key for the other pages of this tab, until it is closed. @param {Uint8Array} raw
 * @param {{epoch: string}} lock @param {CryptoKey} wrap of this phone: what stands in the tab's own store is worth nothing without it
 */
export async function keepForTab(person, raw, lock, wrap) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrap, raw);
  globalThis.sessionStorage?.setItem(place(person, lock), [iv, data].map(hex).join("."));
}

/** The tab has it no more. */
export const closeInTab = (person, lock) => globalThis.sessionStorage?.removeItem(place(person, lock));

/** @returns {Promise<CryptoKey | null>} null where this tab was not opened by the passphrase, as the worker never is */
export async function openedInTab(person, lock, wrap) {
  const [iv, data] = (globalThis.sessionStorage?.getItem(place(person, lock)) ?? "").split(".").map(unhex);
  if (!data) return null;
  try {
    return await keyFrom(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, wrap, data));
  } catch {
    return null;
  }
}

const unhex = (text) => new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
