/** Visits under way. Every answer is written as it is given; a submitted visit leaves drafts and enters the outbox in one step. */

import { dayOf, mayBeDue } from "../lib/days.js";
import { newId } from "../lib/ids.js";
import { t } from "../lib/words.js";
import { told, toldOthers } from "./news.js";
import { sealedEntry, underWay } from "./outbox.js";
import { facility } from "./pack.js";
import { sound } from "./photos.js";
import { all, alone, change, get } from "./store.js";

const LONGEST_AGO = 400 * 24 * 3600e3; // as the server reckons
export const VISIT = "inspections.submit"; // the kind of a visit's command
export const RECHECK = "problems.recheck"; // of a re-check's, and what its draft says as its kind; a visit's draft says routine, special or case

/** @returns {Promise<object[]>} the visits of this person that are under way; what is about a problem or a notice: steps.js */
export const drafts = async () => (await underWay()).filter(({ about }) => !about);

/** @returns {Promise<object | null>} null too for one that was given up: given_up.js */
export async function draft(id) {
  const found = id ? await get("drafts", id) : null;
  return found?.given_up ? null : found;
}

/** @param {{facility: string, checklist: object, parts: string[], kind: string, mode: string, assignment?: string}} chosen assignment: of a planned visit */
export async function start(chosen) {
  const made = { id: newId(), ...chosen, started_at: new Date().toISOString(), answers: {}, findings: [], signatures: {}, position: null };
  await change({ put: [["drafts", made.id, made]] });
  return made;
}

/**
 * Gives an answer, or with null takes it back. What it says of every item is written in the same step: signing knows no table.
 * The draft as it is on disk then comes back; nothing when it has gone meanwhile.
 * @param {(visit: object) => Stands} [judge] @typedef {Record<string, "pass" | "fail" | "na" | "said" | "">} Stands of each item that is asked; "" is not answered
 */
export const answer = (id, item, given, judge) =>
  edit(id, (visit) => {
    if (given) visit.answers[item] = { ...given, at: new Date().toISOString() };
    else delete visit.answers[item];
    if (judge) visit.stands = judge(visit);
  });

/** Says anew how everything stands: when the table is opened. */
export const judged = (id, judge) => edit(id, (visit) => (visit.stands = judge(visit)));

/** The visit as it would be sealed now: what is not asked any more, by what was answered before it, stays in the draft only. */
export function asSealed(visit) {
  const isAsked = (item) => !visit.stands || item in visit.stands;
  const answers = Object.fromEntries(Object.entries(visit.answers ?? {}).filter(([item]) => isAsked(item)));
  return { ...visit, answers, findings: (visit.findings ?? []).filter(({ item }) => isAsked(item)) };
}

/** Notes a finding, or notes it anew. */
export const note = (id, finding) =>
  edit(id, (visit) => {
    const place = visit.findings.findIndex((known) => known.id === finding.id);
    if (place < 0) visit.findings.push(finding);
    else visit.findings[place] = finding;
  });

export const dropFinding = (id, finding) =>
  edit(id, (visit) => (visit.findings = visit.findings.filter((known) => known.id !== finding)));

/** @param {"first" | "second" | "facility" | "position"} slot @param {object | null} given null: not signed any more */
export const sign = (id, slot, given) =>
  edit(id, (visit) => {
    if (slot === "position") visit.position = given;
    else if (!given) delete visit.signatures[slot];
    else visit.signatures[slot] = { ...given, at: new Date().toISOString() };
  });

/**
 * Seals a visit: from a draft to an entry that nothing changes any more, in one transaction.
 * @returns {Promise<object>} the entry; throws {missing: [...]} and changes nothing while something is missing
 */
export function seal(id) {
  return alone(id, async () => {
    const visit = await draft(id);
    if (!visit) return null; // sealed already: a second tap
    const sealed = asSealed(visit);
    const missing = await lacks(sealed);
    if (missing.length) throw Object.assign(new Error("not complete"), { missing });
    const entry = await entryOf(sealed);
    const unused = (await orphans(photosOf(visit), id)).filter((photo) => !entry.photos.includes(photo));
    await change({ put: [["outbox", entry.id, entry]], drop: [["drafts", id], ...unused.map((photo) => ["photos", photo])] });
    told({ id: entry.id, state: entry.state });
    told({ state: "gone", draft: id });
    return entry;
  });
}

/**
 * Opens again what the server returned or still keeps for the supervisor, to be mended: out of the outbox and a draft once more, in one transaction.
 * It keeps the hour in which the visit ended, unless the server doubts that. @returns {Promise<object | null>} the draft
 */
export function reopen(id) {
  return alone(id, async () => {
    const entry = await get("outbox", id);
    if (!["refused", "held"].includes(entry?.state) || entry.kind !== VISIT) return null; // another's: steps.js
    const { finished_at, ...visit } = entry.payload;
    const made = ["visit.dates", "command.clock"].includes(entry.why?.code) ? { ...visit, started_at: credible(visit.started_at) } : { ...visit, finished_at };
    await change({ put: [["drafts", made.id, made]], drop: [["outbox", id]] });
    told({ id, state: "draft" });
    return made;
  });
}

/** When a visit began, or now where a clock that stood wrong said so: what the server would never take. */
function credible(started_at) {
  const age = Date.now() - Date.parse(started_at);
  return age >= 0 && age < LONGEST_AGO ? started_at : new Date().toISOString();
}

/** @returns {string[]} the SHA-256 of every photo that a visit or a step shows, each once */
export function photosOf({ findings = [], signatures = {}, photos = [] }) {
  const shown = findings.flatMap((finding) => [...(finding.photos ?? []), ...(finding.after ?? [])]);
  const signed = Object.values(signatures).map(({ photo }) => photo);
  return [...new Set([...shown, ...signed, ...photos].filter(Boolean))];
}

/** Which photos of visits under way or not yet received cannot be read any more. @returns {Promise<{id: string, photo: string, isDraft: boolean}[]>} */
export async function lost() {
  const gone = [];
  const look = async (id, shown, isDraft) => {
    for (const photo of shown) if (!(await sound(photo))) gone.push({ id, photo, isDraft });
  };
  for (const visit of await drafts()) await look(visit.id, photosOf(visit), true);
  for (const { id, photos, uploaded } of await all("outbox")) await look(id, photos.filter((photo) => !uploaded.includes(photo)), false);
  return gone;
}

/** Which of these photos no draft and no unsent entry shows, except the one that is leaving. */
export async function orphans(photos, leaving) {
  const used = new Set();
  for (const visit of await all("drafts")) if (visit.id !== leaving) photosOf(visit).forEach((photo) => used.add(photo));
  for (const entry of await all("outbox")) if (entry.id !== leaving) entry.photos.forEach((photo) => used.add(photo));
  return photos.filter((photo) => !used.has(photo));
}

function edit(id, act) {
  return alone(id, async () => {
    const visit = await draft(id);
    if (!visit) return; // submitted or given up in another tab
    act(visit);
    await change({ put: [["drafts", id, visit]] });
    toldOthers({ state: "answered", draft: id });
    return visit; // as it is on disk now: whoever shows it need not read it again
  });
}

/** What still keeps a visit from being sealed: whatever the server would return is said while it can be mended. */
export async function lacks({ findings, signatures, ...visit }) {
  const missing = [];
  const stands = Object.entries(visit.stands ?? Object.fromEntries(Object.entries(visit.answers).map(([item, { value }]) => [item, value ?? "said"])));
  const open = stands.filter(([, stand]) => !stand);
  if (open.length) missing.push({ item: open[0][0], words: t(`${open.length} 项未答`, `${open.length} unanswered`) });
  for (const finding of findings) {
    const due = finding.fixed || !finding.due_on || mayBeDue(dayOf(visit.finished_at ?? Date.now()), finding.due_on);
    if (!due) missing.push({ item: finding.item, words: t("整改时限不对，请重定", "The due day cannot be right: set another") });
    const shown = [...finding.photos, ...(finding.fixed ? finding.after : [])];
    const whole = finding.what && finding.photos.length && (!finding.fixed || finding.after.length);
    if (!whole) missing.push({ item: finding.item, words: t("这个问题还没记完", "This problem is not complete") });
    for (const photo of shown) if (!(await sound(photo))) missing.push({ item: finding.item, words: t("这张照片读不出来了，请重拍", "A photo can no longer be read: take it again") });
  }
  for (const { item } of findings) if (stands.some(([key, stand]) => key === item && stand !== "fail")) missing.push({ item, words: t("记了问题，却没有判为不符合", "A problem is noted, but it does not fail") });
  for (const [item, stand] of stands) {
    if (stand === "fail" && !findings.some((finding) => finding.item === item)) missing.push({ item, words: t("判为不符合，还没记问题", "Fails, but no problem is noted") });
  }
  if (!signatures.first) missing.push({ slot: "first", words: t("您的签名", "your signature") });
  if (!signatures.second) missing.push({ slot: "second", words: t("第二检查人签名", "the second inspector's signature") });
  if (!signatures.facility) missing.push({ slot: "facility", words: t("机构签名或拒签原因", "the facility's signature, or why refused") });
  for (const [slot, { photo }] of Object.entries(signatures)) if (photo && !(await sound(photo))) missing.push({ slot, words: t("签名读不出来了，请重签", "A signature can no longer be read: sign again") });
  return missing;
}

async function entryOf(visit) {
  const { id, facility: place, checklist, parts, kind, mode, answers, findings, signatures, position, assignment } = visit;
  const { finished_at = new Date().toISOString() } = visit; // of one that the server returned: when it ended
  const started_at = visit.started_at < finished_at ? visit.started_at : finished_at; // it began by a clock that was ahead, and has been set
  const planned = assignment ? { assignment } : {};
  const payload = { id, facility: place, checklist, parts, kind, mode, started_at, finished_at, answers, findings, signatures, position, ...planned };
  return { ...sealedEntry({ kind: VISIT, payload, photos: photosOf(visit) }), title: (await facility(place))?.name ?? "" };
}
