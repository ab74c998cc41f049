/** Before a visit: the facility's card from the pack, the few choices, and off we go. */

import { drafts, start } from "../offline/drafts.js";
import { entries } from "../offline/outbox.js";
import { assignments, checklists, facility as find } from "../offline/pack.js";
import { day } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { recheckCells } from "./recheck_cells.js";
import { recently } from "./says.js";
import { visitUrl } from "./records.js";

export async function begin() {
  const facility = await find(hash("facility"));
  if (!facility) return show(one("#absent"), true);
  one("#facility-name").textContent = facility.name;
  one("#facility-card").innerHTML = facility.html; // the server's own partial, from the pack
  const planned = (await assignments()).find(({ id, facility: place }) => id === hash("assignment") && place === facility.id);
  await Promise.all([notes(facility, planned), recheckCells(facility.id)]);
  await choices(facility, planned);
}

async function notes(facility, planned) {
  const open = (await drafts()).find((draft) => draft.facility === facility.id);
  const waits = (await entries()).some(({ payload, state }) => payload?.facility === facility.id && state !== "received");
  const said = [];
  if (facility.isGone) said.push(fill("gone-note"));
  if (waits) said.push(fill("waits-note"));
  if (open) said.push(fill("under-way", { link: { href: visitUrl(open) } }));
  const recent = recently(facility);
  if (recent) said.push(fill("recent-note", { says: t(`${recent}。没有新情况，可以改天再查。`, `${recent}. Unless something is new, another day will do.`) }));
  if (planned) said.push(plannedNote(planned));
  one("#notes").replaceChildren(...said);
}

const plannedNote = ({ title, due_on, partner, note, checklist }) =>
  fill("planned-note", { title, line: t(`${day(due_on)} 前查完${partner ? `　和${partner}一起` : ""}`, `by ${day(due_on)}${partner ? `, with ${partner}` : ""}`), note, table: !checklist.version && t("计划用的检查表已停用，请另选一张。", "The plan's check table is no longer offered: choose another.") });

async function choices(facility, planned) {
  const tables = (await checklists()).filter((table) => fits(table, facility));
  const form = /** @type {HTMLFormElement} */ (one("#start-form"));
  one("#checklists").replaceChildren(...tables.map((table, i) => row("checklist-row", table.key, table.title, planned ? table.key === planned.checklist.key : tables.length === 1 && i === 0)));
  if (planned) for (const [name, value] of [["kind", planned.kind], ["mode", planned.mode]]) form.elements[name].value = value;
  const parts = () => {
    const table = tables.find(({ key }) => key === form.elements.checklist?.value);
    one("#parts").replaceChildren(...(table ? table.parts.filter((part) => fits(part, facility)).map((part) => row("part-row", part.key, part.title, chosenParts(table.key, planned).includes(part.key))) : []));
    show(one("#parts-h").parentElement, table);
    judge(form);
  };
  form.addEventListener("change", ({ target }) => (/** @type {HTMLInputElement} */ (target).name === "checklist" ? parts() : judge(form)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!missing(form)) go(facility, tables.find(({ key }) => key === form.elements.checklist.value), form, planned);
    else one("input:not(:checked)", form).focus();
  });
  show(form, true);
  show(one("#start-bar"), true);
  parts();
}

// a table, or a part of one, that asks anything of a facility of this type
const fits = ({ types }, facility) => !types || types.includes("all") || types.includes(facility.type);

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

async function go(facility, table, form, planned) {
  const parts = picked(form);
  if (!planned) localStorage.setItem(`dugai-parts-${table.key}`, JSON.stringify(parts));
  const draft = await start({
    facility: facility.id,
    checklist: { key: table.key, version: table.version },
    parts,
    kind: form.elements.kind.value,
    mode: form.elements.mode.value,
    ...(planned ? { assignment: planned.id } : {}),
  });
  location.assign(visitUrl(draft));
}

/** What the plan asks for; else what was chosen the last time. */
const chosenParts = (key, planned) => (planned?.checklist.key === key ? planned.parts : lastParts(key));

function lastParts(key) {
  try {
    return JSON.parse(localStorage.getItem(`dugai-parts-${key}`)) ?? [];
  } catch {
    return [];
  }
}
