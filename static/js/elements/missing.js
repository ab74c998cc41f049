/** What is still missing in a form, as a link to its field. */

import { one } from "./fill.js";

/** @param {string} id of the field, or of what holds it */
export function missingLink(id, says) {
  const link = document.createElement("a");
  link.href = `#${id}`;
  link.textContent = says;
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address names the draft: it must stay
    (one(`#${id}`).matches("input, textarea") ? one(`#${id}`) : one(`#${id} input`)).focus();
  });
  return link;
}
