/** What happened at the desk while the phone had no signal, and what the server would return: said and mended on the phone. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, readyDraft } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const outbox = await import("../../static/js/offline/outbox.js");
const pack = await import("../../static/js/offline/pack.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { progressOf } = await import("../../static/js/elements/progress.js");
const { dayOf } = await import("../../static/js/lib/days.js");

const me = { id: "", name: "周敏" };
const HOME = { id: "01990000-0000-7000-8000-0012345ab019", name: "安康养老院", type: "elderly_care", search: "安康养老院" };
let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  me.id = `meanwhile-${someone++}`;
  await store.become(me);
});

const packed = async (...facilities) => {
  server.fault = (path) => (path === "/pack" ? server.answer(200, { person: me, lang: "zh", facilities, pages: [] }) : null);
  assert.equal((await pack.refresh()).state, "ready");
  server.fault = null;
};
const refusing = (refusal) => server.answerOnce(() => ({ state: "refused", refusal }));
const stands = (given) => () => given;
const lacking = async (id) => (await drafts.lacks(drafts.asSealed(await drafts.draft(id)))).map(({ item, slot }) => item ?? slot);

test("a facility that left the pack while a visit to it is under way is still known to that visit, and to no search", async () => {
  await packed(HOME, { ...HOME, id: "other" });
  const { id } = await readyDraft({ drafts, photos, facility: HOME.id });
  for (const _ of ["once", "and again"]) await packed();
  assert.equal((await pack.facility(HOME.id)).type, "elderly_care", "its type decides what is asked");
  assert.ok((await pack.facility(HOME.id)).isGone);
  assert.equal(await pack.facility("other"), null);
  assert.deepEqual(await pack.facilities(""), []);
  await drafts.seal(id);
  assert.equal((await outbox.entries())[0].title, "安康养老院");
  await packed();
  assert.ok(await pack.facility(HOME.id), "while it waits to be sent");
  await sync();
  await packed();
  assert.equal(await pack.facility(HOME.id), null);
});

test("a facility that came back is the person's again", async () => {
  await packed(HOME);
  await readyDraft({ drafts, photos, facility: HOME.id });
  await packed();
  await packed(HOME);
  assert.ok(!(await pack.facility(HOME.id)).isGone);
  assert.deepEqual((await store.get("kept", "pack")).gone, []);
});

test("a short code is found however it is typed, and part of one too", async () => {
  const { shortCode } = await import("../../static/js/lib/ids.js");
  await packed(HOME);
  const code = shortCode(HOME.id);
  const badly = code.toLowerCase().replaceAll("0", "o").replaceAll("1", "l");
  for (const typed of [code, badly, code.replace("-", " "), code.replace("-", "——"), ` ${badly.replace("-", "")} `, code.slice(2), code.replace(/[0-9A-Z]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))]) {
    assert.equal((await pack.facilities(typed)).length, 1, typed);
  }
  for (const other of ["ZZZZ-ZZZZ", "没有", "Z", code + code]) assert.deepEqual(await pack.facilities(other), [], other);
});

test("an answer and what it makes of the others are kept in one step", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  await drafts.answer(id, "gas", { value: "pass" }, stands({ gas: "pass", alarm: "" }));
  assert.deepEqual(progressOf(await drafts.draft(id)), { answered: 1, total: 2 });
  await drafts.answer(id, "gas", null, stands({ gas: "" }));
  assert.deepEqual((await drafts.draft(id)).answers, {});
  assert.deepEqual(progressOf(await drafts.draft(id)), { answered: 0, total: 1 });
});

test("what is not complete, or fails without a problem, is said before anything is sealed", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await drafts.answer(id, "count", { fields: { due: 4 } }, stands({ "S23-09": "fail", count: "" }));
  assert.deepEqual(await lacking(id), ["count"]);
  await assert.rejects(drafts.seal(id), ({ missing }) => missing[0].item === "count");
  await drafts.answer(id, "count", { fields: { due: 4, done: 3 } }, stands({ "S23-09": "fail", count: "fail" }));
  assert.deepEqual(await lacking(id), ["count"]);
  await drafts.answer(id, "count", { fields: { due: 4, done: 4 } }, stands({ "S23-09": "fail", count: "pass" }));
  assert.deepEqual(await lacking(id), []);
});

test("what is not asked any more stays in the draft and goes into no record, its problem neither", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await drafts.answer(id, "gas", { fields: { kind: "none" } }, stands({ gas: "said" }));
  const { payload, photos: shown } = await drafts.seal(id);
  assert.deepEqual([Object.keys(payload.answers), payload.findings], [["gas"], []]);
  assert.equal(shown.length, 1, "the ink, and no photo of a problem that is not told");
});

test("a due day before the visit, or past all sense, is said while it can be mended", async () => {
  const today = dayOf(Date.now());
  const in3years = dayOf(Date.now() + 3 * 365 * 86400e3);
  for (const [due_on, wrong] of [[dayOf(Date.now() - 86400e3), ["S23-09"]], [today, []], [in3years, []], [dayOf(Date.now() + 1096 * 86400e3), ["S23-09"]]]) {
    const { id } = await readyDraft({ drafts, photos });
    const { findings } = await drafts.draft(id);
    await drafts.note(id, { ...findings[0], due_on });
    assert.deepEqual(await lacking(id), wrong, due_on);
  }
});

test("a signature that is missing says whose, and one that is taken back is missing again", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await drafts.sign(id, "second", null);
  assert.deepEqual(await lacking(id), ["second"]);
});

test("what the server returned is opened, mended and sent as a new command with all its photos and its own hour", async () => {
  const { id } = await readyDraft({ drafts, photos });
  const first = await drafts.seal(id);
  refusing({ code: "visit.second", words: { zh: "不是这里的检查员", en: "is no inspector here" } });
  await sync();
  const draft = await drafts.reopen(first.id);
  assert.equal(draft.id, id, "the same visit: the server takes it once");
  assert.deepEqual(await outbox.entries(), []);
  assert.equal(await drafts.reopen(first.id), null, "a second tap");
  await sync();
  assert.ok(await photos.photo(first.photos[0]), "it is a draft's photo now");
  await drafts.sign(id, "second", { person: "another", name: "another", photo: draft.signatures.second.photo });
  const again = await drafts.seal(id);
  assert.notEqual(again.id, first.id);
  assert.equal(again.payload.finished_at, first.payload.finished_at);
  assert.equal(again.payload.signatures.second.person, "another");
  await sync();
  assert.deepEqual(await outbox.counts(), { received: 1 });
});

test("where the server doubts the hour, the visit ends when it is sealed again", async () => {
  const { id } = await readyDraft({ drafts, photos });
  const entry = await drafts.seal(id);
  refusing({ code: "visit.dates" });
  await sync();
  assert.ok(!("finished_at" in (await drafts.reopen(entry.id))));
});

test("only what was returned can be opened again", async () => {
  const { id } = await readyDraft({ drafts, photos });
  const entry = await drafts.seal(id);
  assert.equal(await drafts.reopen(entry.id), null);
  await sync();
  assert.equal(await drafts.reopen(entry.id), null);
  assert.deepEqual(await drafts.drafts(), []);
});
