/** Visits under way. Every answer is written as it is given; a submitted visit leaves drafts and enters the outbox in one step. */

import { newId } from "../lib/ids.js";
import { t } from "../lib/words.js";
import { told } from "./news.js";
import { facility } from "./pack.js";
import { sound } from "./photos.js";
import { all, alone, change, get, person, personName } from "./store.js";

/** @returns {Promise<object[]>} the drafts of this person */
export const drafts = () => all("drafts");

/** @returns {Promise<object | null>} */
export const draft = (id) => (id ? get("drafts", id) : null);

/** @param {{facility: string, checklist: object, parts: string[], kind: string, mode: string}} chosen */
export async function start(chosen) {
  const made = { id: newId(), ...chosen, started_at: new Date().toISOString(), answers: {}, findings: [], signatures: {}, position: null };
  await change({ put: [["drafts", made.id, made]] });
  return made;
}

export const answer = (id, item, given) =>
  edit(id, (visit) => (visit.answers[item] = { ...given, at: new Date().toISOString() }));

export const unanswer = (id, item) => edit(id, (visit) => delete visit.answers[item]);

/** Notes a finding, or notes it anew. */
export const note = (id, finding) =>
  edit(id, (visit) => {
    const place = visit.findings.findIndex((known) => known.id === finding.id);
    if (place < 0) visit.findings.push(finding);
    else visit.findings[place] = finding;
  });

export const dropFinding = (id, finding) =>
  edit(id, (visit) => (visit.findings = visit.findings.filter((known) => known.id !== finding)));

/** @param {"first" | "second" | "facility" | "position"} slot */
export const sign = (id, slot, given) =>
  edit(id, (visit) => {
    if (slot === "position") visit.position = given;
    else visit.signatures[slot] = { ...given, at: new Date().toISOString() };
  });

/** Gives a draft up, with the photos that nothing else on the phone shows. */
export async function discard(id) {
  await alone(id, async () => {
    const gone = await draft(id);
    if (gone) await change({ drop: [["drafts", id], ...(await orphans(photosOf(gone), id)).map((photo) => ["photos", photo])] });
  });
}

/**
 * Seals a visit: from a draft to an entry that nothing changes any more, in one transaction.
 * @returns {Promise<object>} the entry; throws {missing: [...]} and changes nothing while something is missing
 */
export function seal(id) {
  return alone(id, async () => {
    const visit = await draft(id);
    if (!visit) return null; // sealed already: a second tap
    const missing = await lacks(visit);
    if (missing.length) throw Object.assign(new Error("not complete"), { missing });
    const entry = await entryOf(visit);
    await change({ put: [["outbox", entry.id, entry]], drop: [["drafts", id]] });
    told({ id: entry.id, state: entry.state });
    return entry;
  });
}

/** @returns {string[]} the SHA-256 of every photo that a visit shows, each once */
export function photosOf(visit) {
  const shown = visit.findings.flatMap((finding) => [...(finding.photos ?? []), ...(finding.after ?? [])]);
  const signed = Object.values(visit.signatures).map(({ photo }) => photo);
  return [...new Set([...shown, ...signed].filter(Boolean))];
}

/** Which of these photos no draft and no unsent entry shows, except the one that is leaving. */
export async function orphans(photos, leaving) {
  const used = new Set();
  for (const visit of await drafts()) if (visit.id !== leaving) photosOf(visit).forEach((photo) => used.add(photo));
  for (const entry of await all("outbox")) if (entry.id !== leaving) entry.photos.forEach((photo) => used.add(photo));
  return photos.filter((photo) => !used.has(photo));
}

function edit(id, act) {
  return alone(id, async () => {
    const visit = await draft(id);
    if (!visit) return; // submitted or given up in another tab
    act(visit);
    await change({ put: [["drafts", id, visit]] });
  });
}

/** What still keeps a visit from being sealed. A photo that is gone is found here, not at the server. */
async function lacks({ findings, signatures, ...visit }) {
  const missing = [];
  for (const finding of findings) {
    const shown = [...finding.photos, ...(finding.fixed ? finding.after : [])];
    const whole = finding.what && finding.photos.length && (!finding.fixed || finding.after.length);
    if (!whole) missing.push({ item: finding.item, words: t("这个问题还没记完", "This problem is not complete") });
    for (const photo of shown) if (!(await sound(photo))) missing.push({ item: finding.item, words: t("这张照片读不出来了，请重拍", "A photo can no longer be read: take it again") });
  }
  for (const [item, { value }] of Object.entries(visit.answers)) {
    if (value === "fail" && !findings.some((finding) => finding.item === item)) missing.push({ item, words: t("判为不符合，还没记问题", "Fails, but no problem is noted") });
  }
  if (!signatures.first) missing.push(t("您的签名", "your signature"));
  if (!signatures.second) missing.push(t("第二检查人签名", "the second inspector's signature"));
  if (!signatures.facility) missing.push(t("机构签名或拒签原因", "the facility's signature, or why refused"));
  for (const { photo } of Object.values(signatures)) if (photo && !(await sound(photo))) missing.push(t("签名读不出来了，请重签", "A signature can no longer be read: sign again"));
  return missing;
}

async function entryOf(visit) {
  const { id, facility: place, checklist, parts, kind, mode, started_at, answers, findings, signatures, position } = visit;
  const at = new Date().toISOString();
  const payload = { id, facility: place, checklist, parts, kind, mode, started_at, finished_at: at, answers, findings, signatures, position };
  return {
    id: newId(), kind: "inspections.submit", version: 1, at, author: person(), authorName: personName(), payload,
    title: (await facility(place))?.name ?? "", photos: photosOf(visit), uploaded: [], state: "sealed", tries: 0, next: 0, why: null, receipt: null,
  };
}
