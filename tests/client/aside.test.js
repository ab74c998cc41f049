/** A store that was put aside joins the one in use when its passphrase comes back to mind: each record once. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openDB } from "idb";
import { Server, readyDraft } from "./phone.js";

const tab = new Map();
globalThis.sessionStorage = { getItem: (name) => tab.get(name) ?? null, setItem: (name, value) => tab.set(name, value), removeItem: (name) => tab.delete(name) };
const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const rechecks = await import("../../static/js/offline/rechecks.js");
const photos = await import("../../static/js/offline/photos.js");
const outbox = await import("../../static/js/offline/outbox.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { givenUp } = await import("../../static/js/offline/given_up.js");
const { aside, join } = await import("../../static/js/offline/aside.js");
const passphrase = await import("../../static/js/offline/passphrase.js");

const WORDS = "山城早起爱吃小面";
const ABOUT = { id: "problem", number: "W-1", facility: "home", name: "安康养老院", what: "生熟混放", round: 0 };
const PASSES = { passed: true, record: "已整改", photos: [], due_on: null };
let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  tab.clear();
  await store.become({ id: `forgets-${someone++}`, name: "周敏" });
});

/** A visit under way, a sealed one and a re-check lie in a store that was put aside. */
async function forgotten() {
  const draft = await readyDraft({ drafts, photos });
  const sealed = await readyDraft({ drafts, photos });
  const entry = await drafts.seal(sealed.id);
  const recheck = await rechecks.keepRecheck(ABOUT, PASSES);
  await passphrase.lockWith(WORDS);
  await store.putAside();
  assert.deepEqual([await drafts.drafts(), await outbox.entries()], [[], []]);
  const [{ at, since }] = await aside();
  assert.ok(Date.parse(since));
  return { at, draft, entry, recheck };
}

test("with the passphrase all of it is here again, under way and in the queue, and goes up once", async () => {
  const { at, draft, entry, recheck } = await forgotten();
  assert.deepEqual(await join(at, WORDS), { opened: true, wait: 0, entries: 1, drafts: 2, unread: 0 });
  assert.deepEqual((await drafts.drafts()).map(({ id }) => id), [draft.id]);
  assert.ok(await photos.sound(draft.shot));
  assert.equal((await rechecks.begunOn(ABOUT.id)).id, recheck.id);
  assert.deepEqual(await aside(), []);
  assert.equal(await sync({ now: true }), "done");
  assert.deepEqual([...server.receipts.keys()], [entry.id]);
});

test("a wrong one opens nothing and waits as at the lock", async () => {
  const { at } = await forgotten();
  assert.deepEqual(await join(at, "wrong", 0), { opened: false, wait: 1000 });
  assert.deepEqual(await join(at, WORDS, 400), { opened: false, wait: 600 }, "not before its time");
  assert.equal((await aside()).length, 1);
  assert.deepEqual(await drafts.drafts(), []);
});

test("broken off midway and begun again: what came over and was sealed since does not come twice", async () => {
  const { at, draft, entry } = await forgotten();
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (record, ...rest) {
    const request = put.call(this, record, ...rest);
    if (record.id === ABOUT.id || (this.name === "drafts" && record.id !== draft.id)) this.transaction.abort(); // the last of three
    return request;
  };
  await assert.rejects(join(at, WORDS));
  IDBObjectStore.prototype.put = put;
  await drafts.seal(draft.id);
  await sync({ now: true });
  assert.deepEqual(await outbox.counts(), { received: 2 });
  await outbox.prune(Date.now() + 31 * 86400e3); // their receipts too are forgotten
  assert.deepEqual(await join(at, WORDS), { opened: true, wait: 0, entries: 0, drafts: 1, unread: 0 });
  assert.deepEqual([await drafts.drafts(), await outbox.counts(), server.receipts.size], [[], {}, 2], entry.id);
});

test("where the problem is being re-checked anew, the older one comes over as given up", async () => {
  const { at, recheck } = await forgotten();
  const anew = await rechecks.keepRecheck(ABOUT, { ...PASSES, record: "又看了一次" });
  await join(at, WORDS);
  assert.deepEqual((await rechecks.begun()).map(({ id }) => id), [anew.id]);
  assert.deepEqual((await givenUp()).map(({ id }) => id), [recheck.id]);
});

test("what cannot be read stays where it lies, and is told", async () => {
  const { at, draft } = await forgotten();
  const old = await openDB(at);
  await old.put("photos", { ...(await old.get("photos", draft.shot)), data: new Uint8Array([1, 2, 3]).buffer });
  old.close();
  const came = await join(at, WORDS);
  assert.ok(came.unread >= 1);
  assert.deepEqual([came.drafts, came.entries], [2, 1]);
  assert.equal((await aside()).length, 1);
  const again = await join(at, WORDS);
  assert.deepEqual([again.drafts, again.entries, again.unread > 0], [0, 0, true]);
  assert.equal((await drafts.drafts()).length, 1);
});
