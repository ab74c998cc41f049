/** Every face of the phone, begun once the person's own store is open. */

import { one, show } from "./fill.js";
import { begin as badge } from "./save_badge.js";
import { begin as today } from "./today.js";
import { begin as start } from "./visit_start.js";
import { begin as visit } from "./check_table.js";
import { begin as sign } from "./sign.js";
import { begin as outbox } from "./outbox.js";

const FACES = { today, start, visit, sign, outbox };

/** Begins this page's face. @param {string | null} person whose store is open; nobody: says to sign in first */
export async function begin(person) {
  const face = one("[data-face]");
  if (!face) return person && badge();
  if (!person) return show(one("#nobody"), true);
  badge();
  await FACES[face.dataset.face](face);
}
