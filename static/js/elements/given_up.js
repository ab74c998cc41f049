/** What was given up: taken back at once on Today, or later from the list of this phone. */

import { RECHECK } from "../offline/drafts.js";
import { forgetNow, forgetOld, givenUp, takeBack } from "../offline/given_up.js";
import { facility as find } from "../offline/pack.js";
import { dayOf, when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { ask } from "./ask.js";
import { fill, one, put, show } from "./fill.js";
import { recheckUrl } from "./recheck_cells.js";
import { visitLine } from "./says.js";
import { toast } from "./toast.js";
import { visitUrl } from "./today.js";

/** Today, after it: 撤销. */
export function offerBack(id) {
  history.replaceState(null, "", location.pathname + location.search); // said once
  toast(t("已放弃。30 天内可在“本机”里恢复", "Given up. For 30 days it can be taken back under This phone"), () => back(id));
}

/** The list, on this phone's own page. */
export async function list() {
  await forgetOld();
  await paint();
}

async function paint() {
  const found = await givenUp();
  const section = one("#given-up");
  show(section, found.length);
  put(section, { count: t(`${found.length} 件`, `${found.length}`), list: await Promise.all(found.map(card)) });
}

async function card(draft) {
  const name = await nameOf(draft);
  const kind = draft.kind === RECHECK ? t("复查", "Re-check") : visitLine(draft);
  const piece = fill("draft-given-up", { name, line: [kind, t(`${when(draft.given_up)} 放弃`, `given up ${when(draft.given_up)}`)].join("　"), until: t(`保留到 ${dayOf(draft.until)}`, `Kept until ${dayOf(draft.until)}`) });
  one("[data-do=back]", piece).addEventListener("click", () => back(draft.id));
  one("[data-do=forget]", piece).addEventListener("click", () => forget(draft.id, name));
  return piece;
}

async function nameOf(draft) {
  if (draft.kind === RECHECK) return `${draft.about.name}　${draft.about.what}`;
  return (await find(draft.facility))?.name ?? t("名称已不在手机里", "Its name is no longer on this phone");
}

async function back(id) {
  const draft = await takeBack(id);
  if (draft) location.assign(draft.kind === RECHECK ? recheckUrl(draft.about) : visitUrl(draft));
  else toast(t("恢复不了：同一问题已另开了一次复查。先提交或放弃那一次。", "Not taken back: the problem is being re-checked anew. Submit or give up that one first."));
}

async function forget(id, name) {
  const yes = await ask({
    title: t(`删去“${name}”？`, `Delete “${name}”?`),
    body: t("已填的和照片从手机里删去，不能再恢复。", "What was filled in and its photos are removed from this phone for good."),
    yes: t("删去", "Delete"),
  });
  if (!yes) return;
  await forgetNow(id);
  await paint();
}
