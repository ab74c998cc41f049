/** The check table: shows what the visit needs, keeps every answer as it is given, and says how far one is. */

import { answer, draft as find, dropFinding, judged, note } from "../offline/drafts.js";
import { colleagues, facility as findFacility } from "../offline/pack.js";
import { watch } from "../offline/news.js";
import { person } from "../offline/store.js";
import { asked, standing } from "../lib/asked.js";
import { dayOf, shortDay } from "../lib/days.js";
import { t } from "../lib/words.js";
import { sayNotKept } from "./ailments.js";
import { ask } from "./ask.js";
import { all, one, show } from "./fill.js";
import { hash } from "./hash.js";
import * as measured from "./measured.js";
import { problemSheet } from "./problem_sheet.js";
import { restComplies } from "./rest_complies.js";
import { visitLine } from "./says.js";
import { sections } from "./sections.js";
import { strips } from "./strips.js";
import { toast } from "./toast.js";

export async function begin(root) {
  const [draft, people] = await Promise.all([find(hash("draft")), colleagues()]);
  if (!draft) return show(one("#absent"), true);
  const name = people.find(({ id }) => id === person())?.name ?? "";
  const visit = new Visit(draft, (await findFacility(draft.facility)) ?? { name: "", points: [], persons: [] }, name);
  visit.lay();
  visit.listen(root);
}

export class Visit {
  constructor(draft, facility, personName) {
    this.personName = personName;
    this.draft = draft;
    this.facility = facility;
    this.facts = new Map(JSON.parse(one("#checklist").textContent).items.map((item) => [item.key, item]));
    this.sheet = problemSheet(this);
    this.writing = Promise.resolve();
  }

  /** Shows the items of the visit's parts that apply to this facility, numbered, with what was answered before. */
  lay() {
    this.every = all(".item").filter((item) => this.applies(item));
    const before = this.draft.stands;
    this.draft.stands = this.judge(this.draft);
    if (!same(before, this.draft.stands)) this.writing = judged(this.draft.id, this.judge).catch(sayNotKept); // a full phone shows all that it has
    this.reveal();
    for (const section of all("[data-section]")) show(section, this.every.some((item) => section.contains(item)));
    one("#facility-name").textContent = this.facility.name;
    one("#visit-line").textContent = [visitLine(this.draft), shortDay(dayOf(this.draft.started_at))].join(t("　", ", "));
    show(one("#table"), true);
    show(one("#table-bar"), true);
    this.every.forEach((item) => this.draw(item));
    this.navigation = sections(this);
    this.rest = restComplies(this);
    this.paint();
    const wanted = hash("item") && document.getElementById(hash("item"));
    (wanted ?? this.items.find((item) => !this.stands(item)))?.scrollIntoView({ block: "center" });
    if (wanted && hash("finding")) this.sheet.open(wanted.dataset.item, this.finding(hash("finding")));
  }

  /** Shows what is asked by the answers so far. */
  reveal() {
    this.items = this.every.filter((item) => item.dataset.item in this.draft.stands);
    this.every.forEach((item) => show(item, item.dataset.item in this.draft.stands));
    this.items.forEach((item, i) => (one("[data-no]", item).textContent = String(i + 1)));
  }

  /** How each item that is asked stands. @returns {import("../offline/drafts.js").Stands} */
  judge = ({ answers }) => {
    const facts = this.every.map((item) => this.fact(item));
    const keys = asked(facts, answers);
    return Object.fromEntries(facts.filter(({ key }) => keys.has(key)).map((fact) => [fact.key, standing(fact, answers[fact.key]) ?? ""]));
  };

  applies({ dataset }) {
    const types = dataset.types.split(" ");
    return this.draft.parts.includes(dataset.part) && (types.includes("all") || types.includes(this.facility.type));
  }

  listen(root) {
    const table = one("#table", root);
    table.addEventListener("submit", (event) => event.preventDefault());
    table.addEventListener("input", ({ target }) => this.changed(/** @type {HTMLInputElement} */ (target), false));
    table.addEventListener("change", ({ target }) => this.changed(/** @type {HTMLInputElement} */ (target), true));
    table.addEventListener("click", ({ target }) => {
      const strip = /** @type {HTMLElement} */ (target).closest(".more");
      if (strip) this.sheet.open(strip.closest(".item").dataset.item, this.finding(strip.dataset.finding));
      else this.again(/** @type {HTMLElement} */ (target));
    });
    one("[data-do=discard]").addEventListener("click", () => this.giveUp());
    watch(({ draft, state }) => draft === this.draft.id && this.elsewhere(state));
  }

  /** Another page has this visit open too: what was given there is shown here, except under the finger. */
  async elsewhere(state) {
    if (state === "answered") await this.reload();
    if (state === "gone") return this.gone();
    this.reveal();
    for (const item of this.every) if (!item.contains(document.activeElement)) this.draw(item);
    this.paint();
  }

  /** Submitted or given up in another page: nothing more can be kept here. */
  gone() {
    for (const dialog of all("dialog[open]")) /** @type {HTMLDialogElement} */ (dialog).close();
    for (const part of ["#table", "#table-bar"]) show(one(part), false);
    show(one("#absent"), true);
  }

  /** A tap on 不符合 that is chosen already opens the problem again. */
  again(target) {
    const item = target.matches("input[value=fail]:checked") && target.closest(".item");
    if (item && this.stored(item)?.value === "fail" && !this.findings(item.dataset.item).length) this.sheet.open(item.dataset.item);
  }

  async changed(input, settled) {
    const item = input.closest(".item");
    if (!item) return;
    if (input.type === "radio" && !settled) return; // a radio says "input" and "change" for one tap
    measured.exclude(input);
    const given = read(item);
    const [before, noted] = [this.stored(item), this.findings(item.dataset.item)];
    if (settled && !(await this.mayLeaveFail(item, given))) return this.restore(item);
    if (!(await this.keep(item, given))) return;
    if (settled && this.opensSheet(item)) this.sheet.open(item.dataset.item);
    else if (settled && before?.value && before.value !== given?.value) toast(t("答案已改", "The answer is changed"), () => this.takeBack(item, before, noted));
  }

  /** 撤销: the answer before, with the problems that went with it. */
  async takeBack(item, before, noted) {
    await this.keep(item, before);
    for (const finding of noted) await note(this.draft.id, finding);
    await this.reload();
    this.restore(item);
  }

  /** Leaving "fails" behind asks once when problems were noted, and drops them only then. */
  async mayLeaveFail(item, given) {
    const noted = this.findings(item.dataset.item);
    if (!noted.length || standing(this.fact(item), given) === "fail") return true;
    const yes = await ask({
      title: t("改答案，删去记下的问题？", "Change the answer and remove its problem?"),
      body: noted.map(({ what }) => what).join("；"),
      yes: t("改答案", "Change it"),
    });
    if (yes) for (const { id } of noted) await dropFinding(this.draft.id, id);
    return yes;
  }

  opensSheet(item) {
    if (this.stands(item) !== "fail" || this.findings(item.dataset.item).length) return false;
    return !one("[data-kind=choices]", item); // ticking goes on: the strip waits instead
  }

  /** One answer after another onto the phone, strictly in the order given. @returns {Promise<boolean>} whether it is kept */
  keep(item, given, bulk = false) {
    const key = item.dataset.item;
    const written = this.writing.then(async () => {
      const before = this.draft.stands;
      this.draft = (await answer(this.draft.id, key, given && (bulk ? { ...given, bulk } : given), this.judge)) ?? this.draft;
      if (!sameKeys(before, this.draft.stands)) this.reveal(); // as a rule an answer changes no other item: a long table is not touched
    });
    this.writing = written.catch(() => {}); // one that found no room keeps none after it from the phone
    return written.then(() => this.restore(item, false)).then(() => true, (fault) => {
      this.restore(item); // what is shown is what is kept
      sayNotKept(fault);
      return false;
    });
  }

  async reload() {
    const kept = await find(this.draft.id);
    if (kept) this.draft = kept;
    else this.gone();
  }

  restore(item, inputs = true) {
    this.draw(item, inputs);
    this.paint();
  }

  draw(item, inputs = true) {
    const stored = this.stored(item);
    if (one("[data-verdict]", item)) {
      if (inputs) measured.write(item, stored);
      measured.say(item, this.fact(item), stored);
    } else {
      for (const key of all("input", item)) key.checked = key.value === stored?.value;
    }
    const stands = this.stands(item);
    if (stands) item.dataset.a = stands;
    else delete item.dataset.a;
    strips(item, stands, this.findings(item.dataset.item));
  }

  paint() {
    const answered = Object.values(this.draft.stands).filter(Boolean).length;
    const bar = one("#done");
    bar.max = this.items.length || 1;
    bar.value = answered;
    bar.setAttribute("aria-label", t(`已答 ${answered} 项，共 ${this.items.length} 项`, `${answered} of ${this.items.length} answered`));
    one("#tally").textContent = `${answered}/${this.items.length}`;
    this.look();
  }

  /** What depends on where things stand on the screen, once a frame: all is measured before anything is written, so that a long table is laid out once. */
  look = () => {
    if (this.looking) return;
    this.looking = true;
    requestAnimationFrame(() => {
      this.looking = false;
      [this.navigation?.look(), this.rest?.look()].forEach((say) => say?.());
    });
  };

  async giveUp() {
    const { id } = this.draft;
    await (await import("../offline/given_up.js")).giveUp(id);
    location.assign(`/today#given-up=${id}`);
  }

  fact(item) {
    return this.facts.get(item.dataset.item);
  }

  stored(item) {
    return this.draft.answers?.[item.dataset.item] ?? null;
  }

  /** How it stood when the draft was written last; "" is not answered. */
  stands(item) {
    return this.draft.stands[item.dataset.item] ?? "";
  }

  findings(key) {
    return (this.draft.findings ?? []).filter(({ item }) => item === key);
  }

  finding(id) {
    return (this.draft.findings ?? []).find((finding) => finding.id === id) ?? null;
  }
}

const same = (before, after) => JSON.stringify(before) === JSON.stringify(after);
const sameKeys = (before, after) => Object.keys(before).join() === Object.keys(after).join();

function read(item) {
  if (one("[data-verdict]", item)) return measured.read(item);
  const checked = /** @type {HTMLInputElement} */ (one("input:checked", item));
  return checked ? { value: checked.value } : null;
}
