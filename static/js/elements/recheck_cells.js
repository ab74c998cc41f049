/** The problems to re-check, as Today and a facility's card list them. */

import { entries } from "../offline/outbox.js";
import { rechecks } from "../offline/pack.js";
import { begun, isDecided } from "../offline/rechecks.js";
import { dayOf } from "../lib/days.js";
import { t } from "../lib/words.js";
import { fill, one, put, show } from "./fill.js";
import { recheckUrl } from "./records.js";
import { place } from "./says.js";
import { level } from "./strips.js";

const FIRST = 5;
let isWhole = false; // all of them, once asked for

/** Draws the section with those that wait, begun ones on top. @param {string} [facility] only those of this one, all of them */
export async function recheckCells(facility = "") {
  const [drafts, sent, waiting] = await Promise.all([begun(), entries(), rechecks()]);
  const under = new Set(drafts.map(({ about }) => about.id));
  const every = [...drafts.map(({ about }) => about), ...waiting.filter((about) => !under.has(about.id) && !isDecided(sent, about))];
  const wanted = every.filter((about) => !facility || about.facility === facility);
  const shown = facility || isWhole ? wanted : wanted.slice(0, Math.max(FIRST, drafts.length));
  const section = one("#rechecks");
  show(section, wanted.length);
  put(section, { count: t(`${wanted.length} 条`, `${wanted.length}`), list: shown.map((about) => cell(about, under.has(about.id), facility)) });
  more(section, wanted.length - shown.length);
}

function more(section, left) {
  const row = one("[data-slot=more]", section);
  if (!row) return;
  show(row, left > 0);
  const button = one("button", row);
  button.textContent = t(`再看 ${left} 条`, `Show ${left} more`);
  button.onclick = () => {
    isWhole = true;
    recheckCells();
  };
}

/** With its due day, which says nothing late: it is the facility's, and the facility has reported. */
function cell(about, isBegun, facility) {
  return fill("recheck-cell", {
    link: { href: recheckUrl(about) },
    due: about.due_on?.slice(5), limit: about.due_on && limit(about.due_on), what: about.what,
    where: [!facility && about.name, place(about)].filter(Boolean).join(t("　", ", ")),
    level: level(about.severity), number: about.number, begun: isBegun && t("复查中", "Under way"),
  });
}

/** The year too, where it is not this one: a month and a day would say too little. */
const limit = (on) => (on.slice(0, 4) === dayOf(Date.now()).slice(0, 4) ? t("时限", "due") : t(`${on.slice(0, 4)} 年时限`, `due ${on.slice(0, 4)}`));
