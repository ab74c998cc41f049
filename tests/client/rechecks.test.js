/** Re-checks on the phone: kept from the first word, one for each problem, sealed once, beside visits and without harm to them. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, readyDraft } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const outbox = await import("../../static/js/offline/outbox.js");
const pack = await import("../../static/js/offline/pack.js");
const photos = await import("../../static/js/offline/photos.js");
const rechecks = await import("../../static/js/offline/rechecks.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { dayOf } = await import("../../static/js/lib/days.js");

const ABOUT = { id: "problem-1", number: "万民整〔2026〕17号", facility: "home", name: "安康养老院", what: "生熟混放", round: 0 };
const NOTHING = { passed: null, record: "", photos: [], due_on: null };
const PASSES = { ...NOTHING, passed: true, record: "已整改到位" };
let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  await store.become({ id: `rechecks-${someone++}`, name: "何川" });
});

const shot = () => photos.keep(new Uint8Array([5, 4, 3]).buffer, "image/jpeg");
const refusing = (refusal) => server.answerOnce(() => ({ state: "refused", refusal }));

test("words written one after another are one re-check, and the last of them stand", async () => {
  await Promise.all(["仍", "仍混", "仍混放"].map((record) => rechecks.keepRecheck(ABOUT, { ...NOTHING, record })));
  const [made, ...others] = await rechecks.begun();
  assert.equal(others.length, 0);
  assert.equal(made.record, "仍混放");
});

test("a re-check under way is no visit under way, and is counted with them when the phone says what waits", async () => {
  await rechecks.keepRecheck(ABOUT, PASSES);
  await readyDraft({ drafts, photos });
  assert.equal((await drafts.drafts()).length, 1);
  assert.equal((await rechecks.begun()).length, 1);
  assert.match((await outbox.unsent())["x-dugai-unsent"], /^0,2,/);
});

test("sealing makes the command of the wire, once", async () => {
  await rechecks.keepRecheck(ABOUT, { ...PASSES, due_on: "2026-12-07", record: " 已整改到位 " });
  const { id } = await rechecks.begunOn(ABOUT.id);
  const entry = await rechecks.sealRecheck(ABOUT.id);
  assert.equal(await rechecks.sealRecheck(ABOUT.id), null, "a second tap");
  assert.deepEqual([entry.kind, entry.version, entry.author], ["problems.recheck", 1, store.person()]);
  const { at, ...payload } = entry.payload;
  assert.deepEqual(payload, { id, problem: "problem-1", passed: true, record: "已整改到位", photos: [], due_on: null, round: 0 });
  assert.equal(dayOf(at), dayOf(Date.now()));
  assert.deepEqual(await rechecks.begun(), []);
});

for (const [name, given, field] of [
  ["whether it passes", { ...PASSES, passed: null }, "passed"],
  ["a word", { ...PASSES, record: "  " }, "record"],
  ["a photo of what does not pass", { ...PASSES, passed: false, due_on: dayOf(Date.now()) }, "photos"],
  ["a new day of what does not pass", { ...PASSES, passed: false }, "due"],
  ["a day that can be", { ...PASSES, passed: false, due_on: "2020-01-01" }, "due"],
  ["a photo that can be read", { ...PASSES, photos: ["f".repeat(64)] }, "photos"],
]) {
  test(`nothing is sealed without ${name}`, async () => {
    await rechecks.keepRecheck(ABOUT, given);
    await assert.rejects(rechecks.sealRecheck(ABOUT.id), ({ missing }) => missing.some((one) => one.field === field));
    assert.ok(await rechecks.begunOn(ABOUT.id));
    assert.deepEqual(await outbox.entries(), []);
  });
}

test("sent with its photo, it is remembered by its receipt and its photo is forgotten", async () => {
  const photo = await shot();
  await rechecks.keepRecheck(ABOUT, { passed: false, record: "仍混放", photos: [photo], due_on: dayOf(Date.now()) });
  await rechecks.sealRecheck(ABOUT.id);
  assert.equal(await sync(), "done");
  const [stone] = await outbox.entries();
  assert.deepEqual([stone.state, stone.about.number, stone.facility], ["received", ABOUT.number, "home"]);
  assert.ok(server.photos.get(photo).complete);
  assert.equal(await photos.photo(photo), null);
});

test("while a re-check is under way, a visit that is received takes neither a photo that both show nor one just taken", async () => {
  const visit = await readyDraft({ drafts, photos });
  await rechecks.keepRecheck(ABOUT, { ...NOTHING, photos: [visit.shot] });
  const taken = await shot(); // and not yet written down
  await drafts.seal(visit.id);
  await sync();
  assert.ok(await photos.photo(visit.shot));
  assert.ok(await photos.photo(taken));
  assert.equal(await photos.photo(visit.ink), null);
});

test("what was decided here is not asked again, until a later report begins another round", async () => {
  await rechecks.keepRecheck(ABOUT, PASSES);
  await rechecks.sealRecheck(ABOUT.id);
  assert.equal(rechecks.isDecided(await outbox.entries(), ABOUT), true);
  await sync();
  assert.equal(rechecks.isDecided(await outbox.entries(), ABOUT), true, "received too");
  assert.equal(rechecks.isDecided(await outbox.entries(), { ...ABOUT, round: 1 }), false);
  assert.equal(rechecks.isDecided(await outbox.entries(), { ...ABOUT, id: "another" }), false);
});

test("returned, it opens again as it was and is sealed as another command for the same re-check, made when it was made", async () => {
  await rechecks.keepRecheck(ABOUT, PASSES);
  const { id, payload } = await rechecks.sealRecheck(ABOUT.id);
  refusing({ code: "problem.blank" });
  await sync();
  const made = await rechecks.reopenRecheck(id);
  assert.deepEqual([made.id, made.record, made.at], [payload.id, PASSES.record, payload.at]);
  assert.deepEqual(await outbox.entries(), []);
  await rechecks.keepRecheck(ABOUT, { ...PASSES, record: "已整改，已提醒" });
  const again = await rechecks.sealRecheck(ABOUT.id);
  assert.notEqual(again.id, id);
  assert.deepEqual([again.payload.id, again.payload.at], [payload.id, payload.at]);
});

test("returned because of the phone's clock, it is dated anew", async () => {
  await rechecks.keepRecheck(ABOUT, PASSES);
  const { id } = await rechecks.sealRecheck(ABOUT.id);
  refusing({ code: "problem.recheck_at" });
  await sync();
  assert.equal((await rechecks.reopenRecheck(id)).at, undefined);
});

test("what was begun anew meanwhile is not overwritten by what was returned", async () => {
  await rechecks.keepRecheck(ABOUT, PASSES);
  const { id } = await rechecks.sealRecheck(ABOUT.id);
  refusing({ code: "problem.decided" });
  await sync();
  await rechecks.keepRecheck(ABOUT, { ...NOTHING, record: "再看一次" });
  assert.equal(await rechecks.reopenRecheck(id), null);
  assert.equal((await rechecks.begunOn(ABOUT.id)).record, "再看一次");
  assert.equal((await outbox.entries()).length, 1);
});

test("the pack's re-checks are read without signal, and a pack of an earlier release has none", async () => {
  await store.change({ put: [["kept", "pack", { facilities: [] }]] });
  assert.deepEqual(await pack.rechecks(), []);
  await store.change({ put: [["kept", "pack", { facilities: [], rechecks: [ABOUT] }]] });
  assert.deepEqual(await pack.rechecks(), [ABOUT]);
});
