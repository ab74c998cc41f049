/** What was submitted and where it is. An entry leaves only on its receipt; a refused one stays until somebody decides. */

import { told } from "./news.js";
import { photo } from "./photos.js";
import { all, change, get } from "./store.js";

const REMEMBERED = 30 * 24 * 3600e3; // a tombstone with its receipt stays this long

/** @returns {Promise<object[]>} every entry as the outbox shows it, the latest first */
export async function entries() {
  const found = await all("outbox");
  return Promise.all(found.sort((a, b) => (a.at < b.at ? 1 : -1)).map(shown));
}

/** @returns {Promise<Record<string, number>>} how many entries there are in each state */
export async function counts() {
  const count = {};
  for (const { state } of await all("outbox")) count[state] = (count[state] ?? 0) + 1;
  return count;
}

/** Puts a refused or paused entry into the queue again, as it was. */
export async function again(id) {
  const entry = await get("outbox", id);
  if (entry && entry.state !== "received") await step(entry, { state: "sealed", tries: 0, next: 0, why: null });
}

/** Writes how far an entry is. Its command and payload never change. */
export async function step(entry, { state, tries, next, why, uploaded }) {
  Object.assign(entry, Object.fromEntries(Object.entries({ state, tries, next, why, uploaded }).filter(([, value]) => value !== undefined)));
  await change({ put: [["outbox", entry.id, entry]] });
  told({ id: entry.id, state: entry.state });
}

/** The entry with its photos as a file, for the day when a phone cannot send. */
export async function exported(id) {
  const { kind, version, at, author, payload, photos } = await get("outbox", id);
  const pictures = {};
  for (const name of photos) {
    const kept = await photo(name);
    if (kept) pictures[name] = { type: kept.type, base64: base64(kept.bytes) };
  }
  return JSON.stringify({ format: "dugai-entry/1", command: { id, kind, version, at, author, payload }, photos: pictures });
}

/** Forgets tombstones that are old enough. */
export async function prune(now = Date.now()) {
  const old = (await all("outbox")).filter(({ state, received_at }) => state === "received" && now - Date.parse(received_at) > REMEMBERED);
  await change({ drop: old.map(({ id }) => ["outbox", id]) });
}

async function shown(entry) {
  const total = entry.photos.length;
  let bytes = 0;
  for (const name of entry.state === "received" ? [] : entry.photos) bytes += (await photo(name))?.bytes.byteLength ?? 0;
  return { ...entry, photos: { done: entry.uploaded.length, total, bytes } };
}

function base64(bytes) {
  let text = "";
  const view = new Uint8Array(bytes);
  for (let at = 0; at < view.length; at += 0x8000) text += String.fromCharCode(...view.subarray(at, at + 0x8000));
  return btoa(text);
}
