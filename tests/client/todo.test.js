/** The steps of a facility's contact: kept from the first word, sealed as the wire has them, and opened again as things stand. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const outbox = await import("../../static/js/offline/outbox.js");
const photos = await import("../../static/js/offline/photos.js");
const todo = await import("../../static/js/offline/todo.js");
const { giveUp, takeBack } = await import("../../static/js/offline/given_up.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { dayOf } = await import("../../static/js/lib/days.js");

const ABOUT = { id: "problem-1", number: "万民整〔2026〕17号", facility: "home", name: "安康养老院", what: "生熟混放", round: 0, due_on: dayOf(Date.now()) };
const NOTICE = { id: "notice-1", number: "万民改〔2026〕3号", facility: "home", name: "安康养老院", lines: [] };
const [PLAN, PROGRESS, REPORT, ASK] = ["plan", "progress", "report", "ask_extension"].map(todo.kindOf);
const LATER = dayOf(Date.now() + 5 * 86400e3);
let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  await store.become({ id: `todo-${someone++}`, name: "谭秀梅" });
});

const shot = () => photos.keep(new Uint8Array([5, 4, 3]).buffer, "image/jpeg");
const WHOLE = {
  [PLAN]: async () => [{ cause: " 无专人 ", measures: "指定专人", person: "谭秀梅" }, { cause: "无专人", measures: "指定专人", person: "谭秀梅" }],
  [PROGRESS]: async () => [{ text: "已联系厂家 ", photos: [] }, { text: "已联系厂家", photos: [] }],
  [REPORT]: async () => {
    const photo = await shot();
    return [{ text: "已整改", photos: [photo] }, { text: "已整改", photos: [photo] }];
  },
  [ASK]: async () => [{ wished_on: LATER, reason: "缺货" }, { wished_on: LATER, reason: "缺货" }],
};

for (const [kind, whole] of Object.entries(WHOLE)) {
  test(`${kind} is sealed once as the wire has it, and forgets its photos only on the receipt`, async () => {
    const [given, wire] = await whole();
    const { id } = await todo.keep(kind, ABOUT, given);
    const entry = await todo.seal(kind, ABOUT.id);
    assert.equal(await todo.seal(kind, ABOUT.id), null, "a second tap");
    const { at, ...payload } = entry.payload;
    assert.deepEqual([entry.kind, payload], [kind, { id, problem: "problem-1", round: 0, ...wire }]);
    assert.equal(dayOf(at), dayOf(Date.now()));
    assert.equal(await sync({ now: true }), "done");
    const [{ state, about }] = await outbox.entries();
    assert.deepEqual([state, about.number], ["received", ABOUT.number]);
    assert.deepEqual(await store.ids("photos"), []);
  });
}

test("a notice is signed with ink, which goes with it, and the copy stays with the receipt", async () => {
  await assert.rejects(async () => {
    await todo.keep(todo.SIGN, NOTICE, { photos: [] });
    await todo.seal(todo.SIGN, NOTICE.id);
  }, ({ missing }) => missing[0].field === "ink");
  const ink = await photos.keep(new Uint8Array([9, 9]).buffer, "image/png");
  const { id } = await todo.keep(todo.SIGN, NOTICE, { photos: [ink] });
  const { payload } = await todo.seal(todo.SIGN, NOTICE.id);
  assert.deepEqual({ ...payload, at: "" }, { id, notice: "notice-1", photo: ink, at: "" });
  await sync({ now: true });
  assert.equal(server.photos.get(ink).complete, true);
  assert.deepEqual((await outbox.entries())[0].about, NOTICE);
});

for (const [name, kind, given, field] of [
  ["a cause", PLAN, { cause: " ", measures: "x", person: "y" }, "cause"],
  ["words", REPORT, { text: "", photos: [] }, "text"],
  ["a photo of what was put right", REPORT, { text: "已整改", photos: [] }, "photos"],
  ["a day", ASK, { wished_on: "", reason: "缺货" }, "wished_on"],
  ["a day after the present one", ASK, { wished_on: ABOUT.due_on, reason: "缺货" }, "wished_on"],
  ["a photo that can be read", REPORT, { text: "已整改", photos: ["0".repeat(64)] }, "photos"],
]) {
  test(`without ${name} nothing is sealed, and it stays under way`, async () => {
    await todo.keep(kind, ABOUT, given);
    await assert.rejects(todo.seal(kind, ABOUT.id), ({ missing }) => missing.some((one) => one.field === field));
    assert.ok(await todo.begunOn(kind, ABOUT.id));
    assert.deepEqual(await outbox.entries(), []);
  });
}

test("each kind about one problem is a draft of its own, none is a visit, and all are counted as under way", async () => {
  for (const [kind, whole] of Object.entries(WHOLE)) await todo.keep(kind, ABOUT, (await whole())[0]);
  assert.deepEqual(await drafts.drafts(), []);
  assert.match((await outbox.unsent())["x-dugai-unsent"], /^0,4,/);
});

test("what was sent back meanwhile is opened again with all that was written and takes its time anew; else it was done when it was done", async () => {
  for (const [code, isAnew] of [["problem.round", true], ["problem.blank", false]]) {
    await todo.keep(PLAN, ABOUT, { cause: "a", measures: "b", person: "c" });
    const { id, payload } = await todo.seal(PLAN, ABOUT.id);
    server.answerOnce(() => ({ state: "refused", refusal: { code } }));
    await sync({ now: true });
    const { at, cause, measures, person } = await todo.reopen(PLAN, id);
    assert.deepEqual([cause, measures, person, at], ["a", "b", "c", isAnew ? undefined : payload.at]);
    await todo.keep(PLAN, { ...ABOUT, round: 1 }, { cause, measures, person });
    const again = await todo.seal(PLAN, ABOUT.id);
    assert.equal(again.payload.round, 1);
    await sync({ now: true });
  }
});

test("a signature that was returned is opened with its ink", async () => {
  const ink = await photos.keep(new Uint8Array([9, 9]).buffer, "image/png");
  await todo.keep(todo.SIGN, NOTICE, { photos: [ink] });
  const { id } = await todo.seal(todo.SIGN, NOTICE.id);
  server.answerOnce(() => ({ state: "refused", refusal: { code: "notice.at" } }));
  await sync({ now: true });
  assert.deepEqual((await todo.reopen(todo.SIGN, id)).photos, [ink]);
});

test("what the phone has sealed and the pack has not heard of changes what is asked; what was refused, and what the pack has, does not", async () => {
  const entry = (state, more = {}) => ({ kind: REPORT, about: ABOUT, state, ...more });
  const heard = (entries) => todo.unheard(entries, ABOUT.id, "2026-11-23T06:00:00Z").length;
  assert.equal(heard([entry("sealed")]), 1);
  assert.equal(heard([entry("received", { received_at: "2026-11-23T07:00:00Z" })]), 1);
  assert.equal(heard([entry("received", { received_at: "2026-11-23T05:00:00Z" }), entry("refused"), entry("held"), entry("aside")]), 0);
  const acts = ["plan", "report", "progress", "ask_extension"];
  assert.deepEqual(todo.actsAfter(acts, []), acts);
  assert.deepEqual(todo.actsAfter(acts, [{ kind: REPORT }]), []);
  assert.deepEqual(todo.actsAfter(acts, [{ kind: PLAN }]), ["ask_extension"]);
  assert.deepEqual(todo.actsAfter(acts, [{ kind: PROGRESS }]), acts, "progress is noted as often as there is any");
});

test("one that was given up comes back whole, unless another was begun", async () => {
  const { id } = await todo.keep(PLAN, ABOUT, { cause: "a", measures: "b", person: "c" });
  await giveUp(id);
  assert.equal(await todo.begunOn(PLAN, ABOUT.id), null);
  assert.equal((await takeBack(id)).measures, "b");
  await giveUp(id);
  await todo.keep(PLAN, ABOUT, { cause: "d", measures: "e", person: "f" });
  assert.equal(await takeBack(id), null);
});
