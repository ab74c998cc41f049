/** The re-check: what the facility says that it has put right, seen on site, passed or sent back. Kept from the first tap on. */

import { entries } from "../offline/outbox.js";
import { colleagues, rechecks } from "../offline/pack.js";
import { begunOn, isDecided, keepRecheck, lacks, sealRecheck } from "../offline/rechecks.js";
import { person } from "../offline/store.js";
import { day } from "../lib/days.js";
import { t } from "../lib/words.js";
import { chipRow } from "./chips.js";
import { one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { KeptForm } from "./kept_form.js";
import { DEFAULT_DAYS, dueOn, place } from "./says.js";
import { level } from "./strips.js";

const PHRASES = {
  yes: () => [t("已整改到位，与报告一致", "Put right, as reported"), t("已整改，已提醒保持", "Put right; reminded to keep it so")],
  no: () => [t("与报告不一致，问题仍在", "Not as reported: it is still there"), t("只改了一部分", "Put right only in part"), t("已改，又出现同样问题", "Put right, and there again")],
};

export async function begin() {
  const problem = hash("problem");
  const [kept, waiting, sent] = await Promise.all([begunOn(problem), rechecks(), entries()]);
  const known = waiting.find(({ id }) => id === problem);
  if (!kept && known && isDecided(sent, known)) return show(one("#sent"), true);
  if (!kept && !known) return show(one("#absent"), true);
  const name = (await colleagues()).find(({ id }) => id === person())?.name ?? "";
  const recheck = new Recheck(kept?.about ?? known, kept, name);
  show(one("#moved"), kept && known?.round !== kept.about.round);
  await recheck.lay();
}

class Recheck extends KeptForm {
  back = "/today";

  async lay() {
    this.facts();
    const { passed, record, due_on, photos } = this.kept ?? {};
    const { elements } = this.form;
    if (typeof passed === "boolean") elements.passed.value = passed ? "yes" : "no";
    elements.record.value = record ?? "";
    elements.due_on.value = due_on ?? "";
    await this.photos.set(photos);
    this.listen();
    show(one("#recheck"), true);
    show(one("#recheck-bar"), true);
    await this.paint();
  }

  facts() {
    const { number, name, what, severity, due_on, round, question, report } = this.about;
    const asks = question.zh !== what && t(question.zh, question.en || question.zh); // a ledger's problem has no question but itself
    show(one("#question-h"), asks);
    one("#recheck-line").textContent = name;
    put(one("#recheck"), {
      number, what, facility: name, level: level(severity), where: place(this.about) || "—", question: asks,
      returned: round > 0 && t(`返工 ${round} 次`, `Sent back ${round}×`), due: due_on ? day(due_on) : "—",
      report: report?.text || "—", reported: report?.on && day(report.on),
    });
    this.pictures();
    for (const event of ["online", "offline"]) addEventListener(event, () => this.pictures());
  }

  /** What the server shows of it, while there is signal; a photo that does not come leaves no hole. */
  pictures() {
    const { photos = {}, id } = this.about;
    const shown = [["#picture-before", photos.before?.[0]], ["#picture-after", photos.after?.at(-1)]].filter(([, sha]) => sha);
    show(one("#pictures"), navigator.onLine && shown.length);
    show(one("#no-pictures"), !navigator.onLine);
    show(one("#history"), navigator.onLine);
    put(one("#history"), { link: { href: `/problems/${id}` } });
    for (const selector of ["#picture-before", "#picture-after"]) show(one(selector).parentElement, false);
    if (!navigator.onLine) return;
    for (const [selector, sha] of shown) {
      const image = /** @type {HTMLImageElement} */ (one(selector));
      image.onload = () => show(image.parentElement, true);
      image.src = `/photos/${sha}/thumb`;
    }
  }

  changed({ name }) {
    const { passed, due_on } = this.form.elements;
    if (name === "passed" && passed.value === "no" && !due_on.value) due_on.value = dueOn(this.about.severity);
  }

  read() {
    const { passed, record, due_on } = this.form.elements;
    return { passed: passed.value ? passed.value === "yes" : null, record: record.value, photos: this.photos.get(), due_on: due_on.value || null };
  }

  write(read) {
    return keepRecheck(this.about, read);
  }

  beside() {
    const { passed, due_on } = this.form.elements;
    show(one("#due"), passed.value === "no");
    one("#due-day").textContent = due_on.value ? day(due_on.value) : "";
    const days = DEFAULT_DAYS[this.about.severity];
    one("#due-preset").textContent = t(`预设：${days} 个工作日`, `Preset: ${days} working ${days === 1 ? "day" : "days"}`);
    chipRow(one("#phrases"), PHRASES[passed.value]?.() ?? [], this.form.elements.record, () => this.keep());
  }

  lacks() {
    return lacks(this.kept ?? this.read());
  }

  seal() {
    return sealRecheck(this.about.id);
  }
}
