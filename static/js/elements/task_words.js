/** What the facility's steps are called, and how a problem stands, in words. */

import { t } from "../lib/words.js";

const STEPS = {
  sign: () => t("签收整改通知书", "Sign for the notice"),
  plan: () => t("提交整改措施", "Submit a plan"),
  report: () => t("提交整改报告", "Submit the report"),
  progress: () => t("记整改进展", "Note progress"),
  ask_extension: () => t("申请延期", "Ask for more time"),
};
const AGAIN = { plan_returned: { plan: () => t("重写整改措施", "Rewrite the plan") }, returned: { report: () => t("再整改，重新报告", "Put it right again and report") } };

/** @param {string} act @param {string} [state] of the problem: what was sent back is done again */
export const stepWords = (act, state = "") => (AGAIN[state]?.[act] ?? STEPS[act])();

/** What comes next of what can be done; the rest is always open. @param {string[]} acts @returns {string} */
export const nextStep = (acts) => ["report", "plan"].find((act) => acts.includes(act)) ?? "";

/** Why it was sent back last. */
export const whyLine = ({ why }) => why && t(`退回原因：${why}`, `Sent back: ${why}`);

/** How the last request for more time stands. */
export function extensionLine({ extension }) {
  if (!extension) return null;
  const { state, wished_on, granted_on, answer } = extension;
  const words = {
    asked: () => t(`已申请延到 ${wished_on}，等审批`, `Asked for until ${wished_on}; waits for an answer`),
    granted: () => t(`延期已同意，到 ${granted_on}`, `More time granted, until ${granted_on}`),
    refused: () => t("延期未同意", "More time refused"),
  };
  return words[state] ? [words[state](), answer].filter(Boolean).join(t("：", ": ")) : null;
}
