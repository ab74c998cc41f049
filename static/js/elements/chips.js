/** Preset words below a field: a tap writes them into it. */

import { all, fill, show } from "./fill.js";

/**
 * Drawn anew only when they change: a chip replaced under a finger, as the field before it loses focus, would lose the tap.
 * @param {HTMLElement} row @param {string[]} words @param {HTMLInputElement | HTMLTextAreaElement} field @param {() => unknown} chosen after it was written
 */
export function chipRow(row, words, field, chosen) {
  const wanted = [...new Set(words)];
  if (all(".chip", row).map((chip) => chip.textContent).join("\n") !== wanted.join("\n")) {
    row.replaceChildren(...wanted.map((says) => {
      const chip = fill("preset-chip", { says });
      chip.addEventListener("click", () => {
        field.value = says;
        chosen();
      });
      return chip;
    }));
    show(row, wanted.length);
  }
  pressed(row, field);
}

/** Which of them the field holds. */
export const pressed = (row, field) => all(".chip", row).forEach((chip) => chip.setAttribute("aria-pressed", String(chip.textContent === field.value)));
