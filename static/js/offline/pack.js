/** What a phone takes along: facilities, check tables, colleagues, and the pages to work with. One of two files that say fetch. */

import { newId, sha256, shortCode, typedCode } from "../lib/ids.js";
import { within } from "../lib/within.js";
import { lang } from "../lib/words.js";
import { told } from "./news.js";
import { unsent } from "./outbox.js";
import { all, become, change, device, dropDevice, get, isLocked, keepDevice, person } from "./store.js";

export const SHELLS = ["/today", "/visit/start", "/visit/sign", "/recheck", "/todo", "/todo/problem", "/todo/notice", "/outbox", "/this-phone"];
const PATIENCE = 20_000;
const PAGES = "dugai-shell-"; // the worker's cache of this release: pages and their assets live and die together

/** Fetches what is new of the facts; `pin` what is to be read with them. @returns {Promise<{state: "ready" | "failed" | "locked" | "signed_out", switched?: boolean}>} */
export async function refresh() {
  try {
    const mine = person() && !isLocked();
    const known = mine ? await get("kept", "pack") : null;
    const same = known?.lang === lang() ? { "if-none-match": known.etag } : {};
    const answer = (!mine && (await ahead())) || await fetch("/pack", { headers: { "x-dugai": "1", accept: "application/json", ...same, ...(mine ? await unsent() : {}) }, cache: "no-store", redirect: "manual", signal: within(PATIENCE) });
    if (answer.headers.get("x-dugai") !== "1") return { state: "failed" };
    if (answer.status === 401 || answer.status === 403) return { state: "signed_out" };
    const fresh = answer.status === 304 ? { ...known, at: new Date().toISOString() } : { ...(await answer.json()), etag: answer.headers.get("etag"), at: new Date().toISOString() };
    const switched = fresh.person.id !== person();
    await become(fresh.person);
    if (isLocked()) return { state: "locked", switched };
    await change({ put: [["kept", "pack", { ...fresh, gone: await gone(await get("kept", "pack"), fresh) }]] });
    reading = null;
    if (switched) told({ state: "person" });
    return { state: "ready", switched };
  } catch {
    return { state: "failed" };
  }
}

/** What the page of a phone's first screen has asked for while this was still on the way: templates/layout/_ahead.html. Once. */
function ahead() {
  const asked = globalThis["ahead"];
  delete globalThis["ahead"];
  return asked?.catch(() => null);
}

/**
 * Makes this device known to the server, if it is not among those that the pack names as in use; a server of before names none.
 * Nobody's first need: after the first screen. Without it all works with a session, and the next time it is tried again.
 */
export async function enrolled() {
  const known = (await pack())?.devices;
  const mine = known && (await device());
  if (!known || (mine?.enrolled && known.includes(mine.id))) return;
  const { enrol } = await import("./enrol.js");
  await enrol(known, { device, keep: keepDevice, drop: dropDevice, newId, post: posted });
}

async function posted(body) {
  const headers = { "x-dugai": "1", "content-type": "application/json" };
  const answer = await fetch("/devices", { method: "POST", headers, body, redirect: "manual", signal: within(PATIENCE) });
  return answer.headers.get("x-dugai") === "1" ? answer : null;
}

/** Facilities that are the person's no more while work on them is on the phone: it goes on by what was known of them. */
async function gone(before, { facilities }) {
  const unsent = (await all("outbox")).map(({ payload }) => payload?.facility);
  const used = new Set([...(await all("drafts")).map((visit) => visit.facility), ...unsent]);
  const here = new Set(facilities.map(({ id }) => id));
  const known = [...(before?.facilities ?? []), ...(before?.gone ?? [])];
  return known.filter(({ id }) => used.has(id) && !here.has(id)).map((place) => ({ ...place, isGone: true }));
}

/** @param {string} query words that all must fit, or a short code as people type it @returns {Promise<object[]>} */
export async function facilities(query = "") {
  const words = query.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const code = typedCode(query);
  const fits = ({ id, search }) => words.every((word) => search.includes(word)) || (code && shortCode(id).replace("-", "").includes(code));
  return ((await pack())?.facilities ?? []).filter(fits);
}

/** @returns {Promise<object | null>} with isGone where it is the person's no more */
export async function facility(id) {
  const kept = await pack();
  return [...(kept?.facilities ?? []), ...(kept?.gone ?? [])].find((known) => known.id === id) ?? null;
}

/** @returns {Promise<object[]>} the visits handed to this person, the first due first; packs of earlier releases hold none */
export const assignments = async () => (await pack())?.assignments ?? [];

/** @returns {Promise<object[]>} the problems that this person may re-check, the first due first; packs of earlier releases hold none */
export const rechecks = async () => (await pack())?.rechecks ?? [];

/** @returns {Promise<object[]>} */
export const checklists = async () => (await pack())?.checklists ?? [];

/** @returns {Promise<string>} the first screen of whoever uses the phone: a facility's contact has another than inspectors; "" before there is a pack */
export async function home() {
  const kept = await pack();
  if (!kept) return "";
  return kept.todo && !kept.facilities.length ? "/todo" : "/today";
}

/** @returns {Promise<{problems: object[], notices: object[], calls: object[], states: Record<string, {zh: string, en: string}>, at: string} | null>} what is asked of a facility's contact, as of then; null for others */
export async function todo() {
  const kept = await pack();
  return kept?.todo ? { ...kept.todo, at: kept.at } : null;
}

/** @returns {Promise<{id: string, name: string}[]>} inspectors who may sign beside this one, this one among them */
export const colleagues = async () => (await pack())?.colleagues ?? [];

/**
 * Whether a visit can be made from here without signal: everything was looked for where it will be read.
 * @param {string} release of the page that asks: what it will be opened from is the cache of this release
 * @returns {Promise<{ready: boolean, facilities: number, at: string | null, lacks: {worker: number, pack: number, pages: number, tables: number, assets: number}}>} how many of each are not here
 */
export async function readiness(release) {
  const kept = await pack();
  const lacks = { worker: 0, pack: kept ? 0 : 1, pages: 0, tables: 0, assets: 0 };
  const cache = await shellCache(release);
  if (!cache) lacks.worker = 1;
  else await look(cache, release, await tables(kept), lacks);
  return { ready: !Object.values(lacks).some(Boolean), facilities: kept?.facilities.length ?? 0, at: kept?.at ?? null, lacks };
}

async function look(cache, release, wanted, lacks) {
  const named = new Set();
  for (const [kind, paths] of [["pages", SHELLS], ["tables", wanted]]) {
    for (const path of paths) {
      const text = await pageOf(cache, path, release);
      if (text === null) lacks[kind] += 1;
      else assetsOf(text).forEach((asset) => named.add(asset));
    }
  }
  for (const asset of named) { // grows while it is walked: scripts name scripts
    const found = await cache.match(asset);
    if (!found) lacks.assets += 1;
    else if (asset.endsWith(".js")) piecesOf(await found.text()).forEach((piece) => named.add(piece));
  }
}

async function pageOf(cache, path, release) {
  const found = await cache.match(inLanguage(path));
  return found && found.headers.get("x-dugai-release") === release ? found.text() : null;
}

/** @returns {string[]} the addresses of all assets that a page names */
export const assetsOf = (html) => [...new Set(html.match(/\/static\/[\w.-]+/g) ?? [])];

const piecesOf = (script) => [...script.matchAll(/["']\.\/([\w.-]+\.js)["']/g)].map(([, name]) => `/static/${name}`);

async function shellCache(release) {
  const name = PAGES + release;
  return globalThis.caches && (await caches.has(name)) ? caches.open(name) : null;
}

/** The pages of check tables that must be here: those offered now, and those on which a visit goes on or may be mended. */
async function tables(kept) {
  const used = [...(await all("drafts")), ...(await all("outbox")).map(({ payload }) => payload)].map((visit) => visit?.checklist).filter(Boolean);
  return [...new Set([...(kept?.pages ?? []), ...used.map(({ key, version }) => `/visit/${key}/${version}`)])];
}

/** A shell's address in the reader's language: one copy for each. */
const inLanguage = (path) => `${path}?lang=${lang()}`;

let reading = null; // one reading for all who ask meanwhile, as Today's sections do: a pack may be long, and nobody changes what they get

function pack() {
  if (!person()) return null;
  if (reading?.whose !== person()) {
    const mine = (reading = { whose: person(), kept: get("kept", "pack") });
    const done = () => reading === mine && (reading = null);
    mine.kept.then(done, done);
  }
  return reading.kept;
}

/**
 * Puts check tables into the worker's own cache. One that could not be fetched is fetched the next time; one of another release than
 * the cache is none: its assets are not there. @returns {Promise<void>} whether all are there, `readiness` says
 */
export async function pin() {
  if (!globalThis.caches || !person()) return;
  const paths = await tables(await pack());
  const pages = paths.flatMap((path) => [`${path}?lang=zh`, `${path}?lang=en`]);
  for (const name of (await caches.keys()).filter((name) => name.startsWith(PAGES))) {
    const cache = await caches.open(name);
    for (const url of pages) if (!(await cache.match(url))) await fetched(cache, url, name.slice(PAGES.length)).catch(() => {});
  }
  const hash = (await sha256(new TextEncoder().encode(pages.sort().join()).buffer)).slice(0, 12);
  if ((await get("kept", "pinned"))?.hash !== hash) await change({ put: [["kept", "pinned", { hash }]] });
}

async function fetched(cache, url, release) {
  const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: within(PATIENCE) });
  if (answer.ok && answer.headers.get("x-dugai-release") === release) await cache.put(url, answer);
}
