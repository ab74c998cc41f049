/** The phone's core: nothing that was written is lost, nothing is sent twice as two, and every wait has its reason. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, readyDraft, sealedVisit } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const { giveUp } = await import("../../static/js/offline/given_up.js");
const outbox = await import("../../static/js/offline/outbox.js");
const pack = await import("../../static/js/offline/pack.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");

let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  await store.become({ id: `person-${someone++}`, name: "周敏" });
});

const sealed = () => sealedVisit({ drafts, photos });
const only = async () => (await outbox.entries())[0];

test("answers given at once are all kept", async () => {
  const { id } = await drafts.start({ facility: "home", parts: [] });
  await Promise.all(Array.from({ length: 30 }, (_, n) => drafts.answer(id, `S-${n}`, { value: "pass" })));
  assert.equal(Object.keys((await drafts.draft(id)).answers).length, 30);
});

test("what is on the phone is not readable as text", async () => {
  await drafts.start({ facility: "a-very-secret-home", parts: [] });
  const { openDB } = await import("idb");
  const raw = await (await openDB(`dugai-${store.person()}`)).getAll("drafts");
  assert.ok(raw.length);
  assert.ok(!Buffer.from(raw[0].data).toString("latin1").includes("secret"));
});

test("sealing moves a draft to the outbox in one step, once", async () => {
  const { draft, entry } = await sealed();
  assert.equal(await drafts.draft(draft.id), null);
  assert.equal(await drafts.seal(draft.id), null, "a second tap");
  assert.equal((await outbox.entries()).length, 1);
  assert.equal(entry.state, "sealed");
});

test("an entry weighs what its photos still take on the phone", async () => {
  const { entry } = await sealed();
  const kept = await Promise.all(entry.photos.map((name) => photos.photo(name)));
  assert.equal(await outbox.weight(entry), kept.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
  assert.equal(await outbox.weight({ ...entry, state: "received" }), 0, "they have been handed in");
});

test("the app's icon says how many wait, where the app stands on the home screen", async (t) => {
  const shown = [];
  const badges = { setAppBadge: async (count) => shown.push(count), clearAppBadge: async () => shown.push(0) };
  Object.defineProperty(globalThis, "navigator", { value: badges, configurable: true });
  t.after(() => delete globalThis.navigator);
  await sealed();
  await outbox.countOnIcon();
  assert.deepEqual(shown, [], "in a browser's tab there is none");
  await outbox.hasIcon();
  await outbox.countOnIcon();
  await sync({ now: true });
  await outbox.countOnIcon();
  assert.deepEqual(shown, [1, 0]);
});

test("a visit with something missing stays a draft and says what", async () => {
  const { id } = await readyDraft({ drafts, photos });
  await drafts.answer(id, "S23-10", { value: "fail" });
  await assert.rejects(drafts.seal(id), ({ missing }) => missing.some(({ item }) => item === "S23-10"));
  assert.ok(await drafts.draft(id));
});

test("a photo missing from the store is found before sealing, not sent without it", async () => {
  const { id, shot } = await readyDraft({ drafts, photos });
  await store.change({ drop: [["photos", shot]] });
  await assert.rejects(drafts.seal(id), ({ missing }) => missing.length > 0);
});

test("delivered: a receipt is kept, photos are forgotten", async () => {
  const { draft } = await sealed();
  assert.equal(await sync(), "done");
  assert.equal((await only()).state, "received");
  assert.equal((await only()).receipt.number, "WZ-1");
  assert.equal(await photos.photo(draft.shot), null);
  assert.ok(server.photos.get(draft.shot).complete);
});

test("a planned visit names its assignment, and so does what is left of it once received", async () => {
  const { id } = await readyDraft({ drafts, photos, assignment: "planned-1" });
  await drafts.seal(id);
  assert.equal((await only()).payload.assignment, "planned-1");
  await sync();
  assert.equal((await only()).state, "received");
  assert.equal((await only()).assignment, "planned-1");
});

test("a visit without a plan says nothing of one: older servers refuse what they do not know", async () => {
  const { entry } = await sealed();
  assert.ok(!("assignment" in entry.payload));
});

test("the pack's assignments are read without signal, and a pack of an earlier release has none", async () => {
  assert.deepEqual(await pack.assignments(), []);
  await store.change({ put: [["kept", "pack", { facilities: [] }]] });
  assert.deepEqual(await pack.assignments(), []);
  await store.change({ put: [["kept", "pack", { facilities: [], assignments: [{ id: "planned-1" }] }]] });
  assert.deepEqual(await pack.assignments(), [{ id: "planned-1" }]);
});

test("a photo that another draft shows is not forgotten", async () => {
  const { draft } = await sealed();
  const other = await readyDraft({ drafts, photos });
  await sync();
  assert.ok(await photos.photo(draft.shot));
  assert.equal(other.shot, draft.shot);
});

test("a photo that was taken and not used goes once no visit is under way", async () => {
  const unused = await photos.keep(new Uint8Array([7, 7, 7]).buffer, "image/jpeg");
  await sealed();
  await sync();
  assert.equal(await photos.photo(unused), null);
});

test("a reply lost after the server heard it: sent again, the same receipt, forgotten once", async () => {
  await sealed();
  server.eats = 1;
  assert.equal(await sync(), "later");
  assert.equal((await only()).state, "sealed");
  assert.equal(await sync({ now: true }), "done");
  assert.equal(server.posts, 2);
  assert.equal(server.receipts.size, 1);
  assert.equal((await only()).state, "received");
});

test("without a line nothing is lost and the wait grows", async () => {
  await sealed();
  server.fault = () => {
    throw new TypeError("Failed to fetch");
  };
  const waits = [];
  for (let n = 0; n < 5; n++) {
    assert.equal(await sync(), "later");
    waits.push((await only()).next - Date.now());
    await store.change({ put: [["outbox", (await only()).id, { ...(await store.get("outbox", (await only()).id)), next: 0 }]] });
  }
  assert.equal(await sync({ now: true }), "later");
  assert.ok((await only()).next - Date.now() < 2000, "signal came back: short waits again");
  assert.ok(waits[4] > waits[0]);
  assert.equal((await only()).why, "line");
  assert.equal(await sync(), "done", "not yet due: nothing is tried");
  assert.equal((await only()).state, "sealed");
});

test("a captive portal's page is no receipt", async () => {
  await sealed();
  server.fault = () => new Response("<html>Welcome to the hotel</html>", { headers: { "content-type": "text/html" } });
  assert.equal(await sync(), "later");
  assert.equal((await only()).state, "sealed");
});

test("a portal that answers only the command with its own JSON is no receipt either", async () => {
  await sealed();
  server.fault = (path) => (path === "/sync" ? new Response("{}", { headers: { "content-type": "application/json" } }) : null);
  assert.equal(await sync(), "later");
  server.fault = (path) => (path === "/sync" ? server.answer(200, { receipts: [{ id: "other", state: "received" }] }) : null);
  assert.equal(await sync({ now: true }), "later");
  assert.equal((await only()).state, "sealed");
});

test("signed out: it pauses with its reason, and goes on after signing in", async () => {
  await sealed();
  server.signedIn = false;
  assert.equal(await sync(), "paused");
  assert.equal((await only()).state, "paused");
  server.signedIn = true;
  assert.equal(await sync(), "done");
  assert.equal((await only()).state, "paused", "not by itself");
  await sync({ now: true });
  assert.equal((await only()).state, "received");
});

test("refused: quarantined with the server's words, and the next one still goes", async () => {
  await sealed();
  const refusal = { code: "not_found", words: { zh: "没有找到", en: "Not found" }, remedy: { zh: "请…", en: "…" } };
  server.answerOnce(() => ({ state: "refused", refusal }));
  await sealed();
  await sync();
  assert.deepEqual(await outbox.counts(), { refused: 1, received: 1 });
  const quarantined = (await outbox.entries()).find(({ state }) => state === "refused");
  assert.equal(quarantined.why.words.zh, "没有找到");
  await outbox.again(quarantined.id);
  await sync();
  assert.deepEqual(await outbox.counts(), { received: 2 });
});

test("whenever it sends, the phone says how much waits and since when", async () => {
  const { entry } = await sealed();
  const other = await readyDraft({ drafts, photos });
  const began = (await drafts.draft(other.id)).started_at;
  const since = [entry.at, began].sort()[0];
  const said = [];
  const plain = server.fetch;
  globalThis.fetch = (path, how) => {
    if (path === "/sync") said.push(how.headers["x-dugai-unsent"]);
    return plain(path, how);
  };
  await sync();
  assert.match(store.storeId(), /^[0-9a-f]{16}$/);
  assert.deepEqual(said, [`1,1,${Math.floor(Date.parse(since) / 1000)},${store.person()},${store.storeId()}`]);
  assert.deepEqual(await outbox.unsent(), { "x-dugai-unsent": `0,1,${Math.floor(Date.parse(began) / 1000)},${store.person()},${store.storeId()}` });
  await giveUp(other.id);
  assert.deepEqual(await outbox.unsent(), { "x-dugai-unsent": `0,0,0,${store.person()},${store.storeId()}` });
});

test("photos missing on the server are sent again", async () => {
  const { draft } = await sealed();
  server.answerOnce(() => {
    server.photos.clear(); // its disk was restored from before
    return { state: "missing", photos: [draft.shot] };
  });
  assert.equal(await sync(), "done");
  assert.ok(server.photos.get(draft.shot).complete);
});

const PIECE = 32 * 1024;
const IN_PIECES = [...Array(9).fill(PIECE), 5088];

/** A sealed visit with so many photos of 300 KB; the sizes in which the phone will send them, each but those of its signatures. */
async function largePhotos(count) {
  const { id } = await readyDraft({ drafts, photos });
  const visit = await drafts.draft(id);
  const shas = await Promise.all(Array.from({ length: count }, (_, n) => photos.keep(new Uint8Array(300_000).map((_, m) => (m + n) % 251).buffer, "image/jpeg")));
  await drafts.note(id, { ...visit.findings[0], photos: shas });
  await drafts.seal(id);
  const sizes = [];
  const plain = server.photo.bind(server);
  server.photo = async (url, method, body, headers) => {
    const sha = shas.find((name) => method === "PUT" && url.pathname.endsWith(name));
    if (sha) sizes.push(body.size);
    return (sha && (await server.meanwhile?.(sha, sizes.length))) || plain(url, method, body, headers);
  };
  return sizes;
}

test("a line that nobody knows gets the first photo in pieces, and the others whole", async () => {
  const { sync: opened } = await import("../../static/js/offline/sync.js?opened");
  const sizes = await largePhotos(3);
  assert.equal(await opened(), "done");
  assert.deepEqual(sizes, [...IN_PIECES, 300_000, 300_000]);
});

test("an upload goes on where the line was cut, in small pieces from then on", async () => {
  const { sync: opened } = await import("../../static/js/offline/sync.js?cut");
  const sizes = await largePhotos(2);
  server.meanwhile = (sha, count) => {
    if (count !== IN_PIECES.length + 1) return null;
    server.photos.set(sha, { size: 100_000, complete: false });
    throw new TypeError("Failed to fetch");
  };
  assert.equal(await opened(), "later");
  assert.equal(await opened({ now: true }), "done");
  assert.deepEqual(sizes, [...IN_PIECES, 300_000, ...Array(6).fill(PIECE), 3392]);
});

test("a cut that the browser has made up for in silence is known by the server's word", async () => {
  const { sync: opened } = await import("../../static/js/offline/sync.js?silent");
  const sizes = await largePhotos(3);
  server.meanwhile = (sha, count) => {
    if (count !== IN_PIECES.length + 1) return null;
    server.photos.set(sha, { size: 300_000, complete: true });
    return new Response(null, { headers: { "x-dugai": "1", "upload-offset": "300000", "upload-complete": "?1", "upload-repeated": "120000" } });
  };
  assert.equal(await opened(), "done");
  assert.deepEqual(sizes, [...IN_PIECES, 300_000, ...IN_PIECES]);
});

test("a cut that the browser has made up for on a new connection is known by the time that connecting took", async (t) => {
  const { sync: opened } = await import("../../static/js/offline/sync.js?anew");
  const sizes = await largePhotos(3);
  const timed = t.mock.method(performance, "getEntriesByName", () => [sizes.length === IN_PIECES.length + 1 ? { connectStart: 5, connectEnd: 17 } : { connectStart: 5, connectEnd: 5 }]);
  assert.equal(await opened(), "done");
  assert.deepEqual(sizes, [...IN_PIECES, 300_000, ...IN_PIECES]);
  assert.ok(timed.mock.callCount() > 0);
});

test("one person's queue is never sent or seen as another's", async () => {
  await sealed();
  const first = store.person();
  await store.become({ id: "another", name: "何川" });
  assert.deepEqual(await outbox.entries(), []);
  assert.equal(await sync(), "done");
  assert.equal(server.posts, 0);
  await store.become({ id: first, name: "周敏" });
  assert.equal((await outbox.entries()).length, 1);
});

test("signed out, the phone opens as nobody and keeps what waits", async () => {
  await sealed();
  const me = store.person();
  await store.forget();
  assert.equal(await store.open(), null);
  assert.equal(await sync(), "nobody");
  await store.become({ id: me, name: "周敏" });
  assert.equal((await outbox.entries()).length, 1);
});

test("an entry can be taken out as a file with its photos", async () => {
  const { draft, entry } = await sealed();
  const [{ name, blob }] = await outbox.exported([entry.id]);
  const file = JSON.parse(await blob.text());
  assert.match(name, /^dugai-[0-9a-f-]+\.json$/);
  assert.equal(file.command.id, entry.id);
  assert.equal(file.photos[draft.shot].base64, Buffer.from([1, 2, 3, 4, 5]).toString("base64"));
});
