/** One problem as its facility has it, and the step that is taken: kept from the first word on, sealed without signal. */

import { actsAfter, begunOn, keep, kindOf, seal, STEPS, unheard } from "../offline/todo.js";
import { entries } from "../offline/outbox.js";
import { todo } from "../offline/pack.js";
import { personName } from "../offline/store.js";
import { day, dayOf, daysBetween } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { KeptForm } from "./kept_form.js";
import { recordOf, todoUrl } from "./records.js";
import { dueIn, extensionLine, nextStep, place, stepWords, whyLine } from "./says.js";
import { level } from "./strips.js";

const FIELDS = { plan: ["cause", "measures", "person"], progress: ["text"], report: ["text"], ask_extension: ["wished_on", "reason"] };
const WITH_PHOTOS = ["progress", "report"];

export async function begin() {
  addEventListener("hashchange", () => location.reload());
  const [asked, sent] = [await todo(), await entries()];
  const known = asked?.problems.find(({ id }) => id === hash("problem"));
  const sealed = known ? unheard(sent, known.id, asked.at) : [];
  const acts = known ? actsAfter(known.acts, sealed) : [];
  const act = Object.keys(FIELDS).find((act) => act === hash("act")) ?? nextStep(acts);
  const kept = act ? await begunOn(kindOf(act), hash("problem")) : null;
  if (!known && !kept) return show(one("#absent"), true);
  const task = new Task(known ?? kept.about, { act: acts.includes(act) || kept ? act : "", acts, kept, sealed, state: known && asked.states[known.state] });
  await task.lay(!known || !acts.includes(act), known && kept && kept.about.round !== known.round);
}

class Task extends KeptForm {
  back = "/todo";

  constructor(about, { act, acts, kept, sealed, state }) {
    super(about, kept, personName());
    Object.assign(this, { act, acts, sealed, state, kind: kindOf(act) });
  }

  /** @param {boolean} isPast whether the phone has heard that the step can be taken no more @param {boolean} isOther whether it was sent back since the draft was begun */
  async lay(isPast, isOther) {
    this.facts(isPast, isOther);
    show(one("#task"), true);
    if (!this.act) return;
    for (const part of all("[data-of]", this.form)) show(part, part.dataset.of.split(" ").includes(this.act));
    one("#photos small").textContent = this.act === "report" ? t("整改后，至少一张；避开老人面部", "as it is now, at least one; no faces") : t("可不拍；避开老人面部", "may stay empty; no faces");
    one("#step-h").textContent = one("#submit").textContent = stepWords(this.act, this.about.state);
    const preset = this.act === "plan" ? { cause: this.about.cause, measures: this.about.measures, person: this.about.person } : {};
    for (const name of FIELDS[this.act]) this.form.elements[name].value = this.kept?.[name] ?? preset[name] ?? "";
    await this.photos.set(this.kept?.photos);
    this.listen();
    show(this.form, true);
    show(one("#step-bar"), true);
    await this.paint();
  }

  facts(isPast, isOther) {
    const { about, state } = this;
    const { number, name, what, severity, due_on, clause, person, measures } = about;
    one("#number").textContent = number;
    one("#task-line").textContent = name;
    const days = due_on && daysBetween(dayOf(Date.now()), due_on);
    const isTheirs = this.acts.length > 0;
    put(one("#task"), {
      what, level: level(severity), state: state && t(state.zh, state.en), left: isTheirs && due_on && dueIn(days), due: due_on ? day(due_on) : "—", where: place(about) || "—",
      clause: clause && t(clause.zh, clause.en || clause.zh), person: person || "—", measures, extension: extensionLine(about), why: whyLine(about),
    });
    one("#task [data-slot=left]").classList.toggle("late", days < 0);
    for (const [part, filled] of [["measures-h", measures], ["extension-h", extensionLine(about)], ["why-note", whyLine(about)]]) show(one(`#task [data-slot=${part}]`), filled);
    this.says(isPast, isOther);
    this.choice();
    this.pictures();
    for (const event of ["online", "offline"]) addEventListener(event, () => this.pictures());
  }

  says(isPast, isOther) {
    const [last] = this.sealed;
    show(one("#sealed"), last);
    if (last) put(one("#sealed"), { says: t(`${recordOf(last).name()}已在这部手机上提交。`, `${recordOf(last).name()}: submitted on this phone.`) });
    const stands = this.state && t(this.state.zh, this.state.en);
    const words = isOther
      ? t("写这一份以后，又被复查退回。请按退回原因核对后再交，已填的都在。", "It was sent back after this was begun. See why, go through it and submit; what you filled in is kept.")
      : t(`按手机里最新的情况，${stands ? `现在是“${stands}”，` : ""}这一步可能已有人办了。已填的都在，仍可提交，以先收到的为准。`, `As this phone last heard, ${stands ? `it stands at “${stands}” and ` : ""}somebody may have done this already. What you filled in is kept and can still be submitted; what came first counts.`);
    show(one("#moved"), this.kept && (isOther || isPast));
    put(one("#moved"), { says: words });
  }

  choice() {
    const acts = this.acts.includes(this.act) || !this.act ? this.acts : [this.act, ...this.acts];
    one("#acts").replaceChildren(...acts.map((act) => {
      const chip = fill("act-chip", { link: { href: todoUrl(kindOf(act), this.about) }, says: stepWords(act, this.about.state) });
      if (act === this.act) chip.setAttribute("aria-current", "true");
      return chip;
    }));
    show(one("#acts"), acts.length > 1 || (acts.length && !this.act));
  }

  /** What the server shows of it, while there is signal; a photo that does not come leaves no hole. */
  pictures() {
    const { photo, id } = this.about;
    show(one("#no-pictures"), !navigator.onLine);
    show(one("#history"), navigator.onLine);
    put(one("#history"), { link: { href: `/problems/${id}` } });
    show(one("#pictures"), false);
    if (!navigator.onLine || !photo) return;
    const image = /** @type {HTMLImageElement} */ (one("#picture-before"));
    image.onload = () => show(one("#pictures"), true);
    image.src = `/photos/${photo}/thumb`;
  }

  read() {
    const filled = Object.fromEntries(FIELDS[this.act].map((name) => [name, this.form.elements[name].value]));
    return WITH_PHOTOS.includes(this.act) ? { ...filled, photos: this.photos.get() } : filled;
  }

  write(read) {
    return keep(this.kind, this.about, read);
  }

  beside() {
    const { due_on } = this.about;
    const wished = this.form.elements.wished_on.value;
    one("#wished-day").textContent = wished ? day(wished) : "";
    one("#now-due").textContent = due_on ? t(`现在的时限 ${day(due_on)}`, `Now due ${day(due_on)}`) : "";
  }

  lacks() {
    return STEPS[this.kind].lacks(this.kept ?? { about: this.about, ...this.read() });
  }

  seal() {
    return seal(this.kind, this.about.id);
  }
}
