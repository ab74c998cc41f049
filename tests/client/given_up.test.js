/** What was given up: counted nowhere, taken back whole, and deleted only by hand or when its time is over. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, readyDraft } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const rechecks = await import("../../static/js/offline/rechecks.js");
const photos = await import("../../static/js/offline/photos.js");
const outbox = await import("../../static/js/offline/outbox.js");
const { sync } = await import("../../static/js/offline/sync.js");
const { forgetNow, forgetOld, giveUp, givenUp, takeBack } = await import("../../static/js/offline/given_up.js");

const DAY = 86400e3;
const ABOUT = { id: "problem", number: "W-1", facility: "home", name: "安康养老院", what: "生熟混放", round: 0 };
const PASSES = { passed: true, record: "已整改", photos: [], due_on: null };
let someone = 0;

beforeEach(async () => {
  globalThis.fetch = new Server().fetch;
  await store.become({ id: `gives-up-${someone++}`, name: "周敏" });
});

test("a visit given up is no work that waits, and comes back with all its answers and photos", async () => {
  const { id, shot } = await readyDraft({ drafts, photos });
  const before = await drafts.draft(id);
  await giveUp(id);
  assert.deepEqual([await drafts.drafts(), await drafts.draft(id)], [[], null]);
  assert.match((await outbox.unsent())["x-dugai-unsent"], /^0,0,0,/);
  await drafts.answer(id, "S23-02", { value: "pass" }); // in another tab, too late
  await assert.rejects(async () => (await drafts.seal(id)).id, TypeError, "nothing is sealed");
  assert.deepEqual(await takeBack(id), before);
  assert.deepEqual(await drafts.draft(id), before);
  assert.ok(await photos.sound(shot));
  assert.deepEqual(await givenUp(), []);
});

test("while others are sent and forgotten, the photos of what was given up stay", async () => {
  const gone = await readyDraft({ drafts, photos });
  await giveUp(gone.id);
  const sent = await readyDraft({ drafts, photos });
  const stray = await photos.keep(new Uint8Array([7, 7, 7]).buffer, "image/jpeg"); // taken, and used nowhere
  await drafts.seal(sent.id);
  assert.equal(await sync(), "done");
  assert.ok(await photos.sound(gone.shot));
  assert.equal(await photos.photo(stray), null, "what is given up is not under way");
});

test("deleted by hand, it takes its photos with it but none that something else shows", async () => {
  const own = await photos.keep(new Uint8Array([5, 5]).buffer, "image/jpeg");
  const { id, shot } = await readyDraft({ drafts, photos });
  await rechecks.keepRecheck(ABOUT, { ...PASSES, photos: [own, shot] });
  const [recheck] = await rechecks.begun();
  await forgetNow(recheck.id);
  assert.equal((await rechecks.begun()).length, 1, "what is under way is not deleted so");
  await giveUp(recheck.id);
  await forgetNow(recheck.id);
  assert.deepEqual([await givenUp(), await photos.photo(own)], [[], null]);
  assert.ok(await photos.photo(shot));
  assert.ok(await drafts.draft(id));
});

test("a re-check comes back, unless its problem is being re-checked anew: one problem, one re-check", async () => {
  const { id } = await rechecks.keepRecheck(ABOUT, PASSES);
  await giveUp(id);
  assert.equal(await rechecks.begunOn(ABOUT.id), null);
  const anew = await rechecks.keepRecheck(ABOUT, { ...PASSES, record: "又看了一次" });
  assert.notEqual(anew.id, id);
  assert.equal(await takeBack(id), null);
  await giveUp(anew.id);
  assert.equal((await takeBack(id)).record, "已整改");
  assert.equal((await rechecks.begunOn(ABOUT.id)).id, id);
  assert.deepEqual((await givenUp()).map((draft) => draft.id), [anew.id]);
});

test("it is forgotten after thirty days and not before, and by no clock that stands wrong", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await giveUp(id);
  await forgetOld(Date.now() + 29 * DAY);
  assert.equal((await givenUp()).length, 1);
  for (const wrong of [Date.parse("1970-01-02"), Date.parse("2099-01-01")]) {
    await forgetOld(wrong);
    assert.equal((await givenUp()).length, 1, "counted from then on");
  }
  await forgetOld();
  await forgetOld(Date.now() + 31 * DAY);
  assert.deepEqual([await givenUp(), await store.ids("photos")], [[], []]);
});
