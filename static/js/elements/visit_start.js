/** Before a visit: the facility's card from the pack, the few choices, and off we go. */

import { drafts, start } from "../offline/drafts.js";
import { checklists, facility as find } from "../offline/pack.js";
import { dayOf, daysBetween } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { visitUrl } from "./today.js";

const RECENT_DAYS = 7;

export async function begin() {
  const facility = await find(hash("facility"));
  if (!facility) return show(one("#absent"), true);
  one("#facility-name").textContent = facility.name;
  one("#facility-card").innerHTML = facility.html; // the server's own partial, from the pack
  await notes(facility);
  await choices(facility);
}

async function notes(facility) {
  const open = (await drafts()).find((draft) => draft.facility === facility.id);
  const days = facility.recent ? daysBetween(facility.recent, dayOf(Date.now())) : Infinity;
  const said = [];
  if (open) said.push(fill("under-way", { link: { href: visitUrl(open) } }));
  if (days <= RECENT_DAYS) {
    const on = facility.recent.slice(5);
    said.push(fill("recent-note", { says: t(`${on} 刚查过这家。没有新情况，可以改天再查。`, `Visited on ${on}. Unless something is new, another day will do.`) }));
  }
  one("#notes").replaceChildren(...said);
}

async function choices(facility) {
  const tables = (await checklists()).filter((table) => fits(table, facility));
  const form = /** @type {HTMLFormElement} */ (one("#start-form"));
  one("#checklists").replaceChildren(...tables.map((table, i) => row("checklist-row", table.key, table.title, tables.length === 1 && i === 0)));
  const parts = () => {
    const table = tables.find(({ key }) => key === form.elements.checklist?.value);
    one("#parts").replaceChildren(...(table ? table.parts.map((part) => row("part-row", part.key, part.title, lastParts(table.key).includes(part.key))) : []));
    show(one("#parts-h").parentElement, table);
    judge(form);
  };
  form.addEventListener("change", ({ target }) => (/** @type {HTMLInputElement} */ (target).name === "checklist" ? parts() : judge(form)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!missing(form)) go(facility, tables.find(({ key }) => key === form.elements.checklist.value), form);
    else one("input:not(:checked)", form).focus();
  });
  show(form, true);
  show(one("#start-bar"), true);
  parts();
}

const fits = (table, facility) => !table.types || table.types.includes("all") || table.types.includes(facility.type);

function row(template, value, title, checked) {
  const cell = fill(template, { value: { value }, title: t(title.zh, title.en) });
  /** @type {HTMLInputElement} */ (one("input", cell)).checked = checked;
  return cell;
}

/** What keeps the visit from starting, in words; null when nothing does. */
function missing(form) {
  if (!form.elements.kind.value) return t("先选检查类别。", "First choose the kind of visit.");
  if (!form.elements.mode.value) return t("先选检查方式。", "First choose how it is done.");
  if (!form.elements.checklist?.value) return t("先选检查表。", "First choose a check table.");
  if (!picked(form).length) return t("先选要查的部分。", "First choose the parts to check.");
  return null;
}

function judge(form) {
  const why = missing(form);
  const words = one("#why");
  words.textContent = why ?? t("点开始后，每一项随答随存。", "Once begun, every answer is saved as it is given.");
  one("#start-bar .main").setAttribute("aria-disabled", String(Boolean(why)));
}

const picked = (form) => all("[name=part]", form).filter((box) => box.checked).map((box) => box.value);

async function go(facility, table, form) {
  const parts = picked(form);
  localStorage.setItem(`dugai-parts-${table.key}`, JSON.stringify(parts));
  const draft = await start({
    facility: facility.id,
    checklist: { key: table.key, version: table.version },
    parts,
    kind: form.elements.kind.value,
    mode: form.elements.mode.value,
  });
  location.assign(visitUrl(draft));
}

function lastParts(key) {
  try {
    return JSON.parse(localStorage.getItem(`dugai-parts-${key}`)) ?? [];
  } catch {
    return [];
  }
}
