/**
 * The syncer: one at a time on a phone, in a page or in the worker. Photos first, in pieces that go on where a line was cut;
 * then the command. Only a receipt for this very command lets the phone forget; whatever does not come from our server,
 * like the page of a hotel's network, counts as no line at all.
 */

import { within } from "../lib/within.js";
import { signature } from "./device.js";
import { orphans } from "./drafts.js";
import { told, watch } from "./news.js";
import { prune, step, unsent } from "./outbox.js";
import { photo } from "./photos.js";
import { people, recall } from "./registry.js";
import { all, change, enterAs, ids, isLocked, open, person } from "./store.js";

const PIECE = 32 * 1024; // what a poor line carries in one go; all of a piece that is cut goes twice, since the browser begins it anew by itself
const CAREFUL = 6; // photos after a cut that go in pieces: the line that was cut will be cut again
const PATIENCE = 30_000; // for one request with something in it
const GLANCE = 10_000; // for one without
const LONGEST_WAIT = 30_000; // half as much again by chance: with one request's patience every queue is tried within a minute
const LONGEST_ASKED = 120_000; // by a server that is busy
const FURTHEST = 200_000; // no wait is longer: what says so was begun under another clock
const EVERY = 60_000;
const SOON = 2000;
const ASKED_AGAIN = 180_000; // what waits for the supervisor, and what the server said of it before
const QUEUED = ["sealed", "uploading", "posting", "held"];

/** The server takes neither the device's signature nor a session: no use in trying before somebody signs in. */
class Stop extends Error {
  constructor(code, status) {
    super(code);
    this.forAll = status === 401;
  }
}

/** The server is there and asks for time. */
class Busy extends Error {
  constructor(answer) {
    super(answer.status === 503 ? "busy" : "later");
    this.wait = Math.min(LONGEST_ASKED, 1000 * (Number(answer.headers.get("retry-after")) || 0));
  }
}

/** The server says no to this one: it waits for a person. held: what the server, which keeps it, says of it. */
class Refused extends Error {
  constructor(refusal, held = null) {
    super(refusal?.code);
    Object.assign(this, { refusal, held });
  }
}

/** Who must act on what is kept on the server: its supervisor, its author, nobody. */
const HELD = { waiting: "held", returned: "refused", set_aside: "aside" };

/**
 * Sends what waits: in a page its person's, in the worker everybody's. @param {{now?: boolean}} how now: also what waits for a later try or for somebody to sign in
 * @returns {Promise<"nobody" | "locked" | "busy" | "done" | "later" | "paused">}
 */
export async function sync({ now = false } = {}) {
  const everybody = globalThis.document ? turn : turns;
  const outcome = running ? "busy" : await (running = everybody(now).finally(() => (running = null)));
  if (outcome === "busy" && now) setTimeout(() => sync({ now }), SOON); // the one under way may have begun before signal came
  return outcome;
}

let running = null;

/** A page has one person's store open: what others on this phone have waiting is sent by the worker. */
async function turn(now) {
  if ((await people()).some((id) => id !== person())) globalThis.navigator?.serviceWorker?.controller?.postMessage({ send: true, now });
  return (await whose()) ? mine(now) : "nobody";
}

/** The worker is nobody's: it sends as each who uses this phone, one after another, and as whoever uses it now last. */
async function turns(now) {
  const last = (await recall("person"))?.id;
  const outcomes = [];
  for (const id of (await people()).filter((id) => id !== last)) {
    outcomes.push(await enterAs(id).then(() => mine(now)).catch(() => "later")); // a store that cannot be opened keeps nobody else's
  }
  outcomes.push((await open()) ? await mine(now) : "nobody");
  return outcomes.includes("later") ? "later" : outcomes.pop();
}

async function mine(now) {
  if (isLocked()) return "locked"; // sent once its owner has opened it here
  const run = (lock) => (lock ? queue(now) : "busy");
  return globalThis.navigator?.locks ? navigator.locks.request(`dugai-sync-${person()}`, { ifAvailable: true }, run) : run(true);
}

/** A page belongs to whom it was opened for, and hears that it has to open anew once somebody else uses the phone. */
async function whose() {
  if (!person() || (await isHere())) return open();
  told({ state: "person" });
  return null;
}

/** Whether the store that is open is that of whoever uses the phone: a session on it can only be theirs. */
const isHere = async () => (await recall("person"))?.id === person();

/** Sends by itself from now on: at once, when signal returns, when the page is looked at again, and every minute. */
export function keepSyncing() {
  sync({ now: true });
  addEventListener("online", () => sync({ now: true }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  watch(({ state }) => state === "sealed" && sync());
  watch(({ state }) => state === "line" && (asking ??= ask()));
  setInterval(sync, EVERY);
}

let asking = null;

/** Fetched only once the line has failed: the phone keeps it as it keeps its pages. */
const ask = () => import("./line.js").then(({ keepAsking }) => keepAsking(isThere, () => sync({ now: true })), () => (asking = null));

/** Whether our server answers at all: no cookie, no store, nothing to send. */
const isThere = () => asked("/health", { credentials: "omit" }).then(({ ok }) => ok, () => false);

let alarm = 0;

/** Tries again when the first of those that wait is due, not only at the next round minute. */
function wakeFor(entries) {
  clearTimeout(alarm);
  const waits = entries.filter(({ state }) => QUEUED.includes(state)).map(left);
  if (waits.length) wake(Math.min(...waits) + 50);
}

function wake(after) {
  clearTimeout(alarm);
  alarm = setTimeout(sync, after);
  alarm["unref"]?.(); // in Node: do not keep the process for it
  return "later";
}

/** Milliseconds until its turn. */
function left({ next }) {
  const wait = next - Date.now();
  return wait > FURTHEST ? 0 : Math.max(0, wait);
}

async function queue(now) {
  await prune().catch(() => {}); // a full phone: another time
  if (now) careful ||= 1;
  const outcomes = new Set();
  const waits = (entry) => (now && entry.state === "paused") || (QUEUED.includes(entry.state) && (now || !left(entry)));
  const waiting = (await all("outbox")).filter(waits).sort((a, b) => (a.at < b.at ? -1 : 1));
  while (waiting.length) {
    const entry = waiting.shift();
    if (now) entry.tries = 0; // what failed without signal says nothing about the line there is now
    const began = Date.now();
    try {
      await deliver(entry);
    } catch (fault) {
      if (entry.author !== person()) return "nobody"; // it stays with its author, and goes when they are back
      const came = await put(entry, fault, began).catch(() => "full");
      if (came === "full") return wake(LONGEST_WAIT); // no room even to write down how far it is: all stays as it was
      outcomes.add(came);
      if (fault.forAll) for (const other of waiting.splice(0)) await put(other, fault, began);
      if (fault.name === "TimeoutError") break; // nothing comes back: not a patience more for each of the others
    }
  }
  wakeFor(await all("outbox")); // also those whose turn came while others were sent
  return ["later", "paused"].find((one) => outcomes.has(one)) ?? "done";
}

/** Where an entry goes after a fault: nothing of it is ever lost. Its wait counts from when the attempt began. */
async function put(entry, fault, began) {
  if (fault instanceof Refused) {
    await step(entry, { state: HELD[fault.held?.state] ?? "refused", why: fault.refusal, held: fault.held, next: Date.now() + ASKED_AGAIN });
    return "done";
  }
  if (entry.state === "held") { // it is on the server already: only the asking failed
    await step(entry, { next: Date.now() + ASKED_AGAIN });
    return fault instanceof Stop ? "paused" : "done";
  }
  if (fault instanceof Stop) {
    await step(entry, { state: "paused", why: fault.message });
    return "paused";
  }
  const wait = Math.max(fault.wait ?? 0, Math.min(LONGEST_WAIT, 1000 * 2 ** entry.tries)) * (0.5 + Math.random());
  await step(entry, { state: "sealed", tries: Math.min(entry.tries + 1, 20), next: Math.max(began + wait, Date.now() + 500), why: fault.message === "busy" ? "busy" : "line" });
  if (!(fault instanceof Busy)) told({ state: "line" });
  return "later";
}

/** How far it is, on the way. A full phone does not remember that, and sends all the same: sending is what frees it. */
const mark = (entry, how) =>
  step(entry, how).catch((fault) => {
    if (fault.name !== "QuotaExceededError") throw fault;
  });

async function deliver(entry, again = false) {
  const isAsked = entry.state === "held";
  for (const name of entry.photos) {
    if (entry.uploaded.includes(name)) continue;
    await mark(entry, { state: "uploading" });
    await upload(name, entry);
    await mark(entry, { uploaded: [...entry.uploaded, name] });
  }
  if (!isAsked) await mark(entry, { state: "posting" });
  const { id, kind, version, at, author, payload } = entry;
  const answer = await ours("/sync", { method: "POST", headers: { "content-type": "application/json", ...(await unsent()) }, body: JSON.stringify({ commands: [{ id, kind, version, at, author, payload }] }) });
  const [told] = (await answer.json()).receipts ?? [];
  if (told?.id !== id) throw new Error("not an answer to this");
  if (told.state === "missing") {
    await mark(entry, { state: "sealed", uploaded: entry.uploaded.filter((name) => !told.photos.includes(name)) });
    if (again) throw new Error("missing"); // not again and again without a pause
    return deliver(entry, true); // the line is there now, however long it was not
  }
  if (told.state === "refused") {
    const absent = told.held?.photos ?? []; // kept, and the server still wants these of it
    const known = entry.uploaded.filter((name) => !absent.includes(name));
    if (known.length < entry.uploaded.length) {
      await mark(entry, { uploaded: known });
      if (!again) return deliver(entry, true);
    }
    throw new Refused(told.refusal, told.held);
  }
  if (told.state !== "received" || !isFor(told.receipt, entry)) throw new Error("not a receipt");
  await forget(entry, told.receipt);
}

/** A receipt names this command, and every photo of it where it names photos: those of earlier releases do not. */
const isFor = (receipt, { id, photos }) => receipt?.id === id && photos.every((name) => receipt.photos?.includes(name) ?? true);

/**
 * The receipt is here: a tombstone with it, and the photos that nothing else shows, in one transaction. While nothing is
 * under way nobody is about to show a photo either, so those that were taken and not used go too.
 */
async function forget(entry, receipt) {
  if (entry.author !== person()) throw new Error("somebody else's store is open");
  const resting = (await all("drafts")).filter(({ given_up }) => given_up); // whose photos are theirs still
  const idle = (await ids("drafts")).length === resting.length;
  const gone = await orphans(idle ? await ids("photos") : entry.photos, entry.id);
  const { id, kind, at, author, title, photos, about } = entry;
  const stone = { id, kind, at, author, title, about, facility: entry.payload?.facility ?? about?.facility ?? "", assignment: entry.payload?.assignment ?? "", photos: [], uploaded: [], sent: photos.length, state: "received", receipt, received_at: new Date().toISOString() };
  const used = gone.map((name) => ["photos", name]);
  await change({ put: [["outbox", id, stone]], drop: used }).catch(async (fault) => {
    if (fault.name !== "QuotaExceededError") throw fault;
    await change({ drop: used }); // no room even for the receipt: room first. The server has them, and says so if asked again
    await change({ put: [["outbox", id, stone]] });
  });
  told({ id, state: "received" });
}

async function upload(name, entry) {
  const kept = await photo(name);
  let { offset, complete } = progress(await ours(`/photos/${name}`, { method: "HEAD" }));
  if (!kept && !complete) throw new Refused(GONE);
  const body = kept && new Blob([kept.bytes], { type: kept.type });
  while (!complete) {
    if (offset > (reached.get(name) ?? 0)) entry.tries = 0; // a line that carries something, however little, is tried again soon
    reached.set(name, offset);
    const end = careful ? offset + PIECE : body.size;
    try {
      const answer = await ours(`/photos/${name}?offset=${offset}`, { method: "PUT", headers: { "upload-length": String(body.size) }, body: body.slice(offset, end) });
      ({ offset, complete } = progress(answer));
      if (answer.headers.has("upload-repeated") || (await isOnNewConnection(answer))) careful = CAREFUL; // cut, and sent once more by the browser, which does not say so
    } catch (fault) {
      if (!(fault instanceof Stop || fault instanceof Refused)) careful = CAREFUL;
      throw fault;
    }
  }
  if (body?.size > PIECE) careful = Math.max(0, careful - 1);
}

/** Whether the browser had to connect anew for this, although the request before it had left a connection: it was cut. */
async function isOnNewConnection(answer) {
  await answer.arrayBuffer(); // what is not read to its end is not timed
  const timed = performance.getEntriesByName(answer.url);
  performance.clearResourceTimings(); // it keeps 250
  return timed.some(({ connectStart, connectEnd }) => connectEnd > connectStart);
}

let careful = 1; // so many photos go in pieces: the first, by which the line is known, and those after a cut; the others whole
const reached = new Map(); // how many bytes of a photo the server had when it last said so

const GONE = {
  code: "photo.gone", field: "photos",
  words: { zh: "有一张照片在本机读不出来了", en: "A photo can no longer be read on this phone" },
  remedy: { zh: "请导出备份并告诉督导。", en: "Export a backup and tell your supervisor." },
};

function progress(answer) {
  const offset = Number(answer.headers.get("upload-offset") ?? NaN);
  if (!Number.isInteger(offset)) throw new Error("no offset");
  return { offset, complete: answer.headers.get("upload-complete") === "?1" };
}

/** A request to our server, signed by this device if it can be, else with a session of its author, and an answer that is surely its own. */
async function ours(path, how) {
  const signed = await signature(path, how);
  if (!signed && !(await isHere())) throw new Stop("sign_in", 401);
  let answer = await asked(path, how, signed);
  if (answer.status === 401 && signed && (await isHere())) answer = await asked(path, how); // a device that the server knows no more: a session will do
  if (answer.status === 401 || answer.status === 403) throw new Stop((await refusal(answer))?.code ?? "sign_in", answer.status);
  if (answer.status >= 500 || [408, 409, 429].includes(answer.status)) throw new Busy(answer);
  if (!answer.ok) throw new Refused(await refusal(answer));
  return answer;
}

async function asked(path, how, signed = null) {
  const answer = await fetch(path, {
    credentials: "same-origin", ...how, headers: { ...how.headers, ...signed, "x-dugai": "1" }, redirect: "manual", cache: "no-store",
    signal: within(how.body ? PATIENCE : GLANCE),
  });
  if (answer.headers.get("x-dugai") !== "1") throw new Error("not our server");
  return answer;
}

const refusal = async (answer) => (await answer.json().catch(() => null))?.refusal;
