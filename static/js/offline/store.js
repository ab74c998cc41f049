/**
 * What a phone keeps: one database a person, every record encrypted with that person's key. The only file that says indexedDB.
 *
 * Photos are ArrayBuffers written with strict durability: relaxed writes lose them in a power cut, blobs lose them in WebKit.
 * The browser keeps the key too, non-extractable: that stops casual reading, not forensics.
 */

import { openDB } from "idb";

const REGISTRY = "dugai"; // who uses this phone: no content
const STORES = ["drafts", "outbox", "photos", "kept"];
const STRICT = { durability: "strict" };

let current = null; // {id, name, key, db}

/** @returns {string | null} whose store is open */
export const person = () => current?.id ?? null;

/** @returns {string} their name */
export const personName = () => current?.name ?? "";

/** Opens the store of whoever used this phone last. @returns {Promise<string | null>} their id, null for nobody */
export async function open() {
  const last = await (await registry()).get("facts", "person");
  if (last && last.id !== person()) await enter(last);
  if (!last) leave();
  return person();
}

/** This person uses the phone from now on. @param {{id: string, name: string}} who */
export async function become(who) {
  await (await registry()).put("facts", who, "person");
  if (who.id !== person()) await enter(who);
}

/** Nobody uses the phone: what is kept stays, unread, until its owner signs in again. */
export async function forget() {
  await (await registry()).delete("facts", "person");
  leave();
}

/** A fact about this phone that is nobody's content. */
export const remember = async (name, value) => (await registry()).put("facts", value, name);
export const recall = async (name) => (await registry()).get("facts", name);

/** @returns {Promise<any>} the record, or null where there is none or it cannot be read any more */
export async function get(store, id) {
  return unlocked(await (await database()).get(store, id));
}

/** @returns {Promise<any[]>} every readable record of a store, by id */
export async function all(store) {
  const found = await Promise.all((await (await database()).getAll(store)).map(unlocked));
  return found.filter((record) => record !== null);
}

/** @returns {Promise<string[]>} the ids in a store */
export const ids = async (store) => (await database()).getAllKeys(store);

/**
 * Writes and deletes in one transaction, all of it or nothing, on disk when the promise settles.
 * @param {{put?: [string, string, any][], drop?: [string, string][]}} changes put: [store, id, record]; drop: [store, id]
 */
export async function change({ put = [], drop = [] }) {
  const locked = await Promise.all(put.map(async ([store, id, record]) => [store, await sealed(id, record)])); // before the transaction: it ends when it waits
  const touched = [...new Set([...put, ...drop].map(([store]) => store))];
  if (!touched.length) return;
  const transaction = (await database()).transaction(touched, "readwrite", STRICT);
  for (const [store, record] of locked) transaction.objectStore(store).put(record);
  for (const [store, id] of drop) transaction.objectStore(store).delete(id);
  await transaction.done; // a full phone says so here, not at the request
}

/** One thing at a time under this name, in all pages and the worker. */
export function alone(name, act) {
  const full = `${REGISTRY}-${person()}-${name}`;
  if (globalThis.navigator?.locks) return navigator.locks.request(full, act);
  const turn = (turns.get(full) ?? Promise.resolve()).then(act);
  turns.set(full, turn.catch(() => {}));
  return turn;
}
const turns = new Map();

// The databases

let opened = null;

function registry() {
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

async function enter({ id, name }) {
  const key = await keyOf(id);
  leave();
  current = { id, name, key, db: null };
}

function leave() {
  current?.db?.then((db) => db.close());
  current = null;
}

function database() {
  const mine = current;
  if (!mine) throw new Error("nobody's store is open");
  mine.db ??= openDB(`${REGISTRY}-${mine.id}`, 1, {
    upgrade: (db) => STORES.forEach((name) => db.createObjectStore(name, { keyPath: "id" })), // later versions only add
    blocking: (_now, _next, event) => {
      event.target.close();
      mine.db = null;
    },
    terminated: () => (mine.db = null),
  }).catch((fault) => {
    mine.db = null;
    throw fault;
  });
  return mine.db;
}

/** The person's key, made once on this phone. Two pages may make one at once: the first that is written counts. */
async function keyOf(id) {
  const db = await registry();
  const known = await db.get("keys", id);
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const transaction = db.transaction("keys", "readwrite", STRICT);
  const other = await transaction.store.get(id);
  if (!other) transaction.store.put(made, id);
  await transaction.done;
  return other ?? made;
}

// Records: JSON, or a photo's bytes beside its type

async function sealed(id, record) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const { bytes, ...rest } = record;
  const plain = bytes ?? new TextEncoder().encode(JSON.stringify(rest)).buffer;
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, current.key, plain);
  return { id, iv, data, ...(bytes ? { type: rest.type } : {}) };
}

async function unlocked(record) {
  if (!record) return null;
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: record.iv }, current.key, record.data);
    return record.type ? { bytes: plain, type: record.type } : JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null; // a record that cannot be read: whoever needs it says so
  }
}
