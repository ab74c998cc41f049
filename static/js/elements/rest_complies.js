/** 其余符合: fills only judged items that are on the screen, unanswered and not critical; recorded as bulk; can be undone. */

import { t } from "../lib/words.js";
import { one } from "./fill.js";
import { toast } from "./toast.js";

/** @param {import("./check_table.js").Visit} visit */
export function restComplies(visit) {
  const button = one("[data-do=rest]");
  const open = () => {
    const isOnScreen = screen();
    return visit.items.filter((item) => mayFill(item) && !visit.stored(item) && isOnScreen(item));
  };

  const look = () => {
    const count = open().length;
    return () => {
      button.setAttribute("aria-disabled", String(!count));
      one("#rest-count").textContent = count
        ? t(`屏上未答 ${count} 项，重大项除外`, `${count} on screen, never critical`)
        : t("屏上没有可填的项", "Nothing to fill here");
    };
  };

  button.addEventListener("click", async () => {
    const filled = open();
    if (!filled.length) return;
    for (const item of filled) await visit.keep(item, { value: "pass" }, true);
    filled.forEach((item) => visit.restore(item));
    toast(t(`其余 ${filled.length} 项已记为符合`, `${filled.length} ${filled.length === 1 ? "item" : "items"} marked as pass`), () => takeBack(visit, filled));
  });
  return { look };
}

async function takeBack(visit, filled) {
  for (const item of filled) if (visit.stored(item)?.bulk) await visit.keep(item, null);
  filled.forEach((item) => visit.restore(item));
}

const mayFill = ({ dataset }) => dataset.type === "pass_fail_na" && dataset.severity !== "critical";

/** Whole on the screen, between the sticky head and the bar: what cannot be seen is not answered. @returns {(item: HTMLElement) => boolean} */
function screen() {
  const bottom = one("#table-bar").getBoundingClientRect().top + 1;
  const heads = new Map();
  const headOf = (section) => {
    if (!heads.has(section)) heads.set(section, one(".heads", section)?.getBoundingClientRect().bottom ?? 0);
    return heads.get(section);
  };
  return (item) => {
    const box = item.getBoundingClientRect();
    return box.height > 0 && box.bottom <= bottom && box.top >= headOf(item.parentElement) - 1;
  };
}
