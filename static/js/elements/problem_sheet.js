/** The problem sheet: what, where, how bad, photos, by when and who answers. Kept as it is filled, before the camera opens too. */

import { dropFinding, note } from "../offline/drafts.js";
import { newId } from "../lib/ids.js";
import { day, dayOf, weekdaysAfter } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { DEFAULT_DAYS, LEVELS } from "./says.js";
import { shots } from "./shots.js";

/** @param {import("./check_table.js").Visit} visit */
export function problemSheet(visit) {
  return new Sheet(visit);
}

class Sheet {
  constructor(visit) {
    this.visit = visit;
    this.dialog = /** @type {HTMLDialogElement} */ (one("#sheet"));
    this.form = /** @type {HTMLFormElement} */ (one("#finding"));
    const owner = { names: () => [visit.facility.name, visit.personName], beforeCamera: () => this.keep(), changed: () => this.keep() };
    this.photos = shots(one("#photos"), owner);
    this.after = shots(one("#after"), owner);
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.done();
    });
    this.form.addEventListener("change", ({ target }) => this.changed(/** @type {HTMLInputElement} */ (target)));
    one("[data-do=another]", this.dialog).addEventListener("click", () => this.done(true));
    one("[data-do=leave]", this.dialog).addEventListener("click", () => this.leave());
    one("[data-do=drop]", this.dialog).addEventListener("click", () => this.drop());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
  }

  /** Opens on a problem noted before, or on a new one with everything preset that the table and the register know. */
  async open(key, finding = null) {
    this.item = this.visit.facts.get(key);
    this.before = finding;
    this.id = finding?.id ?? newId();
    const { question, basis } = this.item;
    const level = this.presetLevel();
    put(this.dialog, {
      question: t(question.zh, question.en),
      basis: basis?.clause ? t(basis.clause.zh, basis.clause.en) : "—",
      preset: t(`检查表预设：${LEVELS[level]()}`, `Preset: ${LEVELS[level]()}`),
      others: finding ? [...one("[data-slot=others]", this.dialog).childNodes] : null,
    });
    this.write(finding ?? this.preset(level));
    this.chips();
    show(one("#sheet-err"), false);
    this.dialog.showModal();
    await Promise.all([this.photos.set(finding?.photos), this.after.set(finding?.after)]);
  }

  presetLevel() {
    return this.item.severity in DEFAULT_DAYS ? this.item.severity : "general";
  }

  preset(severity) {
    const party = this.item.party || "unit";
    return { what: "", point: "", step: "", severity, fixed: false, due_on: dueOn(severity), party, person: this.personFor(party, "", "") };
  }

  write(finding) {
    for (const name of ["what", "point", "step", "severity", "due_on", "party", "person"]) this.form.elements[name].value = finding[name] ?? "";
    this.form.elements.fixed.value = finding.fixed ? "yes" : "no";
    this.paint();
  }

  /** @returns {object} the finding as the sheet now says it, in the wire's shape */
  read() {
    const { what, point, step, severity, fixed, due_on, party, person } = this.form.elements;
    const onSpot = fixed.value === "yes";
    return {
      id: this.id, item: this.item.key, what: what.value.trim(), point: point.value.trim(), step: step.value.trim(),
      severity: severity.value, party: party.value, person: person.value.trim(), fixed: onSpot,
      due_on: onSpot ? null : due_on.value || null, photos: this.photos.get(), after: onSpot ? this.after.get() : [],
    };
  }

  changed({ name }) {
    const { severity, due_on, party, point, step, person } = this.form.elements;
    if (name === "severity") due_on.value = dueOn(severity.value);
    if (["party", "point", "step"].includes(name)) person.value = this.personFor(party.value, point.value, step.value) || person.value;
    if (name === "point") this.chips();
    this.paint();
    return this.keep();
  }

  paint() {
    const { fixed, due_on, severity } = this.form.elements;
    const onSpot = fixed.value === "yes";
    const days = DEFAULT_DAYS[severity.value];
    show(one("#due"), !onSpot);
    show(one("#after"), onSpot);
    one("#due-day").textContent = due_on.value ? day(due_on.value) : "";
    put(this.dialog, { "due-preset": !onSpot && t(`预设：${days} 个工作日，下达时核定`, `Preset: ${days} working days, settled at issue`) });
    for (const chip of all(".chip", this.form)) chip.setAttribute("aria-pressed", String(chip.textContent === this.form.elements[chip.dataset.for]?.value));
  }

  chips() {
    const point = this.form.elements.point.value;
    const points = this.visit.facility.points ?? [];
    const said = (words) => (typeof words === "string" ? words : t(words.zh, words.en));
    this.row("#phrases", "what", (this.item.findings ?? []).map(said));
    this.row("#points", "point", [...points.map((known) => known.point), ...(this.item.points ?? []).map(said)]);
    this.row("#steps", "step", points.find((known) => known.point === point)?.steps ?? []);
    const names = [...new Set((this.visit.facility.persons ?? []).map(({ name }) => name))];
    one("#persons").replaceChildren(...names.map((name) => fill("person-option", { value: { value: name } })));
    this.paint();
  }

  row(selector, name, words) {
    const chips = [...new Set(words)].map((says) => {
      const chip = fill("preset-chip", { says });
      chip.dataset.for = name;
      chip.addEventListener("click", () => {
        this.form.elements[name].value = says;
        this.changed({ name });
      });
      return chip;
    });
    one(selector).replaceChildren(...chips);
    show(one(selector), chips.length);
  }

  /** Who answers: the register's most exact entry for this party, point and step. */
  personFor(party, point, step) {
    const fit = (known) => (known.point ? (known.point === point ? 2 : -9) : 0) + (known.step ? (known.step === step ? 1 : -9) : 0);
    const fitting = (this.visit.facility.persons ?? []).filter((known) => known.party === party && fit(known) >= 0);
    return fitting.sort((a, b) => fit(b) - fit(a))[0]?.name ?? "";
  }

  missing() {
    const { what, point, due_on, fixed, photos, after } = this.read();
    return [
      !what && ["what", t("写明问题，或点一条常用语", "Say what is wrong, or tap preset words")],
      !point && ["point", t("写明点位", "Say at which point")],
      !photos.length && ["photos", t("拍一张问题的照片", "Photograph the problem")],
      !fixed && !due_on && ["due", t("定整改时限", "Set a due date")],
      fixed && !after.length && ["after", t("拍整改后照片", "Photograph it after fixing")],
    ].filter(Boolean);
  }

  async done(another = false) {
    const missing = this.missing();
    const box = one("#sheet-err");
    show(box, missing.length);
    if (missing.length) {
      put(box, { list: missing.map(([id, says]) => this.link(id, says)) });
      return box.focus();
    }
    await this.keep();
    this.close();
    if (another) await this.open(this.item.key);
  }

  link(id, says) {
    const link = document.createElement("a");
    link.href = "#what";
    link.textContent = says;
    link.addEventListener("click", (event) => {
      event.preventDefault(); // the address names the draft: it must stay
      (one(`#${id}`).matches("input, textarea") ? one(`#${id}`) : one(`#${id} input`)).focus();
    });
    return link;
  }

  async keep() {
    await note(this.visit.draft.id, this.read());
    await this.visit.reload();
  }

  /** Closing without noting leaves things as they were before the sheet opened. */
  async leave() {
    if (this.before) await note(this.visit.draft.id, this.before);
    else if (this.visit.finding(this.id)) await dropFinding(this.visit.draft.id, this.id);
    await this.visit.reload();
    this.close();
  }

  async drop() {
    await dropFinding(this.visit.draft.id, this.id);
    await this.visit.reload();
    this.close();
  }

  close() {
    this.dialog.close();
    const element = document.getElementById(this.item.key);
    this.visit.restore(element);
    element.focus({ preventScroll: true });
  }
}

const dueOn = (severity) => weekdaysAfter(dayOf(Date.now()), DEFAULT_DAYS[severity]);
