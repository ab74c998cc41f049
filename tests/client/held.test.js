/** What the server keeps and did not take in by itself: how it stands is asked again, shown, mended, and never deleted by the app. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, sealedVisit } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const outbox = await import("../../static/js/offline/outbox.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { STATES } = await import("../../static/js/elements/says.js");

const CLOSED = { code: "visit.closed", words: { zh: "安康养老院已停用", en: "It was closed" }, remedy: { zh: "请联系管理员", en: "Ask" } };
const held = (state, said = {}) => ({ state: "refused", refusal: CLOSED, held: { state, by: "", reason: "", at: "2026-11-24T08:00:00Z", ...said } });
let server;
let says; // what the server answers instead of a receipt
let someone = 0;

beforeEach(async () => {
  server = new Server();
  says = null;
  const plain = server.sync.bind(server);
  server.sync = (batch) => {
    if (!says) return plain(batch);
    server.posts++;
    return server.answer(200, { receipts: [{ id: batch.commands[0].id, ...says }] });
  };
  globalThis.fetch = server.fetch;
  await store.become({ id: `held-${someone++}`, name: "周敏" });
});

const sealed = async () => (await sealedVisit({ drafts, photos })).entry;
const only = async () => (await outbox.entries())[0];

test("what waits for the supervisor says so, is asked again on start and on request, and shows its receipt once it is taken in", async () => {
  const entry = await sealed();
  says = held("waiting");
  await sync();
  assert.equal((await only()).state, "held");
  assert.match(STATES.held(await only()).why, /安康养老院已停用.*由督导核收/);
  await sync();
  assert.equal(server.posts, 1, "not at every round");
  await sync({ now: true });
  assert.equal(server.posts, 2);
  assert.equal((await only()).state, "held");
  says = null;
  await sync({ now: true });
  assert.deepEqual([(await only()).state, (await only()).receipt.id], ["received", entry.id]);
});

test("it is asked again by itself after some minutes", async () => {
  await sealed();
  says = held("waiting");
  await sync();
  const entry = await store.get("outbox", (await only()).id);
  assert.ok(entry.next - Date.now() > 60_000 && entry.next - Date.now() <= 300_000);
  await outbox.step(entry, { next: Date.now() - 1 });
  says = null;
  await sync();
  assert.equal((await only()).state, "received");
});

test("a line cut while it is asked, or a session that ended, changes nothing of it", async () => {
  await sealed();
  says = held("waiting");
  await sync();
  server.fault = () => { throw new TypeError("Failed to fetch"); };
  await sync({ now: true });
  assert.equal((await only()).state, "held");
  server.fault = null;
  server.signedIn = false;
  assert.equal(await sync({ now: true }), "paused");
  assert.equal((await only()).state, "held");
});

test("returned by the supervisor it is the author's again, with their words, and mended it is a new command for the same visit", async () => {
  const entry = await sealed();
  says = held("waiting");
  await sync();
  says = held("returned", { by: "冉国强", reason: "请补第二检查人" });
  await sync({ now: true });
  assert.equal((await only()).state, "refused");
  assert.match(STATES.refused(await only()).why, /督导退回。冉国强：请补第二检查人/);
  const draft = await drafts.reopen(entry.id);
  assert.equal(draft.id, entry.payload.id);
  says = null;
  const again = await drafts.seal(draft.id);
  assert.notEqual(again.id, entry.id);
  await sync();
  assert.deepEqual(await outbox.counts(), { received: 1 });
});

test("what still waits for the supervisor can be mended too", async () => {
  const entry = await sealed();
  says = held("waiting");
  await sync();
  assert.ok(await drafts.reopen(entry.id));
  assert.deepEqual(await outbox.entries(), []);
});

test("what was set aside stays readable, with its photos and the reason, is asked no more and waits no more", async () => {
  const entry = await sealed();
  says = held("set_aside", { by: "冉国强", reason: "与纸质补录重复" });
  await sync();
  assert.equal((await only()).state, "aside");
  assert.match(STATES.aside(await only()).why, /冉国强：与纸质补录重复。原记录仍在/);
  await outbox.prune(Date.now() + 400 * 86400e3);
  await sync({ now: true });
  assert.equal(server.posts, 1);
  for (const name of entry.photos) assert.ok(await photos.photo(name));
  assert.match((await outbox.unsent())["x-dugai-unsent"], /^0,0,0,/);
});

test("a server that says nothing of keeping it is understood as before", async () => {
  await sealed();
  says = { state: "refused", refusal: CLOSED };
  await sync();
  assert.equal((await only()).state, "refused");
  assert.match(STATES.refused(await only()).why, /服务器退回：安康养老院已停用。请联系管理员。/);
});

test("a photo that the server still wants of what it keeps goes up at once", async () => {
  const { id, photos: [shot] } = await sealed();
  says = held("waiting", { photos: [shot] });
  const plain = server.photo.bind(server);
  const came = [];
  server.photo = async (url, method, ...rest) => {
    if (method === "HEAD" && url.pathname.endsWith(shot)) came.push(shot);
    return plain(url, method, ...rest);
  };
  await sync();
  assert.deepEqual([came.length, server.posts], [2, 2], "sent, kept, wanted, sent again");
  assert.deepEqual([(await only()).id, (await only()).state], [id, "held"]);
});
