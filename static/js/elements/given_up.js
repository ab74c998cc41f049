/** What was given up: taken back at once on Today, or later from the list of this phone. */

import { forgetNow, forgetOld, givenUp, takeBack } from "../offline/given_up.js";
import { facility as find } from "../offline/pack.js";
import { dayOf, when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { ask } from "./ask.js";
import { fill, one, put, show } from "./fill.js";
import { recordOf } from "./records.js";
import { visitLine } from "./says.js";
import { toast } from "./toast.js";

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
  const kind = draft.about ? recordOf(draft).name() : visitLine(draft);
  const piece = fill("draft-given-up", { name, line: [kind, t(`${when(draft.given_up)} 放弃`, `given up ${when(draft.given_up)}`)].join("　"), until: t(`保留到 ${dayOf(draft.until)}`, `Kept until ${dayOf(draft.until)}`) });
  one("[data-do=back]", piece).addEventListener("click", () => back(draft.id));
  one("[data-do=forget]", piece).addEventListener("click", () => forget(draft.id, name));
  return piece;
}

async function nameOf(draft) {
  if (draft.about) return `${draft.about.name}　${draft.about.what ?? draft.about.number}`;
  return (await find(draft.facility))?.name ?? t("名称已不在手机里", "Its name is no longer on this phone");
}

async function back(id) {
  const draft = await takeBack(id);
  if (draft) location.assign(recordOf(draft).url(draft));
  else toast(t("恢复不了：同一问题已另开了一份。先提交或放弃那一份。", "Not taken back: another was begun for the same problem. Submit or give up that one first."));
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
