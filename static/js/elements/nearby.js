/** Facilities by how far they are. Where the phone is, is asked once a tap, used on this page, and neither kept nor sent. */

import { far, metres } from "../lib/distance.js";
import { t } from "../lib/words.js";
import { one, show } from "./fill.js";
import { VAGUE, noPosition, whereAmI } from "./where.js";

const PATIENCE = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 };

let here = null;
let isAsking = false;

/** Asks where this is; or, tapped again, goes back to the order of the register. */
export async function toggle(facilities) {
  if (isAsking) return;
  if (here) here = say("");
  else {
    isAsking = true;
    say(t("正在取位置…只在手机里排一次序，不上传，不保存。", "Finding where you are… It sorts this list once, on this phone; it is neither sent nor kept."));
    here = await whereAmI(PATIENCE).catch((error) => say(`${noPosition(error)}${t("也可以直接搜名称。", " Or search by name.")}`));
    isAsking = false;
    if (here) say(sorted(facilities));
  }
  one("[data-do=nearby]").setAttribute("aria-pressed", String(Boolean(here)));
}

/** @returns {object[]} the nearest first, those without a position as they stood, behind */
export function ordered(facilities) {
  if (!here) return facilities;
  const away = new Map(facilities.map((facility) => [facility, facility.at ? metres([here.lat, here.lon], facility.at) : Infinity]));
  return [...facilities].sort((a, b) => (away.get(a) === away.get(b) ? 0 : away.get(a) - away.get(b)));
}

/** @returns {string | null} how far it is, once that was asked */
export const away = ({ at }) => here && (at ? far(metres([here.lat, here.lon], at)) : t("没有坐标", "no position"));

/** What the order means, and for whom it says nothing. */
function sorted(facilities) {
  const without = facilities.filter(({ at }) => !at).length;
  const ask = t("督导或管理员可在机构资料里补上坐标。", " A supervisor or administrator can add it to the facility's data.");
  if (without === facilities.length) return t("这些机构都没有登记坐标，排不出远近。", "None of these has a position, so they cannot be sorted.") + ask;
  const vague = here.accuracy > VAGUE ? t(`位置误差约 ${here.accuracy} 米。`, ` Your position is only known to ${here.accuracy} m.`) : "";
  const rest = without ? t(`${without} 家没有坐标，排在最后。`, ` ${without} without a position ${without === 1 ? "is" : "are"} last.`) + ask : "";
  return t("由近到远，按直线距离。位置没有上传，也没有保存。", "Nearest first, as the crow flies. Your position was neither sent nor kept.") + vague + rest;
}

function say(words) {
  const line = one("#near");
  line.textContent = words;
  show(line, words);
  return null;
}
