/** Days and times as the product writes them: 2026-11-23 周一 14:05. Beijing time on every phone. */

import { lang } from "./words.js";

const WEEKDAYS = { zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"], en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] };
const BEIJING = 8 * 3600e3;

/** @param {string | number | Date} at an instant @returns {string} its day in Beijing, "2026-11-23" */
export const dayOf = (at) => beijing(at).slice(0, 10);

/** @returns {string} "14:05" */
export const clockOf = (at) => beijing(at).slice(11, 16);

/** @returns {string} "2026-11-23 14:05" */
export const stamp = (at) => `${dayOf(at)} ${clockOf(at)}`;

/** @param {string} on "2026-11-23" @returns {string} "2026-11-23 周一" */
export const day = (on) => `${on} ${weekday(on)}`;

/** @param {string} on @returns {string} "11-23 周一" */
export const shortDay = (on) => `${on.slice(5)} ${weekday(on)}`;

/** An instant near now as people say it: "今天 14:05", else "11-19 周四 14:05". */
export function when(at, now = Date.now()) {
  const on = dayOf(at);
  const today = lang() === "en" ? "today" : "今天";
  return `${on === dayOf(now) ? today : shortDay(on)} ${clockOf(at)}`;
}

/** @returns {number} whole days from one day to another */
export const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400e3);

/** The day that many weekdays after `on`: the phone knows no holidays, the server decides at issue. */
export function weekdaysAfter(on, count) {
  const date = new Date(`${on}T00:00:00Z`);
  for (let left = count; left > 0; ) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() % 6 !== 0) left--;
  }
  return date.toISOString().slice(0, 10);
}

const LATEST = 3 * 365; // days: the server takes no later due day

/** Whether something found on the first day can be due on the second: not before it, and not for ever. */
export const mayBeDue = (found, on) => daysBetween(found, on) >= 0 && daysBetween(found, on) <= LATEST;

const beijing = (at) => new Date(new Date(at).getTime() + BEIJING).toISOString();
const weekday = (on) => WEEKDAYS[lang()][new Date(`${on}T00:00:00Z`).getUTCDay()];
