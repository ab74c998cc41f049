/** A form about one problem: kept from the first word on, sealed without signal, given up with a way back. */

import { t } from "../lib/words.js";
import { one, put, show } from "./fill.js";
import { missingLink } from "./missing.js";
import { shots } from "./shots.js";
import { whileTyping } from "./typing.js";

/**
 * Whoever extends it says: read() what the fields hold, write(read) keeps it and gives the draft, lacks() what is missing, seal(),
 * beside() what stands beside the fields, changed(field) what follows from a change, and back, the page to return to.
 */
export class KeptForm {
  /** @param {object} about the problem @param {object | null} kept the draft @param {string} personName for the photos' caption */
  constructor(about, kept, personName) {
    this.about = about;
    this.kept = kept;
    this.form = /** @type {HTMLFormElement} */ (one("main form"));
    this.errors = one(".err", this.form);
    this.main = one(".bar button[type=submit]");
    this.photos = shots(one("#photos"), { names: () => [about.name, personName], beforeCamera: () => this.keep(), changed: () => this.keep() });
    this.writing = Promise.resolve();
  }

  listen() {
    this.forget = whileTyping(this.form, () => this.keep());
    this.form.addEventListener("change", ({ target }) => {
      const field = /** @type {HTMLInputElement} */ (target);
      if (field.type === "file") return;
      this.changed(field);
      this.keep();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    one("[data-do=discard]").addEventListener("click", () => this.giveUp());
  }

  changed() {}

  /** One after another, in the order given. */
  keep() {
    this.writing = this.writing.then(async () => {
      this.kept = await this.write(this.read());
      await this.paint();
    });
    return this.writing;
  }

  /** What stands beside the fields; never a field itself: somebody may be composing a word in it. */
  async paint() {
    this.beside();
    const missing = await this.lacks();
    one("#why").textContent = missing.length ? t(`还差：${missing[0].words}。`, `Still missing: ${missing[0].words}.`) : t("提交后不能再改；没有信号也能提交。", "It cannot be changed once submitted; no signal is needed.");
    this.main.setAttribute("aria-disabled", String(Boolean(missing.length)));
    if (!this.errors.hidden) this.tell(missing);
    show(one("#give-up"), this.kept);
  }

  async submit() {
    this.forget();
    await this.photos.settled(); // one that was just taken goes along
    await this.keep();
    try {
      await this.seal();
      location.assign("/outbox");
    } catch (refusal) {
      if (!refusal.missing) throw refusal;
      this.tell(refusal.missing);
      this.errors.focus();
    }
  }

  /** What is missing still, each a link to its field; gone with the last of it. */
  tell(missing) {
    put(this.errors, { list: missing.map(({ field, words }) => missingLink(field, words)) });
    show(this.errors, missing.length);
  }

  async giveUp() {
    this.forget();
    await this.writing;
    const { id } = this.kept;
    await (await import("../offline/given_up.js")).giveUp(id);
    location.assign(`${this.back}#given-up=${id}`);
  }
}
