/** Asks once before something is given up, with the name of the thing. */

import { fill, one } from "./fill.js";

/** @param {{title: string, body?: string, yes: string}} words @returns {Promise<boolean>} */
export function ask(words) {
  const dialog = /** @type {HTMLDialogElement} */ (fill("ask", words));
  document.body.append(dialog);
  dialog.showModal();
  one("[data-do=no]", dialog).addEventListener("click", () => dialog.close("no"));
  one("[data-do=yes]", dialog).addEventListener("click", () => dialog.close("yes"));
  return new Promise((answered) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answered(dialog.returnValue === "yes");
    });
  });
}
