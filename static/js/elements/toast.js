/** What just happened, said once above the bar, with a way back where there is one. */

import { fill, one, show } from "./fill.js";

const STAYS = 8000;
let timer = 0;

/** @param {string} says @param {(() => unknown) | null} undo what 撤销 does */
export function toast(says, undo = null) {
  const piece = fill("toast", { says });
  const button = one("[data-do=undo]", piece);
  show(button, undo);
  const shelf = one("#toasts");
  const leave = () => shelf.replaceChildren();
  button.addEventListener("click", async () => {
    leave();
    await undo();
  });
  shelf.replaceChildren(piece);
  clearTimeout(timer);
  timer = setTimeout(leave, STAYS);
}
