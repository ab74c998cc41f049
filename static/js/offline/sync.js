/**
 * The syncer: one at a time on a phone, in a page or in the worker. Photos first, in pieces that go on where a line was cut;
 * then the command. Only a receipt for this very command lets the phone forget; whatever does not come from our server,
 * like the page of a hotel's network, counts as no line at all.
 */

import { told, watch } from "./news.js";
import { drafts, orphans } from "./drafts.js";
import { prune, step } from "./outbox.js";
import { photo } from "./photos.js";
import { all, change, ids, open, person, recall, remember } from "./store.js";

export { watch };

const PIECE = 64 * 1024; // after a cut: what a poor line carries in one go
const PATIENCE = 30_000; // for one request
const LONGEST_WAIT = 300_000;
const EVERY = 60_000;
const SOON = 2000;
const WAITING = ["sealed", "uploading", "posting"];

/** The server wants somebody to sign in: no use in trying before. */
class Stop extends Error {}

/** The server says no to this one: it waits for a person. */
class Refused extends Error {
  constructor(refusal) {
    super(refusal?.code);
    this.refusal = refusal;
  }
}

/**
 * Sends what waits. @param {{now?: boolean}} how now: also what waits for a later try or for somebody to sign in
 * @returns {Promise<"nobody" | "busy" | "done" | "later" | "paused">}
 */
export async function sync({ now = false } = {}) {
  if (!(await open())) return "nobody";
  const run = (lock) => (lock ? queue(now) : "busy");
  const outcome = await (globalThis.navigator?.locks ? navigator.locks.request(`dugai-sync-${person()}`, { ifAvailable: true }, run) : run(true));
  if (outcome === "busy" && now) setTimeout(() => sync({ now }), SOON); // the one under way may have begun before signal came
  return outcome;
}

/** Sends by itself from now on: at once, when signal returns, when the page is looked at again, and every minute. */
export function keepSyncing() {
  sync({ now: true });
  addEventListener("online", () => sync({ now: true }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  watch(({ state }) => state === "sealed" && sync());
  setInterval(sync, EVERY);
}

let alarm = 0;

/** Tries again when the first of those that wait is due, not only at the next round minute. */
function wakeFor(entries) {
  clearTimeout(alarm);
  const due = entries.filter(({ state }) => WAITING.includes(state)).map(({ next }) => next);
  if (due.length) alarm = setTimeout(sync, Math.max(0, Math.min(...due) - Date.now()) + 50);
}

async function queue(now) {
  await prune();
  let outcome = "done";
  const waits = ({ state, next }) => (now && state === "paused") || (WAITING.includes(state) && (now || next <= Date.now()));
  for (const entry of (await all("outbox")).filter(waits).sort((a, b) => (a.at < b.at ? -1 : 1))) {
    if (now) entry.tries = 0; // what failed without signal says nothing about the line there is now
    try {
      await deliver(entry);
    } catch (fault) {
      outcome = await put(entry, fault);
      if (outcome === "paused") return outcome;
    }
  }
  if (outcome === "later") wakeFor(await all("outbox"));
  return outcome;
}

/** Where an entry goes after a fault: nothing of it is ever lost. */
async function put(entry, fault) {
  if (fault instanceof Stop) {
    await step(entry, { state: "paused", why: fault.message });
    return "paused";
  }
  if (fault instanceof Refused) {
    await step(entry, { state: "refused", why: fault.refusal });
    return "done";
  }
  const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** entry.tries) * (0.5 + Math.random());
  await step(entry, { state: "sealed", tries: Math.min(entry.tries + 1, 20), next: Date.now() + wait, why: fault.message === "busy" ? "busy" : "line" });
  return "later";
}

async function deliver(entry) {
  for (const name of entry.photos) {
    if (entry.uploaded.includes(name)) continue;
    await step(entry, { state: "uploading" });
    await upload(name);
    await step(entry, { uploaded: [...entry.uploaded, name] });
  }
  await step(entry, { state: "posting" });
  const { id, kind, version, at, author, payload } = entry;
  const answer = await ours("/sync", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ commands: [{ id, kind, version, at, author, payload }] }) });
  const [told] = (await answer.json()).receipts ?? [];
  if (told?.id !== id) throw new Error("not an answer to this");
  if (told.state === "missing") {
    await step(entry, { state: "sealed", uploaded: entry.uploaded.filter((name) => !told.photos.includes(name)) });
    if (entry.tries > 0) throw new Error("missing"); // not again and again without a pause
    entry.tries = 1;
    return deliver(entry);
  }
  if (told.state === "refused") throw new Refused(told.refusal);
  if (told.state !== "received" || told.receipt?.id !== id) throw new Error("not a receipt");
  await forget(entry, told.receipt);
}

/**
 * The receipt is here: a tombstone with it, and the photos that nothing else shows, in one transaction. While no visit is
 * under way nobody is about to show a photo either, so those that were taken and not used go too.
 */
async function forget(entry, receipt) {
  const idle = !(await drafts()).length;
  const gone = await orphans(idle ? await ids("photos") : entry.photos, entry.id);
  const { id, kind, at, author, title, photos } = entry;
  const stone = { id, kind, at, author, title, photos: [], uploaded: [], sent: photos.length, state: "received", receipt, received_at: new Date().toISOString() };
  await change({ put: [["outbox", id, stone]], drop: gone.map((name) => ["photos", name]) });
  told({ id, state: "received" });
}

async function upload(name) {
  const kept = await photo(name);
  if (!kept) throw new Refused(GONE);
  const body = new Blob([kept.bytes], { type: kept.type });
  let { offset, complete } = progress(await ours(`/photos/${name}`, { method: "HEAD" }));
  while (!complete) {
    const poor = await recall("poor-line"); // the whole remainder first; small pieces once a line was cut
    const end = poor ? offset + PIECE : body.size;
    try {
      const answer = await ours(`/photos/${name}?offset=${offset}`, { method: "PUT", headers: { "upload-length": String(body.size) }, body: body.slice(offset, end) });
      ({ offset, complete } = progress(answer));
    } catch (fault) {
      if (!(fault instanceof Stop || fault instanceof Refused)) await remember("poor-line", true);
      throw fault;
    }
  }
  await remember("poor-line", false);
}

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

/** A request to our server and an answer that is surely its own. */
async function ours(path, how) {
  const answer = await fetch(path, {
    ...how, headers: { ...how.headers, "x-dugai": "1" }, redirect: "manual", cache: "no-store", credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.headers.get("x-dugai") !== "1") throw new Error("not our server");
  if (answer.status === 401 || answer.status === 403) throw new Stop((await refusal(answer))?.code ?? "sign_in");
  if (answer.status >= 500 || [408, 409, 429].includes(answer.status)) throw new Error(answer.status === 503 ? "busy" : String(answer.status));
  if (!answer.ok) throw new Refused(await refusal(answer));
  return answer;
}

const refusal = async (answer) => (await answer.json().catch(() => null))?.refusal;
