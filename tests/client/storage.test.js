/** What the phone keeps: an older store is taken over whole, a full one loses nothing, a spoilt one is said and not passed over. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openDB } from "idb";
import { Server, readyDraft } from "./phone.js";

const { ails } = await import("../../static/js/offline/ailments.js");
const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const { giveUp } = await import("../../static/js/offline/given_up.js");
const outbox = await import("../../static/js/offline/outbox.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");

let server;
let someone = 0;
let said = [];
ails((ailment) => said.push(ailment));

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  await store.become({ id: `keeper-${someone++}`, name: "周敏" });
  said = [];
});

/** The database as the first release made it: four stores and no facts. */
async function ofTheFirstRelease(id, records) {
  const db = await openDB(`dugai-${id}`, 1, { upgrade: (db) => ["drafts", "outbox", "photos", "kept"].forEach((name) => db.createObjectStore(name, { keyPath: "id" })) });
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const registry = await openDB("dugai");
  await registry.put("keys", key, id);
  for (const record of records) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(record)).buffer);
    await db.put("drafts", { id: record.id, iv, data });
  }
  registry.close();
  return db;
}

test("a store of the first release is taken over with all that is in it, and gets its id", async () => {
  (await ofTheFirstRelease("old-hand", [{ id: "d1", answers: { "S23-09": { value: "pass" } } }])).close();
  await store.become({ id: "old-hand", name: "何川" });
  assert.equal((await drafts.draft("d1")).answers["S23-09"].value, "pass");
  assert.match(store.storeId(), /^[0-9a-f]{16}$/);
});

test("a page of an older release that holds the store open is asked to close it, and that is said", async () => {
  const old = await ofTheFirstRelease("two-tabs", [{ id: "d1", answers: {} }]);
  const opening = store.become({ id: "two-tabs", name: "何川" });
  const blocked = new Promise((heard) => ails((ailment) => ailment === "blocked" && heard()));
  await blocked;
  old.close();
  await opening;
  assert.ok(await drafts.draft("d1"));
});

test("when a newer release changes the store, this page lets go of it and says so; it does not fail in silence", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  const newer = await openDB(`dugai-${store.person()}`, 3, { upgrade: (db) => db.createObjectStore("more") });
  assert.deepEqual(said, ["stale"]);
  await assert.rejects(drafts.answer(id, "S23-09", { value: "pass" }), { name: "VersionError" });
  newer.close();
});

test("the same store keeps its id; one made anew after a wipe has another", async () => {
  const before = store.storeId();
  const person = store.person();
  await store.forget();
  await store.become({ id: person, name: "周敏" });
  assert.equal(store.storeId(), before);
  await store.forget();
  await new Promise((done) => (indexedDB.deleteDatabase(`dugai-${person}`).onsuccess = done));
  await store.become({ id: person, name: "周敏" });
  assert.notEqual(store.storeId(), before);
});

test("a connection that the browser closed under us is opened again", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  const { prototype } = IDBDatabase;
  const { transaction } = prototype;
  prototype.transaction = function () {
    prototype.transaction = transaction;
    this.close();
    throw new DOMException("closing", "InvalidStateError");
  };
  await drafts.answer(id, "S23-09", { value: "pass" });
  assert.equal((await drafts.draft(id)).answers["S23-09"].value, "pass");
});

async function spoil(name, id) {
  const db = await openDB(`dugai-${store.person()}`);
  const record = await db.get(name, id);
  await db.put(name, { ...record, data: new Uint8Array([1, 2, 3]).buffer });
  db.close();
}

test("store gone bad while the phone slept: what cannot be read is counted, said, told to the server and kept as it lies", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  const other = await drafts.start({ facility: "home", parts: [] });
  await spoil("drafts", id);
  assert.deepEqual((await drafts.drafts()).map((draft) => draft.id), [other.id], "the others go on");
  assert.deepEqual(store.damaged(), [{ store: "drafts", id }]);
  assert.deepEqual(said, ["damaged"]);
  assert.match((await outbox.unsent())["x-dugai-unsent"], /^0,2,/);
  const [raw] = await store.asTheyLie();
  assert.equal(raw.id, id);
  assert.equal(raw.data.byteLength, 3);
  await giveUp(id);
  assert.equal((await store.ids("drafts")).length, 2, "nothing that cannot be read is deleted");
});

test("a photo that can no longer be read is found at the start, with the visit that shows it", async () => {
  const draft = await readyDraft({ drafts, photos });
  assert.deepEqual(await drafts.lost(), []);
  await spoil("photos", draft.shot);
  assert.deepEqual(await drafts.lost(), [{ id: draft.id, photo: draft.shot, isDraft: true }]);
  await giveUp(draft.id);
});

/** No room for any record but those that `fits` lets in; deleting always works. */
function full(fits = () => false) {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (record, ...rest) {
    const request = put.call(this, record, ...rest);
    if (!fits(this.name, record)) {
      this.transaction.abort();
      Object.defineProperty(this.transaction, "error", { value: new DOMException("full", "QuotaExceededError") });
    }
    return request;
  };
  return () => (IDBObjectStore.prototype.put = put);
}

test("a full phone says so, keeps the draft as it was, and goes on once there is room", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  await drafts.answer(id, "S23-09", { value: "pass" });
  const room = full();
  await assert.rejects(drafts.answer(id, "S23-10", { value: "pass" }), { name: "QuotaExceededError" });
  assert.deepEqual(said, ["full"]);
  assert.deepEqual(Object.keys((await drafts.draft(id)).answers), ["S23-09"]);
  room();
  await drafts.answer(id, "S23-10", { value: "pass" });
  assert.equal(Object.keys((await drafts.draft(id)).answers).length, 2);
});

test("sealing on a full phone leaves the draft a draft, nothing half", async () => {
  const draft = await readyDraft({ drafts, photos });
  const room = full();
  await assert.rejects(drafts.seal(draft.id), { name: "QuotaExceededError" });
  room();
  assert.ok(await drafts.draft(draft.id));
  assert.deepEqual(await outbox.entries(), []);
  assert.ok(await drafts.seal(draft.id));
});

test("a phone too full for any note still sends what waits, and that makes room", async () => {
  const draft = await readyDraft({ drafts, photos });
  await drafts.seal(draft.id);
  let freed = false;
  const { delete: drop } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.delete = function (...given) {
    const request = drop.apply(this, given);
    if (this.name === "photos") this.transaction.addEventListener("complete", () => (freed = true));
    return request;
  };
  const room = full(() => freed);
  assert.equal(await sync({ now: true }), "done");
  room();
  IDBObjectStore.prototype.delete = drop;
  assert.equal((await outbox.entries())[0].state, "received");
  assert.equal(server.receipts.size, 1);
});
