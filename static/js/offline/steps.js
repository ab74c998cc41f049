/** What is done about one problem or notice: kept from the first word on, one of each kind, sealed into the outbox like a visit. */

import { newId } from "../lib/ids.js";
import { told } from "./news.js";
import { sealedEntry, underWay } from "./outbox.js";
import { alone, change, get } from "./store.js";

/**
 * @typedef {{id: string, facility: string, name: string, round?: number}} About the problem or notice as the pack tells it
 * @typedef {{kind: string, lacks: (given: any) => Promise<object[]>, payload: (made: any) => object, given?: (payload: any) => object, doubted: string[]}} Kind
 *   kind: of its command; lacks: what the server would return; payload: beside id and time; given: what was filled in, out of the payload again;
 *   doubted: refusals after which it takes its time anew
 */

/** @returns {Promise<object[]>} those of a kind that are under way: {id, kind, about, facility, started_at, …given} */
export const begun = async (kind) => (await underWay()).filter((draft) => draft.kind === kind);

/** @returns {Promise<object | null>} the one about this */
export const begunOn = async (kind, subject) => (await begun(kind)).find(({ about }) => about.id === subject) ?? null;

/** Keeps what is filled in so far; the first word begins it. @param {string} kind @param {About} about @param {object} given */
export const keepStep = (kind, about, given) =>
  alone(lock(kind, about.id), async () => {
    const before = (await begunOn(kind, about.id)) ?? { id: newId(), kind, started_at: new Date().toISOString() };
    const made = { ...before, about, facility: about.facility, ...given };
    await change({ put: [["drafts", made.id, made]] });
    return made;
  });

/** Seals it, in one transaction. @param {Kind} how @returns {Promise<object | null>} the entry; throws {missing: [...]} and changes nothing while something is missing */
export function sealStep(how, subject) {
  return alone(lock(how.kind, subject), async () => {
    const made = await begunOn(how.kind, subject);
    if (!made) return null; // sealed already: a second tap
    const missing = await how.lacks(made);
    if (missing.length) throw Object.assign(new Error("not complete"), { missing });
    const { id, about, photos = [], at = new Date().toISOString() } = made;
    const entry = sealedEntry({ kind: how.kind, payload: { id, ...how.payload(made), at }, title: about.name, photos, about });
    await change({ put: [["outbox", entry.id, entry]], drop: [["drafts", id]] });
    told({ id: entry.id, state: entry.state });
    return entry;
  });
}

/** Opens again what the server returned; it was done when it was done, unless the server doubts that. @param {Kind} how @returns {Promise<object | null>} the draft */
export async function reopenStep(how, id) {
  const known = await get("outbox", id);
  if (known?.kind !== how.kind) return null;
  return alone(lock(how.kind, known.about.id), async () => {
    const entry = await get("outbox", id);
    if (!["refused", "held"].includes(entry?.state) || (await begunOn(how.kind, entry.about.id))) return null;
    const { id: step, problem, notice, round, at, ...filled } = entry.payload;
    const { about } = entry;
    const made = { id: step, kind: how.kind, about, facility: about.facility, started_at: at, ...(how.given?.(filled) ?? filled), ...(how.doubted.includes(entry.why?.code) ? {} : { at }) };
    await change({ put: [["drafts", step, made]], drop: [["outbox", id]] });
    told({ id, state: "draft" });
    return made;
  });
}

/** @returns {string} the name under which one of a kind is changed, one change at a time */
export const lock = (kind, subject) => `${kind}-${subject}`;
