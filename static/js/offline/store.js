/**
 * What a phone keeps: one database a person, every record encrypted with that person's key. Who uses the phone stands in registry.js.
 *
 * Photos are ArrayBuffers written with strict durability: relaxed writes lose them in a power cut, blobs lose them in WebKit.
 * The browser keeps the key too, non-extractable: that stops casual reading, not forensics.
 */

import { deleteDB, openDB } from "idb";
import { hex } from "../lib/ids.js";
import { ailing } from "./ailments.js";
import { closeInTab, held, openedInTab, sealed, unsealed } from "./keys.js";
import { dropPair, keepPair, keyHere, keyOf, nameOf, pairOf, place, REGISTRY, recall, remember, STRICT, struck, struckOff, tabKey } from "./registry.js";

const STORES = ["drafts", "outbox", "photos", "kept"];
const ME = "me"; // whose store this is, by name: encrypted like all else in it
const FACTS = "facts"; // about the store itself, in the clear: its id, its own key where a passphrase ever stood before it
const VERSION = 2; // 1 had no facts; each version only adds

let current = null; // {id, name, at, key, epoch, store, db}: key is null while a passphrase locks it

/** @returns {string | null} whose store is open */
export const person = () => current?.id ?? null;

/** @returns {string} their name */
export const personName = () => current?.name ?? "";

/** @returns {boolean} whether a passphrase stands before the store that is open */
export const isLocked = () => current !== null && current.key === null;

/** @returns {string} the id that the store was given when it was made on this phone: another one means that it was wiped */
export const storeId = () => current?.store ?? "";

/** Opens the store of whoever used this phone last. @returns {Promise<string | null>} their id, null for nobody */
export async function open() {
  const last = await recall("person");
  if (!last) leave();
  else if (last.name) await become(last); // a name that an earlier release left open to be read
  else if (last.id !== person() || isLocked()) await enter(last, true);
  return person();
}

/** This person uses the phone from now on. @param {{id: string, name: string}} who */
export async function become({ id, name }) {
  if (id !== person()) await enter({ id }, true);
  if (!isLocked() && name !== personName()) await change({ put: [["kept", ME, { name }]] });
  if (name && name !== (await nameOf(id))) await remember(`name:${id}`, await sealed(id, { name }, await tabKey(id)));
  current.name = name;
  await struck("facts", `out:${id}`);
  await remember("person", { id });
}

/**
 * Nobody uses the phone: what is kept stays, unread, until its owner is back. @param {boolean} isOut they signed out: no hand but
 * theirs takes the phone up as them again. Else they handed it on, and may be chosen
 */
export async function forget(isOut = true) {
  if (isOut && current) await remember(`out:${current.id}`, true);
  await struck("facts", "person");
  shut();
  leave();
}

/** This tab has the key of whoever's store is open no more, where a passphrase stands before it. */
export const shut = () => current && closeInTab(current.id, current);

/** The worker: opens anybody's store, to send what waits in it. */
export const enterAs = (id) => enter({ id });

/** Takes whoever's store is open off this phone, with their keys. Whoever asks has seen that nothing of theirs waits. */
export async function remove() {
  const { id, at } = current;
  shut();
  leave();
  await struck("facts", "person"); // nobody makes it anew while it goes
  await deleteDB(at);
  await struckOff(id);
}

/** The keys with which this person's phone signs, or null. */
export const device = async () => (person() ? pairOf(person()) : null);

/** Keeps them on disk. @returns {Promise<any>} the pair that counts */
export const keepDevice = (made) => keepPair(person(), made);

/** Forgets the pair that the server takes no more: the next one has an id of its own. */
export const dropDevice = () => dropPair(person());

/** @returns {Promise<any>} the record, or null where there is none or it cannot be read any more */
export async function get(store, id) {
  const mine = current; // each reading and each change is one person's, whoever signs in meanwhile
  const record = await asked((db) => db.get(store, id), mine);
  return record ? unlocked(store, record, mine) : null;
}

/** @returns {Promise<any[]>} every readable record of a store, by id; the others are counted by `damaged` and said */
export async function all(store) {
  const mine = current;
  const found = await asked((db) => db.getAll(store), mine);
  const read = await Promise.all(found.map((record) => unlocked(store, record, mine)));
  return read.filter((record) => record !== null);
}

/** @returns {Promise<string[]>} the ids in a store */
export const ids = async (store) => asked((db) => db.getAllKeys(store));

/**
 * Writes and deletes in one transaction, all of it or nothing, on disk when the promise settles. Throws QuotaExceededError on a full phone.
 * @param {{put?: [string, string, any][], drop?: [string, string][]}} changes put: [store, id, record]; drop: [store, id]
 */
export async function change({ put = [], drop = [] }) {
  if (!put.length && !drop.length) return;
  const mine = current;
  const { epoch } = mine;
  const locked = await Promise.all(put.map(async ([store, id, record]) => [store, await sealed(id, record, mine.key)])); // before the transaction: it ends when it waits
  if (await written(locked, drop, epoch, mine)) return;
  if (person() !== mine.id) throw new Error("somebody else's store is open");
  await enter(current); // another tab has set or taken off the passphrase meanwhile
  return change({ put, drop });
}

/** Whether it was written: not where the key that sealed it is no more the store's. */
async function written(put, drop, epoch, mine) {
  const touched = [...new Set([...put, ...drop].map(([store]) => store)), FACTS];
  const transaction = await asked((db) => db.transaction(touched, "readwrite", STRICT), mine);
  transaction.done.catch(() => {}); // it may fail before anybody waits for it
  try {
    const kept = await transaction.objectStore(FACTS).get("key");
    if ((kept?.epoch ?? "") !== epoch) return false;
    for (const [store, record] of put) transaction.objectStore(store).put(record).catch(() => {}); // said once, by the transaction
    for (const [store, id] of drop) transaction.objectStore(store).delete(id).catch(() => {});
    await transaction.done; // a full phone says so here, not at the request
  } catch (fault) {
    const cause = transaction.error ?? fault;
    if (cause.name === "QuotaExceededError") ailing("full");
    throw cause;
  }
  for (const [store, id] of drop) bad.delete(`${store} ${id}`);
  return true;
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

// What has gone bad

const bad = new Map(); // "store id" → [store, id], of the store that is open

/** @returns {{store: string, id: string}[]} records that are there and could not be read when somebody last wanted them */
export const damaged = () => [...bad.values()].map(([store, id]) => ({ store, id }));

/** Those records as they lie there, for whoever may make something of them. @returns {Promise<{store: string, id: string, iv?: Uint8Array, data?: ArrayBuffer}[]>} */
export const asTheyLie = () => Promise.all([...bad.values()].map(async ([store, id]) => ({ store, id, ...(await asked((db) => db.get(store, id))) })));

// The databases

async function enter({ id, name = "" }, isMade = false) {
  const next = { id, name, at: await place(id), key: null, epoch: "", store: "", db: null };
  const db = await database(next, isMade);
  const [facts, me, own] = await Promise.all([db.getAll(FACTS), db.get("kept", ME), keyHere(id)]); // at once: each way there and back is waited for
  const lock = facts.find((fact) => fact.id === "key");
  next.epoch = lock?.epoch ?? "";
  next.store = facts.find((fact) => fact.id === "store")?.value ?? "";
  if (lock) await struck("keys", id); // left there by a battery that died in between
  next.key = lock ? (lock.key ?? (await openedInTab(id, lock, await tabKey(id)))) : (own ?? (await keyOf(id)));
  if (id !== person()) shut();
  leave();
  current = next;
  if (isLocked()) return ailing("locked");
  if (me) next.name ||= (await unlocked("kept", me, next).catch(() => null))?.name ?? "";
}

const named = async () => (current.name ||= (await get("kept", ME).catch(() => null))?.name ?? "");

/** A store beside the one that is open, as it lies there; whoever asks closes it. @returns {Promise<import("idb").IDBPDatabase>} */
export const beside = (at) => database({ at, db: null });

/** A store that holds nothing more. */
export const erase = (at) => deleteDB(at);

function leave() {
  current?.db?.then((db) => db.close(), () => {});
  current = null;
  bad.clear();
}

/** What the act makes of the open database; a connection that the browser closed under us is opened again, once. */
async function asked(act, mine = current) {
  try {
    return await act(await database(mine));
  } catch (fault) {
    if (fault.name !== "InvalidStateError" || !mine) throw fault;
    mine.db = null;
    return act(await database(mine, (await recall("person"))?.id === mine.id));
  }
}

/** isMade: where there is none. Only for whoever uses the phone: one that was taken off it stays off, whoever still looks for it. */
function database(mine = current, isMade = false) {
  if (!mine) throw new Error("nobody's store is open");
  mine.db ??= openDB(mine.at, VERSION, {
    upgrade: (db, before, now, transaction) => (before || isMade ? upgrade(db, before, now, transaction) : absent(transaction)),
    blocked: () => ailing("blocked"), // an older page holds it open
    blocking: (_now, next, event) => {
      event.target.close();
      mine.db = null;
      if (next) ailing("stale"); // a newer release has come to this phone: this page cannot go on
    },
    terminated: () => (mine.db = null),
  }).catch((fault) => {
    mine.db = null;
    if (fault.name === "VersionError") ailing("stale");
    throw fault;
  });
  return mine.db;
}

function absent(transaction) {
  transaction.done.catch(() => {}); // whoever opens hears of it
  transaction.abort();
}

function upgrade(db, before, _now, transaction) {
  transaction.done.catch(() => {}); // whoever opens hears of it
  if (before < 1) STORES.forEach((name) => db.createObjectStore(name, { keyPath: "id" }));
  if (before < 2) db.createObjectStore(FACTS, { keyPath: "id" }).put({ id: "store", value: hex(crypto.getRandomValues(new Uint8Array(8))) }).catch(() => {});
}

/**
 * Gives the store another key: every record anew under it, and what the next page needs to have it, in one transaction.
 * What was under the old key is gone with it. @param {CryptoKey} key @param {{epoch: string}} lock with the key itself, or what opens it
 */
export async function rekey(key, lock) {
  const { id, epoch } = current;
  for (;;) {
    const before = await Promise.all(STORES.map(async (store) => [store, await asked((db) => db.getAll(store))]));
    const anew = await Promise.all(before.map(async ([store, records]) => [store, await Promise.all(records.map((record) => turned(store, record, key)))]));
    if (await exchanged(before, anew, lock, epoch)) break; // else somebody wrote meanwhile: once more
  }
  Object.assign(current, { key, epoch: lock.epoch });
  await struck("keys", id);
}

async function exchanged(before, anew, lock, epoch) {
  const transaction = await asked((db) => db.transaction([...STORES, FACTS], "readwrite", STRICT));
  const kept = await transaction.objectStore(FACTS).get("key");
  let same = (kept?.epoch ?? "") === epoch;
  for (const [store, records] of before) same &&= marks(await transaction.objectStore(store).getAll()) === marks(records);
  if (!same) return false;
  for (const [store, records] of anew) for (const record of records) transaction.objectStore(store).put(record).catch(() => {});
  transaction.objectStore(FACTS).put({ id: "key", ...lock }).catch(() => {});
  await transaction.done;
  return true;
}

const marks = (records) => records.map(({ id, iv }) => `${id} ${iv && hex(iv)}`).join();

/** The record under another key; one that cannot be read stays as it is. */
async function turned(store, record, key) {
  const plain = await unlocked(store, record);
  return plain === null ? record : sealed(record.id, plain, key);
}

/** Opens the store in this tab with the key that its passphrase gave. */
export async function enterWith(key) {
  current.key = key;
  await named();
}

/** @returns {Promise<object | null>} what stands before the store: {epoch, salt, iterations, iv, data} under a passphrase, {epoch, key} without, null where there never was one */
export const lockOf = async () => (await asked((db) => db.get(FACTS, "key"))) ?? null;

/** A passphrase that nobody knows any more: the store is put aside as it is, never deleted, and a new one begun. */
export async function putAside() {
  const { id, name, at } = current;
  await remember(`aside:${id}`, [...((await recall(`aside:${id}`)) ?? []), { at, since: new Date().toISOString() }]);
  await remember(`database:${id}`, `${REGISTRY}-${id}-${hex(crypto.getRandomValues(new Uint8Array(4)))}`);
  leave();
  await enter({ id, name }, true);
}

// Reading

/** The record, or null for one that cannot be read: it is counted, and whoever needs it says so. */
async function unlocked(store, record, mine = current) {
  const { epoch } = mine;
  const key = held(mine.key);
  try {
    const plain = await unsealed(record, key);
    bad.delete(`${store} ${record.id}`);
    return plain;
  } catch {
    if (person() !== mine.id) return null; // nothing is said of it in somebody else's store
    return (await isRekeyed(epoch)) ? get(store, record.id) : spoilt(store, record.id);
  }
}

function spoilt(store, id) {
  bad.set(`${store} ${id}`, [store, id]);
  ailing("damaged");
  return null;
}

/** Whether another tab has given the store another key since; then this one takes it, or is locked. */
async function isRekeyed(epoch) {
  const kept = await lockOf();
  if ((kept?.epoch ?? "") === epoch) return false;
  await enter(current);
  return true;
}
