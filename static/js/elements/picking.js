/** Ticking rows of a list: how many there are, a whole run with Shift, and that ticks and what they stand for never say two things. */

import { all, one } from "./fill.js";

/** @param {HTMLFormElement} form whose rows are ticked; the rest of it stands in the bar below */
export function begin(form) {
  const ticks = /** @type {HTMLInputElement[]} */ (all("input[name=problem]", form));
  const scope = (value) => /** @type {HTMLInputElement | null} */ (one(`[name=scope][value=${value}]`));
  const count = one("[data-count]");
  let last = -1;
  const say = () => (count.textContent = String(ticks.filter((tick) => tick.checked).length));
  ticks.forEach((tick, place) => tick.addEventListener("click", (event) => {
    if (event.shiftKey && last >= 0) ticks.slice(Math.min(last, place), Math.max(last, place) + 1).forEach((other) => (other.checked = tick.checked));
    last = place;
    scope("ticked").checked = true;
    say();
  }));
  ["page", "all"].map(scope).forEach((radio) => radio?.addEventListener("change", () => {
    ticks.forEach((tick) => (tick.checked = true));
    say();
  }));
  say();
}
