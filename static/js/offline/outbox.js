/** What was submitted and where it is. An entry leaves only on its receipt; a refused one stays until somebody decides. */

import { stamp } from "../lib/days.js";
import { newId } from "../lib/ids.js";
import { signedBy } from "./device.js";
import { told } from "./news.js";
import { photo } from "./photos.js";
import { recall, remember } from "./registry.js";
import { all, change, damaged, device, get, person, storeId } from "./store.js";

const ICON = "icon"; // a fact of the phone
const REMEMBERED = 30 * 24 * 3600e3; // a tombstone with its receipt stays this long

/** @returns {Promise<object[]>} every entry, the latest first */
export const entries = async () => (await all("outbox")).sort((a, b) => (a.at < b.at ? 1 : -1));

/** @returns {Promise<number>} the bytes of an entry's photos that are still on the phone; all of them are read for it */
export async function weight({ state, photos }) {
  let bytes = 0;
  for (const name of state === "received" ? [] : photos) bytes += (await photo(name))?.bytes.byteLength ?? 0;
  return bytes;
}

/** @returns {Promise<Record<string, number>>} how many entries there are in each state */
export async function counts() {
  const count = {};
  for (const { state } of await all("outbox")) count[state] = (count[state] ?? 0) + 1;
  return count;
}

/** The app stands on this phone's home screen: it has an icon from now on. */
export const hasIcon = () => remember(ICON, true).catch(() => {}); // told anew at its next start

/** The number on the app's icon, where there is one: what was not sent yet. */
export async function countOnIcon() {
  if (!(await recall(ICON))) return;
  const { received = 0, aside = 0, ...waiting } = await counts();
  const count = Object.values(waiting).reduce((sum, one) => sum + one, 0);
  await (count ? globalThis.navigator?.setAppBadge?.(count) : globalThis.navigator?.clearAppBadge?.())?.catch(() => {});
}

/** @returns {Promise<object[]>} what is under way, visits and steps: not what was given up */
export const underWay = async () => (await all("drafts")).filter(({ given_up }) => !given_up);

/**
 * What waits on this phone, as the server wants to hear it: entries, drafts, since when in seconds, whose, in which store, with what pinned.
 * What cannot be read any more is counted too: somebody must ask after it. @returns {Promise<{"x-dugai-unsent": string}>}
 */
export async function unsent() {
  const waits = (await all("outbox")).filter(({ state }) => state !== "received" && state !== "aside");
  const drafts = await underWay();
  const lost = (store) => damaged().filter((record) => record.store === store).length;
  const since = [...waits.map(({ at }) => at), ...drafts.map(({ started_at }) => started_at)].sort()[0];
  const pinned = (await get("kept", "pinned"))?.hash ?? "";
  const said = [waits.length + lost("outbox"), drafts.length + lost("drafts"), since ? Math.floor(Date.parse(since) / 1000) : 0, person(), storeId(), pinned];
  return { "x-dugai-unsent": said.join().replace(/,+$/, "") };
}

/**
 * An entry as it is sealed: its command, which nothing changes any more, and how far it is on its way.
 * @param {{kind: string, payload: object, photos: string[], title?: string, about?: object}} made title: the facility's name; about: the problem or notice of a step
 */
export const sealedEntry = (made) => ({
  id: newId(), version: 1, at: new Date().toISOString(), author: person(), ...made, uploaded: [], state: "sealed", tries: 0, next: 0, why: null, receipt: null,
});

/** Puts a refused or paused entry into the queue again, as it was. */
export async function again(id) {
  const entry = await get("outbox", id);
  if (entry && entry.state !== "received") await step(entry, { state: "sealed", tries: 0, next: 0, why: null, held: null });
}

/** Writes how far an entry is, into its author's store only. Its command and payload never change. */
export async function step(entry, { state, tries, next, why, held, uploaded }) {
  if (entry.author !== person()) throw new Error("somebody else's store is open");
  Object.assign(entry, Object.fromEntries(Object.entries({ state, tries, next, why, held, uploaded }).filter(([, value]) => value !== undefined)));
  await change({ put: [["outbox", entry.id, entry]] });
  told({ id: entry.id, state: entry.state });
}

/**
 * Entries with their photos as files, for the day when a phone cannot send: any desk takes them in.
 * @param {string[]} wanted ids @returns {Promise<{name: string, blob: Blob}[]>}
 */
export async function exported(wanted) {
  const { sealed, plain } = await import("./export.js");
  const chosen = (await all("outbox")).filter(({ id, state }) => wanted.includes(id) && state !== "received");
  const [mine, kept] = [await device(), await get("kept", "pack")];
  if (!mine?.enrolled || !kept?.exports) return Promise.all(chosen.map(async (entry) => ({ name: `dugai-${entry.id}.json`, blob: await plain(entry, photo) })));
  const files = await sealed(chosen, { device: mine, sign: (message) => signedBy(mine, message), server: kept.exports, photo });
  const now = stamp(Date.now()).replace(/\D/g, "");
  return files.map((blob, place) => ({ name: `dugai-${now}${place ? `-${place + 1}` : ""}.dugai`, blob }));
}

/** Forgets tombstones that are old enough. */
export async function prune(now = Date.now()) {
  const old = (await all("outbox")).filter(({ state, received_at }) => state === "received" && now - Date.parse(received_at) > REMEMBERED);
  await change({ drop: old.map(({ id }) => ["outbox", id]) });
}
