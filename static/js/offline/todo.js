/** What a facility's contact does: sign for a notice, plan, note progress, report, ask for more time. */

import { dayOf, daysBetween } from "../lib/days.js";
import { t } from "../lib/words.js";
import { sound } from "./photos.js";
import { begunOn, keepStep, reopenStep, sealStep } from "./steps.js";

const [PLAN, PROGRESS, REPORT, ASK] = ["plan", "progress", "report", "ask_extension"].map((act) => `problems.${act}`);
export const SIGN = "notices.sign";
const LATEST = 3 * 365; // days: the server gives no later day
const DOUBTED = ["problem.step_at", "problem.step_early", "problem.round", "problem.state", "problem.plan_first", "extension.asked"]; // written again as things stand now

const problem = (about) => ({ problem: about.id, round: about.round });
const told = { payload: ({ about, text, photos }) => ({ ...problem(about), text: text.trim(), photos }), doubted: DOUBTED };

/** By the kind of the command. */
export const STEPS = {
  [PLAN]: {
    kind: PLAN, doubted: DOUBTED,
    payload: ({ about, cause, measures, person }) => ({ ...problem(about), cause: cause.trim(), measures: measures.trim(), person: person.trim() }),
    lacks: async (given) => blank(given, { cause: t("写原因", "Say why it came about"), measures: t("写整改措施", "Say what will be done"), person: t("写责任人", "Name who answers") }),
  },
  [PROGRESS]: { ...told, kind: PROGRESS, lacks: async (given) => [...blank(given, { text: t("写做了什么", "Say what was done") }), ...(await unread(given))] },
  [REPORT]: {
    ...told, kind: REPORT,
    lacks: async (given) => [
      ...blank(given, { text: t("写整改情况", "Say what was done") }),
      ...(given.photos?.length ? [] : [{ field: "photos", words: t("拍一张整改后的照片", "Photograph it as it is now") }]),
      ...(await unread(given)),
    ],
  },
  [ASK]: {
    kind: ASK, doubted: DOUBTED,
    payload: ({ about, wished_on, reason }) => ({ ...problem(about), wished_on, reason: reason.trim() }),
    lacks: async (given) => [...wished(given), ...blank(given, { reason: t("写理由", "Say why") })],
  },
  [SIGN]: {
    kind: SIGN, doubted: ["notice.at"],
    payload: ({ about, photos }) => ({ notice: about.id, photo: photos[0] }),
    given: ({ photo }) => ({ photos: photo ? [photo] : [] }),
    lacks: async (given) => (given.photos?.length ? unread(given) : [{ field: "ink", words: t("您的签名", "your signature") }]),
  },
};

/** @param {string} act "plan", "report", … */
export const kindOf = (act) => `problems.${act}`;
export const actOf = (kind) => kind.split(".")[1];

export const keep = (kind, about, given) => keepStep(kind, about, given);
export const seal = (kind, subject) => sealStep(STEPS[kind], subject);
export const reopen = (kind, id) => reopenStep(STEPS[kind], id);
export { begunOn };

/**
 * What of this the phone has sealed and the pack does not know yet. What the server has refused changed nothing, and what was received before the pack was
 * fetched stands in it. @param {object[]} entries @param {string} packedAt
 */
export const unheard = (entries, subject, packedAt) =>
  entries.filter(({ kind, about, state, received_at }) => kind in STEPS && about?.id === subject && !["refused", "held", "aside"].includes(state) && !(state === "received" && received_at < packedAt));

/** The steps that can still be taken after those. @param {string[]} acts as the pack has them */
export function actsAfter(acts, unheard) {
  const done = unheard.map(({ kind }) => actOf(kind));
  if (done.includes("report")) return [];
  const left = done.includes("plan") ? acts.filter((act) => act === "ask_extension") : acts;
  return left.filter((act) => act === "progress" || !done.includes(act));
}

const blank = (given, words) => Object.entries(words).filter(([field]) => !given[field]?.trim()).map(([field, words]) => ({ field, words }));

function wished({ about, wished_on, at = Date.now() }) {
  if (!wished_on) return [{ field: "wished_on", words: t("选希望延到哪天", "Choose the day you wish for") }];
  const days = daysBetween(dayOf(at), wished_on);
  const isLater = wished_on > (about.due_on ?? "") && days >= 0 && days <= LATEST;
  return isLater ? [] : [{ field: "wished_on", words: t("要晚于现在的时限，不早于今天", "It comes after the present due day, and not before today") }];
}

async function unread({ photos = [] }) {
  const gone = [];
  for (const photo of photos) if (!(await sound(photo))) gone.push({ field: "photos", words: t("有一张照片读不出来了，请重拍", "A photo can no longer be read: take it again") });
  return gone;
}
