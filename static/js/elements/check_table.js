/** The check table: shows what the visit needs, keeps every answer as it is given, and says how far one is. */

import { answer, discard, draft as find, dropFinding, unanswer } from "../offline/drafts.js";
import { colleagues, facility as findFacility } from "../offline/pack.js";
import { person } from "../offline/store.js";
import { dayOf, shortDay } from "../lib/days.js";
import { t } from "../lib/words.js";
import { ask } from "./ask.js";
import { all, one, show } from "./fill.js";
import { hash } from "./hash.js";
import * as measured from "./measured.js";
import { problemSheet } from "./problem_sheet.js";
import { remember } from "./progress.js";
import { restComplies } from "./rest_complies.js";
import { visitLine } from "./says.js";
import { sections } from "./sections.js";
import { strips } from "./strips.js";

export async function begin(root) {
  const draft = await find(hash("draft"));
  if (!draft) return show(one("#absent"), true);
  const name = (await colleagues()).find(({ id }) => id === person())?.name ?? "";
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
    this.items = all(".item").filter((item) => this.applies(item));
    this.items.forEach((item, i) => {
      one("[data-no]", item).textContent = String(i + 1);
      show(item, true);
    });
    for (const section of all("[data-section]")) show(section, this.items.some((item) => section.contains(item)));
    one("#facility-name").textContent = this.facility.name;
    one("#visit-line").textContent = `${visitLine(this.draft)}　${shortDay(dayOf(this.draft.started_at))}`;
    remember(this.draft.id, this.items.length);
    show(one("#table"), true);
    show(one("#table-bar"), true);
    this.items.forEach((item) => this.restore(item));
    this.navigation = sections(this);
    this.rest = restComplies(this);
    this.paint();
    const wanted = hash("item") && document.getElementById(hash("item"));
    (wanted ?? this.items.find((item) => !this.standing(item)))?.scrollIntoView({ block: "center" });
    if (wanted && hash("finding")) this.sheet.open(wanted.dataset.item, this.finding(hash("finding")));
  }

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
    if (settled && !(await this.mayLeaveFail(item, given))) return this.restore(item);
    await this.keep(item, given);
    if (settled && this.opensSheet(item)) this.sheet.open(item.dataset.item);
  }

  /** Leaving "fails" behind asks once when problems were noted, and drops them only then. */
  async mayLeaveFail(item, given) {
    const noted = this.findings(item.dataset.item);
    if (!noted.length || measured.standing(this.fact(item), given) === "fail") return true;
    const yes = await ask({
      title: t("改答案，删去记下的问题？", "Change the answer and remove its problem?"),
      body: noted.map(({ what }) => what).join("；"),
      yes: t("改答案", "Change it"),
    });
    if (yes) for (const { id } of noted) await dropFinding(this.draft.id, id);
    return yes;
  }

  opensSheet(item) {
    if (this.standing(item) !== "fail" || this.findings(item.dataset.item).length) return false;
    return !one("[data-kind=choices]", item); // ticking goes on: the strip waits instead
  }

  /** One answer after another onto the phone, strictly in the order given. */
  keep(item, given, bulk = false) {
    const key = item.dataset.item;
    this.writing = this.writing.then(async () => {
      if (given) await answer(this.draft.id, key, bulk ? { ...given, bulk } : given);
      else await unanswer(this.draft.id, key);
      await this.reload();
    });
    return this.writing.then(() => this.restore(item, false));
  }

  async reload() {
    this.draft = (await find(this.draft.id)) ?? this.draft;
  }

  restore(item, inputs = true) {
    const stored = this.stored(item);
    if (one("[data-verdict]", item)) {
      if (inputs) measured.write(item, stored);
      measured.say(item, this.fact(item), stored);
    } else {
      for (const key of all("input", item)) key.checked = key.value === stored?.value;
    }
    const stands = this.standing(item);
    if (stands) item.dataset.a = stands;
    else delete item.dataset.a;
    strips(item, stands, this.findings(item.dataset.item));
    this.paint();
  }

  paint() {
    const answered = this.items.filter((item) => this.standing(item)).length;
    const bar = one("#done");
    bar.max = this.items.length || 1;
    bar.value = answered;
    bar.setAttribute("aria-label", t(`已答 ${answered} 项，共 ${this.items.length} 项`, `${answered} of ${this.items.length} answered`));
    one("#tally").textContent = `${answered}/${this.items.length}`;
    this.navigation?.paint();
    this.rest?.paint();
  }

  async giveUp() {
    const yes = await ask({
      title: t(`放弃对${this.facility.name}的检查？`, `Give up the visit to ${this.facility.name}?`),
      body: t("已答的和照片都会从手机里删去，不能恢复。", "Answers and photos are removed from this phone for good."),
      yes: t("放弃检查", "Give it up"),
    });
    if (!yes) return;
    await discard(this.draft.id, "given up by the inspector");
    location.assign("/today");
  }

  fact(item) {
    return this.facts.get(item.dataset.item);
  }

  stored(item) {
    return this.draft.answers?.[item.dataset.item] ?? null;
  }

  standing(item) {
    return measured.standing(this.fact(item), this.stored(item));
  }

  findings(key) {
    return (this.draft.findings ?? []).filter(({ item }) => item === key);
  }

  finding(id) {
    return (this.draft.findings ?? []).find((finding) => finding.id === id) ?? null;
  }
}

function read(item) {
  if (one("[data-verdict]", item)) return measured.read(item);
  const checked = /** @type {HTMLInputElement} */ (one("input:checked", item));
  return checked ? { value: checked.value } : null;
}
