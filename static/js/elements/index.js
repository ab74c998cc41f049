/** Every face of the phone, begun once the person's own store is open. */

import { one, show } from "./fill.js";
import { begin as badge } from "./save_badge.js";
import { begin as today } from "./today.js";
import { begin as visit } from "./check_table.js";

/* global ONLY_THE_TABLE */ // static/build.mjs says it: the check table's page carries nothing of the others
const FACES = ONLY_THE_TABLE
  ? { visit }
  : {
      today,
      start: async (face) => (await import("./visit_start.js")).begin(face),
      sign: async () => (await import("./sign.js")).begin(),
      recheck: async (face) => (await import("./recheck.js")).begin(face),
      outbox: async () => (await import("./outbox.js")).begin(),
      phone: async () => (await import("./this_phone.js")).begin(),
    }; // Today opens an empty phone's first screen; the rest is fetched when it is looked at

/** Begins this page's face. @param {string | null} person whose store is open; nobody: says to sign in first */
export async function begin(person) {
  const face = one("[data-face]");
  if (!face) return person && badge();
  if (!person && !("anybody" in face.dataset)) return show(one("#nobody"), true);
  if (person) badge();
  await FACES[face.dataset.face](face);
}
