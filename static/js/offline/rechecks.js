/** Re-checks: one for each problem. */

import { dayOf, mayBeDue } from "../lib/days.js";
import { t } from "../lib/words.js";
import { RECHECK } from "./drafts.js";
import { sound } from "./photos.js";
import * as steps from "./steps.js";

const HOW = { kind: RECHECK, lacks, payload, doubted: ["problem.recheck_at", "problem.recheck_early"] };

/** @returns {Promise<object[]>} the re-checks that are under way: {id, about, started_at, passed, record, photos, due_on} */
export const begun = () => steps.begun(RECHECK);

/** @returns {Promise<object | null>} the one of this problem */
export const begunOn = (problem) => steps.begunOn(RECHECK, problem);

/** @param {{passed: boolean | null, record: string, photos: string[], due_on: string | null}} given */
export const keepRecheck = (about, given) => steps.keepStep(RECHECK, about, given);

/** @param {string} problem */
export const sealRecheck = (problem) => steps.sealStep(HOW, problem);

export const reopenRecheck = (id) => steps.reopenStep(HOW, id);

/** Whether this phone holds a decision on the problem as it stands: a later report begins a new round. @param {object[]} entries of the outbox @param {{id: string, round: number}} about */
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

function payload({ about, passed, record, photos, due_on }) {
  return { problem: about.id, passed, record: record.trim(), photos, due_on: passed ? null : due_on, round: about.round };
}
