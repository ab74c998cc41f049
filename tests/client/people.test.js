/** Several people on one phone: each has a store, and a queue that goes up as theirs, whoever is on the screen. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openDB } from "idb";
import { Server, sealedVisit } from "./phone.js";

const tab = new Map();
globalThis.sessionStorage = { getItem: (name) => tab.get(name) ?? null, setItem: (name, value) => tab.set(name, value), removeItem: (name) => tab.delete(name) };
const store = await import("../../static/js/offline/store.js");
const { nameOf, remember } = await import("../../static/js/offline/registry.js");
const drafts = await import("../../static/js/offline/drafts.js");
const photos = await import("../../static/js/offline/photos.js");
const outbox = await import("../../static/js/offline/outbox.js");
const pack = await import("../../static/js/offline/pack.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { giveUp } = await import("../../static/js/offline/given_up.js");
const { choose, everybody, stands, takeOff } = await import("../../static/js/offline/this_phone.js");
const passphrase = await import("../../static/js/offline/passphrase.js");

const WORDS = "山城早起爱吃小面";
let server;
let sent; // of each command: its author, and the device that signed or "" for a session
let round = 0;
let ann, bo;

beforeEach(async () => {
  server = new Server();
  sent = [];
  round += 1;
  [ann, bo] = [{ id: `ann-${round}`, name: "周敏" }, { id: `bo-${round}`, name: "何川" }];
  globalThis.fetch = (path, how) => {
    if (path === "/sync") sent.push([JSON.parse(how.body).commands[0].author, /keyid="([^"]*)"/.exec(how.headers["signature-input"])?.[1] ?? ""]);
    return server.fetch(path, how);
  };
});

/** Signs in with signal, enrols, and leaves one sealed visit behind. @returns {Promise<string>} the device */
async function works(person, enrols = true) {
  server.pack = { person, facilities: [], pages: [], devices: [] };
  assert.equal((await pack.refresh()).state, "ready");
  if (enrols) await pack.enrolled();
  await sealedVisit({ drafts, photos });
  return (await store.device())?.id ?? "";
}

/** What the worker does when it is woken: it has no page. */
async function workerSends() {
  const page = globalThis.document;
  delete globalThis.document;
  try {
    return await sync({ now: true });
  } finally {
    globalThis.document = page;
  }
}

const authors = () => sent.map(([author]) => author).filter((author) => [ann.id, bo.id].includes(author)); // of this test's two
const mine = async () => (await everybody()).filter(({ id }) => [ann.id, bo.id].includes(id));
const countsOf = async ({ id }) => {
  await choose(id);
  await store.open();
  return outbox.counts();
};

test("the worker sends each queue by its author's own device, while another is on the screen", async () => {
  const [annPhone, boPhone] = [await works(ann), await works(bo)];
  server.signedIn = false; // the session was Ann's, and has ended
  await choose(ann.id);
  assert.equal(await workerSends(), "done");
  assert.deepEqual(sent.filter(([author]) => [ann.id, bo.id].includes(author)), [[bo.id, boPhone], [ann.id, annPhone]]);
  assert.equal(store.person(), ann.id, "and ends with whoever uses the phone");
  for (const person of [bo, ann]) assert.deepEqual(await countsOf(person), { received: 1 });
});

test("with no key of their own, nobody's queue goes up by the session of another", async () => {
  await works(bo, false);
  await works(ann);
  const photosBefore = server.photos.size;
  assert.equal(await workerSends(), "done");
  assert.deepEqual(authors(), [ann.id]);
  assert.ok(server.photos.size > photosBefore);
  assert.deepEqual(await countsOf(bo), { paused: 1 });
  assert.equal(await sync({ now: true }), "done", "theirs is the session now");
  assert.deepEqual(await outbox.counts(), { received: 1 });
});

test("an attempt goes no further once somebody else's store is open, and leaves nothing in it", async () => {
  await works(bo);
  await works(ann);
  const { fetch } = globalThis;
  globalThis.fetch = async (path, how) => {
    const answer = await fetch(path, how);
    if (how?.method === "PUT") await store.enterAs(bo.id);
    return answer;
  };
  await sync({ now: true });
  assert.equal(store.person(), bo.id);
  assert.deepEqual((await store.all("outbox")).map(({ author }) => author), [bo.id]);
  assert.deepEqual(authors(), []);
  await store.enterAs(ann.id);
  assert.deepEqual((await store.all("outbox")).map(({ author }) => author), [ann.id]);
});

test("what is being written while somebody else's store opens goes into its own", async () => {
  await works(bo);
  await works(ann);
  let isOpen = false;
  const opening = store.enterAs(bo.id).then(() => (isOpen = true));
  const writes = [];
  while (!isOpen) {
    const id = `note-${writes.length}`;
    writes.push(store.change({ put: [["drafts", id, { id, author: store.person() }]] }));
    await new Promise(setImmediate);
  }
  await Promise.all([opening, ...writes]);
  for (const { id } of [bo, ann]) {
    await store.enterAs(id);
    const authors = (await store.all("drafts")).map(({ author }) => author);
    assert.deepEqual(authors, authors.map(() => id));
    assert.deepEqual(store.damaged(), []);
  }
});

test("a device that is taken no more does not fall back on the session of another", async () => {
  await works(bo);
  await works(ann);
  server.fault = (path, method) => (path === "/sync" && sent.at(-1)[0] === bo.id ? server.answer(401, { refusal: { code: "device.unknown" } }) : null);
  await workerSends();
  assert.deepEqual(sent.filter(([author]) => author === bo.id).map(([, device]) => Boolean(device)), [true], "tried once, and signed");
  assert.deepEqual(await countsOf(bo), { paused: 1 });
});

test("a locked queue is not sent, and keeps nobody else's", async () => {
  await works(bo);
  await passphrase.lockWith(WORDS);
  await works(ann);
  assert.equal(await workerSends(), "done");
  assert.deepEqual(authors(), [ann.id]);
});

test("whoever was here may be chosen without signal, and finds what is theirs only", async () => {
  await works(bo);
  await works(ann);
  const { id } = await drafts.start({ facility: "home", parts: [] });
  assert.deepEqual((await mine()).map((one) => [one.name, one.stands]), [["周敏", "open"], ["何川", "open"]]);
  await choose(bo.id);
  assert.equal(await store.open(), bo.id);
  assert.equal(store.personName(), "何川");
  assert.equal(await drafts.draft(id), null);
  assert.equal((await outbox.entries()).length, 1);
  await assert.rejects(drafts.seal(id).then((entry) => entry.id), TypeError);
});

test("who signed out is opened by signing in again, or by their passphrase; who handed the phone on may be chosen", async () => {
  await works(bo);
  await store.forget(false);
  assert.equal(await stands(bo.id), "open");
  await choose(bo.id);
  await store.open();
  await store.forget();
  assert.equal(await stands(bo.id), "out");
  await assert.rejects(choose(bo.id), { name: "NotAllowedError" });
  await assert.rejects(choose("never here"), { name: "NotAllowedError" });
  assert.equal(await store.open(), null);
  await store.become(bo);
  await passphrase.lockWith(WORDS);
  await store.forget();
  await choose(bo.id);
  await store.open();
  assert.ok(store.isLocked());
});

test("a passphrase is asked for again once somebody else had the phone, in the same tab too", async () => {
  await works(ann);
  await passphrase.lockWith(WORDS);
  await works(bo);
  await choose(ann.id);
  await store.open();
  assert.ok(store.isLocked(), "the tab had it open before another came in");
  await passphrase.openWith(WORDS);
  await choose(bo.id);
  await store.open();
  await choose(ann.id);
  await store.open();
  assert.ok(store.isLocked());
  assert.equal((await mine())[0].name, "周敏", "but whose it is can be read, to be chosen");
});

test("a name stands in the registry under a key of the phone only", async () => {
  await store.become({ id: ann.id, name: "慕容青蘅" });
  const registry = await openDB("dugai");
  const lying = Buffer.concat((await registry.getAll("facts")).map(({ data }) => Buffer.from(data ?? [])));
  registry.close();
  assert.ok(!lying.includes("慕容"));
  assert.equal(await nameOf(ann.id), "慕容青蘅");
});

test("somebody is taken off a phone only when nothing of theirs is nowhere but on it", async () => {
  await works(ann);
  assert.equal(await takeOff(), false, "a visit waits");
  await sync({ now: true });
  const { id } = await drafts.start({ facility: "home", parts: [] });
  assert.equal(await takeOff(), false, "one is under way");
  await giveUp(id);
  assert.equal(await takeOff(), false, "or given up and not yet forgotten");
  await store.change({ drop: [["drafts", id]] });
  await remember(`aside:${ann.id}`, [{ at: "somewhere", since: "2026-11-23T00:00:00Z" }]);
  assert.equal(await takeOff(), false, "or put aside");
  await remember(`aside:${ann.id}`, []);
  assert.equal(await takeOff(), true);
  assert.deepEqual([await mine(), await store.open()], [[], null]);
  const registry = await openDB("dugai");
  for (const part of ["facts", "keys"]) assert.ok(!(await registry.getAllKeys(part)).some((name) => name.includes(ann.id)), part);
  registry.close();
});

test("a store that was taken off is made anew by nobody who still looks for it", async () => {
  await works(ann);
  await sync({ now: true });
  const held = await store.beside(`dugai-${ann.id}`); // as another page holds it, until it hears
  assert.equal(await takeOff(), true);
  held.close();
  await assert.rejects(store.enterAs(ann.id));
  await assert.rejects(store.beside(`dugai-${ann.id}`));
  assert.equal(await stands(ann.id), "out");
  assert.ok(!(await indexedDB.databases()).some(({ name }) => name.includes(ann.id)));
  await works(ann);
  assert.equal(await takeOff(), false, "whoever signs in again has a store");
});

test("a store that cannot be opened keeps nobody else's", async () => {
  await works(bo);
  await works(ann);
  (await openDB(`dugai-${bo.id}`, 99)).close(); // a later release was here
  assert.equal(await workerSends(), "later");
  assert.deepEqual(authors(), [ann.id]);
  assert.deepEqual((await mine()).map((one) => one.stands), ["open", "out"], "nor the page with all of them");
});
