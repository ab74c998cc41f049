/** The problem sheet: what, where, how bad, photos, by when and who answers. Kept as it is filled, before the camera opens too. */

import { dropFinding, note } from "../offline/drafts.js";
import { newId } from "../lib/ids.js";
import { day, dayOf, mayBeDue } from "../lib/days.js";
import { t } from "../lib/words.js";
import { chipRow, pressed } from "./chips.js";
import { fill, one, put, show } from "./fill.js";
import { missingLink } from "./missing.js";
import { DEFAULT_DAYS, LEVELS, dueOn } from "./says.js";
import { shots } from "./shots.js";
import { toast } from "./toast.js";
import { whileTyping } from "./typing.js";

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
    this.form.elements.point.addEventListener("input", () => this.chips());
    this.forget = whileTyping(this.form, () => this.keep());
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
    for (const [row, name] of Object.entries(ROWS)) pressed(one(row), this.form.elements[name]);
  }

  chips() {
    const point = this.form.elements.point.value;
    const points = this.visit.facility.points ?? [];
    const said = (words) => (typeof words === "string" ? words : t(words.zh, words.en));
    this.row("#phrases", (this.item.findings ?? []).map(said));
    this.row("#points", [...points.map((known) => known.point), ...(this.item.points ?? []).map(said)]);
    this.row("#steps", points.find((known) => known.point === point)?.steps ?? []);
    const names = [...new Set((this.visit.facility.persons ?? []).map(({ name }) => name))];
    one("#persons").replaceChildren(...names.map((name) => fill("person-option", { value: { value: name } })));
    this.paint();
  }

  row(selector, words) {
    const name = ROWS[selector];
    chipRow(one(selector), words, this.form.elements[name], () => this.changed({ name }));
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
      !fixed && due_on && !mayBeDue(dayOf(Date.now()), due_on) && ["due", t("整改时限不对，请核对日期", "The due day cannot be right: see the date")],
      fixed && !after.length && ["after", t("拍整改后照片", "Photograph it after fixing")],
    ].filter(Boolean);
  }

  async done(another = false) {
    await Promise.all([this.photos.settled(), this.after.settled()]);
    if (this.tell()) return one("#sheet-err").focus();
    this.forget();
    await this.keep();
    this.close();
    if (another) await this.open(this.item.key);
  }

  /** What is missing still, each a link to its field; gone with the last of it. @returns {number} of them */
  tell() {
    const missing = this.missing();
    const box = one("#sheet-err");
    put(box, { list: missing.map(([id, says]) => missingLink(id, says)) });
    show(box, missing.length);
    return missing.length;
  }

  async keep() {
    if (!one("#sheet-err").hidden) this.tell();
    await note(this.visit.draft.id, this.read());
    await this.visit.reload();
  }

  /** Closing without noting leaves things as they were before the sheet opened; what was filled in can be had back for a while. */
  async leave() {
    this.forget();
    const { item, before } = this;
    const said = this.read();
    const noted = this.visit.finding(this.id);
    if (before) await note(this.visit.draft.id, before);
    else if (noted) await dropFinding(this.visit.draft.id, this.id);
    await this.visit.reload();
    this.close();
    const isFilled = before ? JSON.stringify(said) !== JSON.stringify(before) : noted || said.what || said.photos.length;
    if (isFilled) toast(t("没有记下填的内容", "What you filled in was not noted"), () => this.bringBack(item.key, said));
  }

  async drop() {
    this.forget();
    const { item, before } = this;
    await dropFinding(this.visit.draft.id, this.id);
    await this.visit.reload();
    this.close();
    toast(t("已删去这个问题", "The problem is removed"), () => this.bringBack(item.key, before));
  }

  /** 撤销: the problem stands again as it did, unless its item does not fail any more. */
  async bringBack(key, finding) {
    const item = document.getElementById(key);
    if (this.visit.stands(item) !== "fail") return;
    await note(this.visit.draft.id, finding);
    await this.visit.reload();
    this.visit.restore(item);
  }

  close() {
    this.dialog.close();
    for (const row of [this.photos, this.after]) row.set([]); // a photo still being made small belongs to what was left
    const element = document.getElementById(this.item.key);
    this.visit.restore(element);
    element.focus({ preventScroll: true });
  }
}

// rows of preset words, and the field that each writes into
const ROWS = { "#phrases": "what", "#points": "point", "#steps": "step" };
