/** What a phone takes along: facilities, check tables, colleagues, and the pages to work with. One of two files that say fetch. */

import { lang } from "../lib/words.js";
import { become, change, get, person } from "./store.js";

export const SHELLS = ["/today", "/visit/start", "/visit/sign", "/outbox"];
const PATIENCE = 20_000;
const PAGES = "dugai-shell-"; // the worker's cache of this release: pages and their assets live and die together

/** Fetches what is new. @returns {Promise<{state: "ready" | "failed" | "signed_out", switched?: boolean}>} */
export async function refresh() {
  try {
    const known = person() ? await get("kept", "pack") : null;
    const same = known?.lang === lang() ? { "if-none-match": known.etag } : {};
    const answer = await fetch("/pack", { headers: { "x-dugai": "1", accept: "application/json", ...same }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.headers.get("x-dugai") !== "1") return { state: "failed" };
    if (answer.status === 401 || answer.status === 403) return { state: "signed_out" };
    const fresh = answer.status === 304 ? { ...known, at: new Date().toISOString() } : { ...(await answer.json()), etag: answer.headers.get("etag"), at: new Date().toISOString() };
    const switched = fresh.person.id !== person();
    await become(fresh.person);
    await change({ put: [["kept", "pack", fresh]] });
    await pin(fresh.pages);
    return { state: "ready", switched };
  } catch {
    return { state: "failed" };
  }
}

/** @param {string} query words that all must fit @returns {Promise<object[]>} */
export async function facilities(query = "") {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return ((await pack())?.facilities ?? []).filter(({ search }) => words.every((word) => search.includes(word)));
}

/** @returns {Promise<object | null>} */
export const facility = async (id) => (await pack())?.facilities.find((known) => known.id === id) ?? null;

/** @returns {Promise<object[]>} */
export const checklists = async () => (await pack())?.checklists ?? [];

/** @returns {Promise<{id: string, name: string}[]>} inspectors who may sign beside this one, this one among them */
export const colleagues = async () => (await pack())?.colleagues ?? [];

/** Whether everything that the pack names can be read right here. @returns {Promise<{ready: boolean, facilities: number, missing: number, at: string | null}>} */
export async function readiness() {
  const kept = await pack();
  if (!kept) return { ready: false, facilities: 0, missing: 0, at: null };
  const wanted = [...SHELLS, ...kept.pages].map(inLanguage);
  const found = globalThis.caches ? await Promise.all(wanted.map((url) => caches.match(url))) : [];
  const missing = wanted.length - found.filter(Boolean).length;
  return { ready: missing === 0, facilities: kept.facilities.length, missing, at: kept.at };
}

/** A shell's address in the reader's language: one copy for each. */
export const inLanguage = (path) => `${path}?lang=${lang()}`;

const pack = () => (person() ? get("kept", "pack") : null);

/** Puts pages into the worker's own cache. A page that could not be fetched is fetched the next time. */
async function pin(pages) {
  if (!globalThis.caches) return;
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  for (const name of names) {
    const cache = await caches.open(name);
    for (const url of pages.flatMap((page) => [`${page}?lang=zh`, `${page}?lang=en`])) {
      if (await cache.match(url)) continue;
      const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.ok && answer.headers.get("x-dugai-release")) await cache.put(url, answer);
    }
  }
}
