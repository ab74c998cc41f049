/** Every face of the phone, begun once the person's own store is open. */

import { home } from "../offline/pack.js";
import { isLocked } from "../offline/store.js";
import { all, one, show } from "./fill.js";
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
      todo: async () => (await import("./todo.js")).begin(),
      task: async () => (await import("./task.js")).begin(),
      notice: async () => (await import("./to_sign.js")).begin(),
      outbox: async () => (await import("./outbox.js")).begin(),
      phone: async () => (await import("./this_phone.js")).begin(),
    }; // Today opens an inspector's empty phone; the rest is fetched when it is looked at

/** Begins this page's face. @param {string | null} person whose store is open; nobody: says to sign in first */
export async function begin(person) {
  const face = one("[data-face]");
  if (face && !person && !("anybody" in face.dataset)) {
    face.removeAttribute("data-waits");
    return show(one("#nobody"), true);
  }
  if (person) badge();
  tabs();
  if (face) await FACES[face.dataset.face](face);
}

/** A shell is printed for nobody: its tabs are those of whoever uses the phone. */
async function tabs() {
  const found = all(".nav [data-of]");
  const whose = found.length && !isLocked() && (await home());
  if (whose) for (const tab of found) show(tab, tab.dataset.of === whose);
}
