/** What just happened, said once above the bar, with a way back or on where there is one. */

import { fill, one, show } from "./fill.js";

const STAYS = 8000;
let timer = 0;

/** @param {string} says @param {(() => unknown) | null} act what the button does @param {string} words on the button; else 撤销 */
export function toast(says, act = null, words = "") {
  const piece = fill("toast", { says });
  const button = one("[data-do=undo]", piece);
  if (words) button.textContent = words;
  show(button, act);
  const shelf = one("#toasts");
  const leave = () => shelf.replaceChildren();
  button.addEventListener("click", async () => {
    leave();
    await act();
  });
  shelf.replaceChildren(piece);
  clearTimeout(timer);
  timer = setTimeout(leave, words ? STAYS * 10 : STAYS);
}
