/** Re-checks: kept from the first word on, one for each problem, sealed into the outbox like a visit. */

import { dayOf, mayBeDue } from "../lib/days.js";
import { newId } from "../lib/ids.js";
import { t } from "../lib/words.js";
import { RECHECK } from "./drafts.js";
import { told } from "./news.js";
import { sealedEntry, underWay } from "./outbox.js";
import { sound } from "./photos.js";
import { alone, change, get } from "./store.js";

/**
 * @typedef {{id: string, number: string, facility: string, name: string, what: string, round: number}} About the problem as the pack tells it
 * @returns {Promise<object[]>} the re-checks that are under way: {id, about, started_at, passed, record, photos, due_on}
 */
export const begun = async () => (await underWay()).filter(({ kind }) => kind === RECHECK);

/** @returns {Promise<object | null>} the one of this problem */
export const begunOn = async (problem) => (await begun()).find(({ about }) => about.id === problem) ?? null;

/** Keeps what is filled in so far; the first word begins it. @param {About} about @param {{passed: boolean | null, record: string, photos: string[], due_on: string | null}} given */
export const keepRecheck = (about, given) =>
  alone(lock(about.id), async () => {
    const before = (await begunOn(about.id)) ?? { id: newId(), kind: RECHECK, started_at: new Date().toISOString() };
    const made = { ...before, about, facility: about.facility, ...given };
    await change({ put: [["drafts", made.id, made]] });
    return made;
  });

/** Seals it, in one transaction. @returns {Promise<object | null>} the entry; throws {missing: [...]} and changes nothing while something is missing */
export function sealRecheck(problem) {
  return alone(lock(problem), async () => {
    const made = await begunOn(problem);
    if (!made) return null; // sealed already: a second tap
    const missing = await lacks(made);
    if (missing.length) throw Object.assign(new Error("not complete"), { missing });
    const entry = entryOf(made);
    await change({ put: [["outbox", entry.id, entry]], drop: [["drafts", made.id]] });
    told({ id: entry.id, state: entry.state });
    return entry;
  });
}

/** Opens again what the server returned; it was made when it was made, unless the server doubts that. @returns {Promise<object | null>} the draft */
export async function reopenRecheck(id) {
  const known = await get("outbox", id);
  if (known?.kind !== RECHECK) return null;
  return alone(lock(known.about.id), async () => {
    const entry = await get("outbox", id);
    if (!["refused", "held"].includes(entry?.state) || (await begunOn(entry.about.id))) return null;
    const { id: recheck, passed, record, photos, due_on, at } = entry.payload;
    const doubted = ["problem.recheck_at", "problem.recheck_early"].includes(entry.why?.code);
    const made = { id: recheck, kind: RECHECK, about: entry.about, facility: entry.about.facility, started_at: at, passed, record, photos, due_on, ...(doubted ? {} : { at }) };
    await change({ put: [["drafts", recheck, made]], drop: [["outbox", id]] });
    told({ id, state: "draft" });
    return made;
  });
}

/** Whether this phone holds a decision on the problem as it stands: a later report begins a new round. @param {object[]} entries of the outbox @param {About} about */
export const isDecided = (entries, { id, round }) =>
  entries.some(({ kind, about, state }) => kind === RECHECK && about?.id === id && about.round === round && !["refused", "aside"].includes(state));

/** What still keeps it from being sealed: whatever the server would return is said while it can be mended. */
export async function lacks({ passed, record, photos, due_on, at = Date.now() }) {
  const missing = [];
  if (typeof passed !== "boolean") missing.push({ field: "passed", words: t("选通过或不通过", "Choose whether it passes") });
  if (!record?.trim()) missing.push({ field: "record", words: t("写复查记录，或点一条常用语", "Say what you saw, or tap preset words") });
  if (passed === false && !photos.length) missing.push({ field: "photos", words: t("拍一张现场照片", "Photograph what you see") });
  if (passed === false && !due_on) missing.push({ field: "due", words: t("定新的整改时限", "Set a new due day") });
  if (passed === false && due_on && !mayBeDue(dayOf(at), due_on)) missing.push({ field: "due", words: t("整改时限不对，请核对日期", "The due day cannot be right: see the date") });
  for (const photo of photos) if (!(await sound(photo))) missing.push({ field: "photos", words: t("有一张照片读不出来了，请重拍", "A photo can no longer be read: take it again") });
  return missing;
}

function entryOf({ id, about, passed, record, photos, due_on, at = new Date().toISOString() }) {
  const payload = { id, problem: about.id, passed, record: record.trim(), photos, due_on: passed ? null : due_on, at, round: about.round };
  return sealedEntry({ kind: RECHECK, payload, title: about.name, photos, about });
}

/** @param {string} problem @returns {string} the name under which its re-check is changed, one change at a time */
export const lock = (problem) => `recheck-${problem}`;
