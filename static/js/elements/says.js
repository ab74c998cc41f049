/** The words the phone's faces have for kinds, levels, parties and states. */

import { t } from "../lib/words.js";

export const KINDS = { routine: () => t("日常检查", "Routine visit"), special: () => t("专项检查", "Special visit"), case: () => t("个案检查", "Case visit") };
export const MODES = { announced: () => t("已告知", "Announced"), unannounced: () => t("四不两直", "Unannounced"), random: () => t("双随机", "Drawn at random") };
export const LEVELS = { general: () => t("一般", "General"), serious: () => t("较重", "Serious"), critical: () => t("重大", "Critical") };
export const PARTIES = { locality: () => t("属地", "Locality"), department: () => t("部门", "Department"), unit: () => t("单位", "Unit"), individual: () => t("个人", "Individual") };

/** The class that draws a level's bars. */
export const LEVEL_CLASS = { general: "lv lv1", serious: "lv lv2", critical: "lv lv3" };

/** Working days a problem has by default, ours and labelled so: the server counts anew when it issues. */
export const DEFAULT_DAYS = { general: 15, serious: 7, critical: 1 };

/** @returns {string} "专项检查　四不两直" */
export const visitLine = (draft) => `${KINDS[draft.kind]?.() ?? ""}　${MODES[draft.mode]?.() ?? ""}`;

/** @returns {string} "食堂 / 储存", or what there is of it */
export const place = (finding) => [finding.point, finding.step].filter(Boolean).join(" / ");

/** What an entry's state is called, with the icon and the colour that say it too. */
export const STATES = {
  sealed: (entry) => ({ icon: "phone", tone: "mut", words: t("已存手机", "Saved on this phone"), why: waiting(entry) }),
  uploading: (entry) => ({ icon: "up", tone: "act", words: uploading(entry), why: t("可离开本页，断网后接着传。", "You may leave; it resumes after a cut.") }),
  posting: () => ({ icon: "up", tone: "act", words: t("正在提交", "Submitting"), why: t("照片已传完，等服务器回执。", "Photos are up; waiting for the receipt.") }),
  received: () => ({ icon: "okc", tone: "ok", words: t("已接收", "Received"), why: null }),
  paused: () => ({ icon: "key", tone: "wait", words: t("等待登录", "Sign in to send"), why: t("登录已过期。记录在本机，登录后自动上传。", "Your session has ended. The record is safe here and goes up once you sign in.") }),
  refused: (entry) => ({ icon: "bang", tone: "bad", words: t("需要处理", "Needs you"), why: refused(entry) }),
};

const uploading = ({ photos }) => t(`上传 ${photos.done}/${photos.total}`, `Uploading ${photos.done}/${photos.total}`);

function waiting(entry) {
  if (!navigator.onLine) return t("现在离线，联网后自动上传。", "You are off line; it goes up by itself when there is signal.");
  return entry.why === "busy" ? t("服务器忙，稍后自动再传。", "The server is busy; it tries again by itself.") : t("排队中，自动上传。", "In the queue; it goes up by itself.");
}

function refused(entry) {
  const said = entry.why?.words ?? entry.why?.refusal?.words;
  const remedy = entry.why?.remedy ?? entry.why?.refusal?.remedy;
  const words = said ? t(said.zh, said.en) : t("没有写明原因", "no reason given");
  const what = remedy ? t(remedy.zh, remedy.en) : t("请导出备份并联系督导。", "Export a backup and call your supervisor.");
  return t(`服务器退回：${words}。${what}原记录仍在本机。`, `Returned: ${words}. ${what} The original is still on this phone.`);
}
