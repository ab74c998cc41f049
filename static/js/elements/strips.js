/** The strips under a failed item: each problem in one line, or that it still has to be noted. */

import { shortDay } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill } from "./fill.js";
import { LEVELS, LEVEL_CLASS, place } from "./says.js";

/** Draws an item's strips anew. @param {HTMLElement} item @param {string | null} stands @param {object[]} findings */
export function strips(item, stands, findings) {
  all(".more", item).forEach((strip) => strip.remove());
  if (stands !== "fail") return;
  item.append(...(findings.length ? findings.map(strip) : [fill("more-note", { says: t("还没记问题，点这里补上", "Problem not noted yet: tap to add") })]));
}

/** A level with its bars and its word. */
export function level(severity) {
  const mark = document.createElement("span");
  mark.className = LEVEL_CLASS[severity] ?? "lv lv1";
  mark.textContent = LEVELS[severity]?.() ?? "";
  return mark;
}

/** How and by when a problem is put right. */
export function remedy(finding) {
  if (finding.fixed) return t("已立行立改", "Fixed on the spot");
  return finding.due_on ? t(`限期 ${shortDay(finding.due_on)}前`, `By ${shortDay(finding.due_on)}`) : t("缺整改时限", "No date yet");
}

function strip(finding) {
  const photos = finding.photos?.length ? t(`照片 ${finding.photos.length} 张`, `${finding.photos.length} ${finding.photos.length === 1 ? "photo" : "photos"}`) : null;
  const piece = fill("more", {
    level: level(finding.severity),
    what: finding.what || t("缺问题描述", "No description yet"),
    where: [place(finding), photos].filter(Boolean).join("　"),
    due: remedy(finding),
  });
  piece.dataset.finding = finding.id;
  return piece;
}
