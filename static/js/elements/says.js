/** The words the phone's faces have for kinds, levels and states. */

import { dayOf, daysBetween, weekdaysAfter } from "../lib/days.js";
import { t } from "../lib/words.js";

const RECENT_DAYS = 7;

const KINDS = { routine: () => t("日常检查", "Routine"), special: () => t("专项检查", "Special"), case: () => t("个案检查", "Case") };
const MODES = { announced: () => t("已告知", "announced"), unannounced: () => t("四不两直", "unannounced"), random: () => t("双随机", "drawn at random") };
export const LEVELS = { general: () => t("一般", "General"), serious: () => t("较重", "Serious"), critical: () => t("重大", "Critical") };

/** The class that draws a level's bars. */
export const LEVEL_CLASS = { general: "lv lv1", serious: "lv lv2", critical: "lv lv3" };

/** Working days a problem has by default, ours and labelled so: the server counts anew when it issues. */
export const DEFAULT_DAYS = { general: 15, serious: 7, critical: 1 };

/** @returns {string} the day that is preset today */
export const dueOn = (severity) => weekdaysAfter(dayOf(Date.now()), DEFAULT_DAYS[severity]);

/** @returns {string} "专项检查　四不两直", "Special, unannounced" */
export const visitLine = (draft) => [KINDS[draft.kind]?.(), MODES[draft.mode]?.()].filter(Boolean).join(t("　", ", "));

/** @returns {string} "食堂 / 储存", or what there is of it */
export const place = (finding) => [finding.point, finding.step].filter(Boolean).join(" / ");

/** @returns {string | null} "11-20 刚查过（周敏、何川）", whoever it was; null where it is longer ago */
export function recently(facility) {
  if (!facility?.recent || daysBetween(facility.recent, dayOf(Date.now())) > RECENT_DAYS) return null;
  const on = facility.recent === dayOf(Date.now()) ? t("今天", "today") : t(`${facility.recent.slice(5)} `, facility.recent.slice(5));
  const by = facility.recent_by;
  return by ? t(`${on}刚查过（${by}）`, `Visited ${on} by ${by}`) : t(`${on}刚查过`, `Visited ${on}`);
}

/** @param {number} days until it is due @returns {string} "还剩 3 天" */
export function dueIn(days) {
  if (days === 0) return t("今天到期", "due today");
  return days < 0 ? t(`逾期 ${-days} 天`, `${-days} d late`) : t(`还剩 ${days} 天`, `${days} d left`);
}

/** What the facility's steps are called. */
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

/** What an entry's state is called, with the icon and the colour that say it too. */
export const STATES = {
  sealed: (entry) => ({ icon: "phone", tone: "mut", words: t("已存手机", "Saved on this phone"), why: waiting(entry) }),
  uploading: (entry) => ({ icon: "up", tone: "act", words: uploading(entry), why: navigator.onLine ? t("可离开本页，断网后接着传。", "You may leave; it resumes after a cut.") : t("现在离线，联网后接着传。", "You are off line; it resumes when there is signal.") }),
  posting: () => ({ icon: "up", tone: "act", words: t("正在提交", "Submitting"), why: t("照片已传完，等服务器回执。", "Photos are up; waiting for the receipt.") }),
  received: () => ({ icon: "okc", tone: "ok", words: t("已接收", "Received"), why: null }),
  paused: () => ({ icon: "key", tone: "wait", words: t("等待登录", "Sign in to send"), why: t("登录已过期。记录在本机，登录后自动上传。", "Your session has ended. The record is safe here and goes up once you sign in.") }),
  refused: (entry) => ({ icon: "bang", tone: "bad", words: t("需要处理", "Needs you"), why: refused(entry) }),
  held: (entry) => ({ icon: "okc", tone: "wait", words: t("等督导核收", "With the supervisor"), why: t(`服务器已原样存好，没有自动收下：${said(entry)}由督导核收，结果会自动显示在这里。${remedy(entry)}`, `The server keeps it whole and did not take it in by itself: ${said(entry)} A supervisor decides; the outcome shows here by itself. ${remedy(entry)}`) }),
  aside: (entry) => ({ icon: "phone", tone: "mut", words: t("已搁置", "Set aside"), why: `${decided(entry)}${t("原记录仍在本机和服务器上。", " It stays on this phone and on the server.")}` }),
};

const uploading = ({ uploaded, photos }) => t(`上传 ${uploaded.length}/${photos.length}`, `Uploading ${uploaded.length}/${photos.length}`);

function waiting(entry) {
  if (!navigator.onLine) return t("现在离线，联网后自动上传。", "You are off line; it goes up by itself when there is signal.");
  return entry.why === "busy" ? t("服务器忙，稍后自动再传。", "The server is busy; it tries again by itself.") : t("排队中，自动上传。", "In the queue; it goes up by itself.");
}

/** Why the server did not take it in. */
function said(entry) {
  const words = entry.why?.words ?? entry.why?.refusal?.words;
  return sentence(words ? t(words.zh, words.en) : t("没有写明原因", "no reason given"));
}

/** Who decided, and in their words why. */
const decided = ({ held }) => sentence([held?.by, held?.reason].filter(Boolean).join(t("：", ": ")));

/** What its author can do about it, as the server says. */
function remedy({ why }) {
  const words = why?.remedy ?? why?.refusal?.remedy;
  return words ? sentence(t(words.zh, words.en)) : "";
}

function refused(entry) {
  if (entry.held?.state === "returned") return t(`督导退回。${decided(entry)}`, `Returned by the supervisor. ${decided(entry)}`);
  const what = remedy(entry) || sentence(t("请导出备份并联系督导", "Export a backup and call your supervisor"));
  return t(`服务器退回：${said(entry)}${what}`, `Returned: ${said(entry)} ${what}`);
}

/** With one full stop, whether it came with its own or not. */
const sentence = (words) => words.replace(/[。.]$/, "") + t("。", ".");
