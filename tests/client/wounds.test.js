/** Wounds of others where only the code matters: who writes into whose store, what blocks whom, what counts as a receipt. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, readyDraft, sealedVisit } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const { remember } = await import("../../static/js/offline/registry.js");
const drafts = await import("../../static/js/offline/drafts.js");
const { giveUp } = await import("../../static/js/offline/given_up.js");
const { watch } = await import("../../static/js/offline/news.js");
const outbox = await import("../../static/js/offline/outbox.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");

let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  await store.become({ id: `wounded-${someone++}`, name: "周敏" });
});

const sealed = async () => (await sealedVisit({ drafts, photos })).entry;
const states = async () => (await outbox.entries()).sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ state }) => state);
const answering = (told) => (server.sync = ({ commands: [{ id }] }) => server.answer(200, { receipts: [told(id)] }));

test("somebody else comes in while an entry is under way: nothing of it is written into their store, and it goes when its author is back", async () => {
  const { id, author } = await sealed();
  const plain = server.sync.bind(server);
  server.sync = async (batch) => {
    await store.become({ id: `${author}-other`, name: "何川" });
    return plain(batch);
  };
  assert.equal(await sync(), "nobody");
  assert.deepEqual(await outbox.entries(), [], "unseen by the other");
  server.sync = plain;
  await store.become({ id: author, name: "周敏" });
  assert.equal((await outbox.entries())[0].id, id);
  assert.equal(await sync({ now: true }), "done");
  assert.deepEqual(await states(), ["received"]);
  assert.equal(server.receipts.size, 1);
});

test("a refusal that comes for somebody else's entry lands in nobody's outbox", async () => {
  const { author } = await sealed();
  globalThis.fetch = async (path, how) => {
    if (path !== "/sync") return server.fetch(path, how);
    await store.become({ id: `${author}-other`, name: "何川" });
    return server.answer(403, { refusal: { code: "author.differs" } });
  };
  assert.equal(await sync(), "nobody");
  assert.deepEqual(await outbox.entries(), []);
});

test("a page is told when the phone is somebody else's now, and stays with whom it was opened for", async () => {
  await sealed();
  const me = store.person();
  const said = [];
  watch(({ state }) => said.push(state));
  await remember("person", { id: "another", name: "何川" }); // as another page does by signing in
  assert.equal(await sync(), "nobody");
  assert.equal(store.person(), me);
  assert.ok(said.includes("person"));
  assert.equal(server.posts, 0);
});

test("one that is not wanted waits for a person, and the others go on", async () => {
  const first = await sealed();
  await sealed();
  const plain = server.sync.bind(server);
  server.sync = (batch) => (batch.commands[0].id === first.id ? server.answer(403, { refusal: { code: "not_allowed" } }) : plain(batch));
  assert.equal(await sync({ now: true }), "paused");
  assert.deepEqual(await states(), ["paused", "received"]);
});

test("signed out, all that waits says so at once", async () => {
  for (const _ of [1, 2, 3]) await sealed();
  server.signedIn = false;
  assert.equal(await sync(), "paused");
  assert.deepEqual(await states(), ["paused", "paused", "paused"]);
});

test("where nothing comes back the queue asks once, not once for each entry", async () => {
  for (const _ of [1, 2, 3]) await sealed();
  let asked = 0;
  server.fault = () => {
    asked++;
    throw new DOMException("no answer", "TimeoutError");
  };
  assert.equal(await sync(), "later");
  assert.equal(asked, 1);
  server.fault = null;
  assert.equal(await sync({ now: true }), "done");
  assert.deepEqual(await states(), ["received", "received", "received"]);
});

test("a stuck one does not keep the worker from trying again, whatever became of those behind it", async () => {
  const first = await sealed();
  await sealed();
  const plain = server.sync.bind(server);
  server.sync = (batch) => (batch.commands[0].id === first.id ? server.answer(503, {}) : server.answer(200, { receipts: [{ id: batch.commands[0].id, state: "refused", refusal: { code: "x" } }] }));
  assert.equal(await sync(), "later");
  assert.deepEqual(await states(), ["sealed", "refused"]);
  server.sync = plain;
});

test("a receipt counts only with this id and every photo", async () => {
  const { photos: shown } = await sealed();
  for (const receipt of [undefined, {}, { id: "other" }]) {
    answering((id) => ({ id, state: "received", receipt }));
    assert.equal(await sync({ now: true }), "later");
  }
  answering((id) => ({ id, state: "received", receipt: { id, photos: shown.slice(1) } }));
  assert.equal(await sync({ now: true }), "later");
  assert.ok(await photos.photo(shown[0]), "nothing is forgotten");
  answering((id) => ({ id, state: "received", receipt: { id, photos: shown } }));
  assert.equal(await sync({ now: true }), "done");
});

test("a server that asks for time gets it", async () => {
  await sealed();
  server.fault = () => new Response("{}", { status: 429, headers: { "x-dugai": "1", "retry-after": "120" } });
  assert.equal(await sync(), "later");
  assert.ok((await outbox.entries())[0].next - Date.now() >= 59_000, "half of it at least: not all phones at once");
  for (const status of [409, 503, 500, 502]) {
    server.fault = () => new Response("{}", { status, headers: { "x-dugai": "1" } });
    assert.equal(await sync({ now: true }), "later", String(status));
  }
  server.fault = null;
  assert.equal(await sync({ now: true }), "done");
});

test("a line that carries something is tried again soon, however often it was cut", async () => {
  const { id } = await readyDraft({ drafts, photos });
  const visit = await drafts.draft(id);
  const sha = await photos.keep(new Uint8Array(500_000).fill(7).buffer, "image/jpeg");
  await drafts.note(id, { ...visit.findings[0], photos: [sha] });
  await drafts.seal(id);
  const plain = server.photo.bind(server);
  server.photo = async (url, method, body, headers) => {
    if (method !== "PUT" || !url.pathname.endsWith(sha)) return plain(url, method, body, headers);
    const kept = server.photos.get(sha)?.size ?? 0;
    server.photos.set(sha, { size: Math.min(kept + 50_000, 499_999), complete: false });
    throw new TypeError("Failed to fetch");
  };
  for (let cut = 0; cut < 8; cut++) {
    assert.equal(await sync(), "later");
    const [entry] = await outbox.entries();
    assert.ok(entry.next - Date.now() <= 3000, `cut ${cut}`);
    await store.change({ put: [["outbox", entry.id, { ...(await store.get("outbox", entry.id)), next: 0 }]] });
  }
});

test("a clock that was set back keeps nothing waiting for years", async () => {
  const { id } = await sealed();
  await store.change({ put: [["outbox", id, { ...(await store.get("outbox", id)), next: Date.parse("2099-01-01") }]] });
  assert.equal(await sync(), "done");
  assert.deepEqual(await states(), ["received"]);
});

test("a visit begun by a clock of 1970 or 2099 can be mended once the clock is right", async () => {
  for (const year of ["1970", "2099"]) {
    const { id } = await readyDraft({ drafts, photos });
    await store.change({ put: [["drafts", id, { ...(await drafts.draft(id)), started_at: `${year}-01-01T08:00:00.000Z` }]] });
    const entry = await drafts.seal(id);
    answering((command) => ({ id: command, state: "refused", refusal: { code: "visit.dates" } }));
    await sync();
    const { started_at } = await drafts.reopen(entry.id);
    assert.ok(Math.abs(Date.parse(started_at) - Date.now()) < 60_000, year);
    await giveUp(id);
  }
});

test("a problem noted on an item that does not fail is said before sealing", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await drafts.answer(id, "S23-09", { value: "pass" });
  await assert.rejects(drafts.seal(id), ({ missing }) => missing[0].item === "S23-09");
});

test("what became an entry cannot be edited under its id: mended, it is a new command", async () => {
  const { id } = await readyDraft({ drafts, photos });
  const { id: first, payload } = await drafts.seal(id);
  await drafts.answer(id, "S23-09", { value: "pass" });
  assert.deepEqual((await outbox.entries())[0].payload, payload);
  answering((command) => ({ id: command, state: "refused", refusal: { code: "visit.second" } }));
  await sync();
  await drafts.reopen(first);
  assert.notEqual((await drafts.seal(id)).id, first);
});

test("one that cannot go leaves no room for doubt: it can be taken out, mended or tried again, and the app never drops it", async () => {
  const { id } = await sealed();
  answering((command) => ({ id: command, state: "refused", refusal: { code: "x", words: { zh: "不行", en: "no" } } }));
  await sync();
  const [{ blob }] = await outbox.exported([id]);
  assert.equal(JSON.parse(await blob.text()).command.id, id);
  await outbox.prune(Date.now() + 365 * 86400e3);
  assert.deepEqual(await states(), ["refused"]);
});

test("a photo that is gone from the store is never sent without: the entry says so, and the next one goes", async () => {
  const { photos: shown } = await sealed();
  await store.change({ drop: [["photos", shown[0]]] });
  await sync();
  assert.deepEqual(await states(), ["refused"]);
  assert.equal((await outbox.entries())[0].why.code, "photo.gone");
  assert.equal(server.posts, 0);
});

test("two problems that show the same photo send it once", async () => {
  const { id, shot } = await readyDraft({ drafts, photos });
  const { findings } = await drafts.draft(id);
  await drafts.note(id, { ...findings[0], id: "f2", photos: [shot] });
  const { photos: shown } = await drafts.seal(id);
  assert.equal(new Set(shown).size, shown.length);
  assert.equal(await sync(), "done");
});
