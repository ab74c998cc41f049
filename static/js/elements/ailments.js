/** Says what ails the store of this phone: once where it passes, on top of the page where somebody must do something. */

import { ails } from "../offline/ailments.js";
import { damaged } from "../offline/store.js";
import { t } from "../lib/words.js";
import { handOut } from "./file.js";
import { fill, one, show } from "./fill.js";
import { toast } from "./toast.js";

const AILMENTS = {
  full: sayFull,
  stale: () => note("stale", t("督改已在另一个页面更新，本页不能再存了。已存的都在，请刷新。", "Dugai was updated in another page and this one can keep nothing more. All that was kept is there: reload."), t("刷新", "Reload"), () => location.reload()),
  blocked: () => note("blocked", t("督改的旧页面还开着。请关闭其他督改页面，再刷新本页。", "An older page of Dugai is still open. Close the others, then reload this one."), t("刷新", "Reload"), () => location.reload()),
  damaged: () => sayDamaged(damaged().filter(({ store }) => store !== "kept")),
  none: () => note("none", t("这个浏览器不让网页保存数据（可能开着无痕浏览），检查记录存不下来。请换普通窗口或其他浏览器打开。", "This browser lets pages keep nothing (a private window, perhaps): no visit could be kept. Open Dugai in an ordinary window or another browser.")),
};

/** What was given up is the first that may go, and only by its owner's hand. */
async function sayFull() {
  const { givenUp } = await import("../offline/given_up.js");
  const isRoom = (await givenUp().catch(() => [])).length > 0;
  const words = t("手机空间不够，刚才这一步没有存下；以前存的都在。清出空间后再做一次。", "The phone is full: this last step was not kept; all before it was. Free some space and do it again.");
  toast(words, isRoom ? () => location.assign("/this-phone") : null, isRoom ? t("清理放弃的检查", "Clear what was given up") : "");
}

/** Says it from now on, and whatever else could not be written. */
export function sayAilments() {
  ails((ailment) => AILMENTS[ailment]?.());
  addEventListener("unhandledrejection", (event) => {
    if (["QuotaExceededError", "VersionError", "NotAllowedError"].includes(event.reason?.name)) event.preventDefault(); // said already
  });
}

/** A step was not kept. Where the phone is full, the store has said so. */
export function sayNotKept(fault) {
  if (fault?.name !== "QuotaExceededError") toast(t("这一步没有存下，请再做一次。", "This last step was not kept: please do it again."));
}

/** Nothing can be kept at all. */
export const keepsNothing = () => AILMENTS.none();

/** A note on top of the page, once for each name. @param {(() => unknown) | null} does what its button does */
export function note(name, says, words = "", does = null) {
  const place = one("#main");
  if (!place || !one("#ailing")) return;
  const piece = fill("ailing", { says, act: words });
  piece.dataset.ailing = name;
  show(one("button", piece), does);
  one("button", piece).addEventListener("click", () => does?.());
  one(`[data-ailing=${name}]`)?.remove();
  place.prepend(piece);
}

/** Nothing more to say under this name. */
export const wellAgain = (name) => one(`[data-ailing=${name}]`)?.remove();

function sayDamaged(records) {
  if (!records.length) return;
  const count = (store) => records.filter((record) => record.store === store).length;
  const what = [
    count("drafts") && t(`检查中 ${count("drafts")} 次`, `${count("drafts")} visits under way`),
    count("outbox") && t(`待上传 ${count("outbox")} 次`, `${count("outbox")} visits to send`),
    count("photos") && t(`照片 ${count("photos")} 张`, `${count("photos")} photos`),
  ].filter(Boolean).join(t("、", ", "));
  const says = t(`手机里有记录读不出来了：${what}。都原样留着，没有删除，督导也会看到还没传。请导出原样备份交给督导。`, `Some records can no longer be read: ${what}. They are kept as they are, nothing is deleted, and your supervisor sees that they have not come. Export them as they are and hand that over.`);
  note("damaged", says, t("导出原样备份", "Export as they are"), async () => handOut(await (await import("./spoilt.js")).spoilt()));
}
