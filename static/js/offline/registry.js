/**
 * Who uses this phone: ids, keys and facts, no content; a name only sealed.
 *
 * What is written here is on disk when the promise settles, and what is struck out stays so after a power cut.
 */

import { openDB } from "idb";
import { newKey, unsealed } from "./keys.js";

export const REGISTRY = "dugai";
export const STRICT = { durability: "strict" };

/** A fact about this phone that is nobody's content. */
export async function remember(name, value) {
  const transaction = (await registry()).transaction("facts", "readwrite", STRICT);
  transaction.store.put(value, name).catch(() => {}); // said once, by the transaction
  await transaction.done;
}

export async function struck(store, name) {
  const transaction = (await registry()).transaction(store, "readwrite", STRICT);
  transaction.store.delete(name).catch(() => {});
  await transaction.done;
}

export const recall = async (name) => (await registry()).get("facts", name);

/** @returns {Promise<string[]>} the ids of all who have a store on this phone */
export async function people() {
  const names = await (await registry()).getAllKeys("keys");
  return [...new Set(names.map((name) => String(name).replace(/^(device|tab):/, "")))];
}

/** @returns {Promise<string>} the name that stands beside their store for whoever chooses it, under a key of this phone; "" where an earlier release left none */
export async function nameOf(id) {
  const record = await recall(`name:${id}`);
  return record ? unsealed(record, await tabKey(id)).then(({ name }) => name, () => "") : "";
}

/** @returns {Promise<string>} the name of this person's database */
export const place = async (id) => (await recall(`database:${id}`)) ?? `${REGISTRY}-${id}`;

/** @returns {Promise<CryptoKey | undefined>} the person's key, if it lies here */
export const keyHere = async (id) => (await registry()).get("keys", id);

/** The person's key, made once on this phone. Two pages may make one at once: the first that is written counts. */
export async function keyOf(id) {
  const db = await registry();
  const known = await db.get("keys", id);
  if (known) return known;
  const made = await newKey();
  const transaction = db.transaction("keys", "readwrite", STRICT);
  const other = await transaction.store.get(id);
  if (!other) transaction.store.put(made, id).catch(() => {});
  await transaction.done;
  return other ?? made;
}

/** What wraps an opened key for the other pages of a tab. */
export const tabKey = (id) => keyOf(`tab:${id}`);

/** The keys with which this person's phone signs, or null. */
export const pairOf = async (id) => (await (await registry()).get("keys", deviceOf(id))) ?? null;

/** Keeps them on disk. Two pages may make a pair at once: the first that is written counts. @returns {Promise<any>} the one that counts */
export async function keepPair(id, made) {
  const transaction = (await registry()).transaction("keys", "readwrite", STRICT);
  const other = await transaction.store.get(deviceOf(id));
  const counts = other && other.id !== made.id ? other : made;
  transaction.store.put(counts, deviceOf(id)).catch(() => {});
  await transaction.done;
  return counts;
}

/** Forgets the pair that the server takes no more: the next one has an id of its own. */
export const dropPair = (id) => struck("keys", deviceOf(id));

const deviceOf = (id) => `device:${id}`;

/** Takes a person off this phone, with their keys. */
export async function struckOff(id) {
  const transaction = (await registry()).transaction(["facts", "keys"], "readwrite", STRICT);
  for (const name of ["name:", "out:", "database:", "aside:", "tries:"]) transaction.objectStore("facts").delete(name + id).catch(() => {});
  for (const name of ["", "device:", "tab:"]) transaction.objectStore("keys").delete(name + id).catch(() => {});
  await transaction.done;
}

let opened = null;

function registry() {
  if (!globalThis.indexedDB) return Promise.reject(new DOMException("this browser keeps nothing", "NotSupportedError"));
  opened ??= openDB(REGISTRY, 1, {
    upgrade: (db) => ["facts", "keys"].forEach((name) => db.createObjectStore(name)),
    blocking: (_now, _next, event) => closed(event),
    terminated: () => (opened = null),
  });
  return opened.catch((fault) => {
    opened = null;
    throw fault;
  });
}

function closed(event) {
  event.target.close();
  opened = null;
}
