/** A passphrase before the store: set and taken off with all that is in it, opened by tab, and never a way to lose anything. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openDB } from "idb";
import { Server, readyDraft } from "./phone.js";

const kept = new Map();
globalThis.sessionStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const photos = await import("../../static/js/offline/photos.js");
const outbox = await import("../../static/js/offline/outbox.js");
const { sync } = await import("../../static/js/offline/sync.js");
const passphrase = await import("../../static/js/offline/passphrase.js");

const WORDS = "山城早起爱吃小面";
let someone = 0;

beforeEach(async () => {
  globalThis.fetch = new Server().fetch;
  kept.clear();
  await store.become({ id: `locked-${someone++}`, name: "周敏" });
});

/** The browser closed and opened again: what belonged to its tabs is gone. */
async function closeBrowser() {
  const who = { id: store.person(), name: store.personName() };
  kept.clear();
  await store.forget();
  await store.become(who);
}

test("with a passphrase nothing is readable until it is said; then everything is, photos too", async () => {
  const draft = await readyDraft({ drafts, photos });
  await passphrase.lockWith(WORDS);
  assert.ok(await drafts.draft(draft.id), "this tab goes on");
  assert.ok(await photos.sound(draft.shot));
  await closeBrowser();
  assert.ok(store.isLocked());
  await assert.rejects(drafts.draft(draft.id), { name: "NotAllowedError" });
  await assert.rejects(drafts.start({ facility: "home", parts: [] }), { name: "NotAllowedError" });
  assert.deepEqual(store.damaged(), [], "locked is not spoilt");
  assert.deepEqual(await passphrase.openWith(WORDS), { opened: true, wait: 0 });
  assert.equal((await drafts.draft(draft.id)).answers["S23-09"].value, "fail");
  assert.ok(await photos.sound(draft.shot));
});

test("no key that opens the records stays with the browser, and each record is under the new one", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  const db = await openDB(`dugai-${store.person()}`);
  const before = (await db.get("drafts", id)).iv;
  await passphrase.lockWith(WORDS);
  assert.notDeepEqual((await db.get("drafts", id)).iv, before);
  assert.equal((await db.get("facts", "key")).key, undefined);
  db.close();
  const registry = await openDB("dugai");
  assert.equal(await registry.get("keys", store.person()), undefined);
  registry.close();
});

test("a wrong one is said, and each makes the next wait longer", async () => {
  await passphrase.lockWith(WORDS);
  await closeBrowser();
  assert.deepEqual(await passphrase.openWith("wrong", 0), { opened: false, wait: 1000 });
  assert.deepEqual(await passphrase.openWith(WORDS, 400), { opened: false, wait: 600 }, "not even the right one before its time");
  assert.deepEqual(await passphrase.openWith("wrong", 1000), { opened: false, wait: 2000 });
  assert.deepEqual(await passphrase.openWith(WORDS, 3000), { opened: true, wait: 0 });
});

test("while it is locked nothing is sent and nothing is lost; opened, it goes", async () => {
  const draft = await readyDraft({ drafts, photos });
  await drafts.seal(draft.id);
  await passphrase.lockWith(WORDS);
  await closeBrowser();
  assert.equal(await sync(), "locked");
  await passphrase.openWith(WORDS);
  assert.equal(await sync({ now: true }), "done");
  assert.equal((await outbox.entries())[0].state, "received");
});

test("taken off, the store opens by itself again", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  await passphrase.lockWith(WORDS);
  await passphrase.unlockForGood();
  await closeBrowser();
  assert.ok(!store.isLocked());
  assert.ok(await drafts.draft(id));
  assert.equal(await passphrase.hasPassphrase(), false);
});

test("what is written while the passphrase is being set is kept under it too", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  const writing = Array.from({ length: 20 }, (_, n) => drafts.answer(id, `S-${n}`, { value: "pass" }));
  await Promise.all([passphrase.lockWith(WORDS), ...writing]);
  await closeBrowser();
  await passphrase.openWith(WORDS);
  assert.equal(Object.keys((await drafts.draft(id)).answers).length, 20);
});

test("one that nobody knows any more: the store is put aside as it is, and another is begun", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  await passphrase.lockWith(WORDS);
  await closeBrowser();
  const before = store.storeId();
  await store.putAside();
  assert.ok(!store.isLocked());
  assert.notEqual(store.storeId(), before);
  assert.deepEqual(await drafts.drafts(), []);
  const old = await openDB(`dugai-${store.person()}`);
  assert.ok(await old.get("drafts", id), "never deleted");
  old.close();
});
