/** Looking over the visit and signing it; then it is sealed on the phone, with or without signal. */

import { asSealed, draft as find, lacks, seal, sign } from "../offline/drafts.js";
import { colleagues, facility as findFacility } from "../offline/pack.js";
import { keep } from "../offline/photos.js";
import { watch } from "../offline/news.js";
import { person } from "../offline/store.js";
import { clockOf, dayOf, shortDay } from "../lib/days.js";
import { t } from "../lib/words.js";
import { sayNotKept } from "./ailments.js";
import { fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { progressOf } from "./progress.js";
import { place } from "./says.js";
import { complaint, imageUrl } from "./shots.js";
import { shrink } from "./picture.js";
import { signature } from "./signature.js";
import { level, remedy } from "./strips.js";
import { toast } from "./toast.js";
import { visitUrl } from "./records.js";
import { whereAmI } from "./where.js";

export async function begin() {
  const draft = await find(hash("draft"));
  if (!draft) return show(one("#absent"), true);
  const signing = new Signing(draft, (await findFacility(draft.facility)) ?? { name: "", contact: null }, await colleagues(), person());
  signing.listen();
  await signing.lay();
}

class Signing {
  constructor(draft, facility, others, me) {
    Object.assign(this, { draft, facility, others, me });
  }

  async lay() {
    one("#back").setAttribute("href", visitUrl(this.draft));
    one("#sign-line").textContent = `${this.facility.name}　${shortDay(dayOf(Date.now()))}`;
    const colleagues = this.others.filter(({ id }) => id !== this.me);
    one("#second-person").append(...colleagues.map(({ id, name }) => {
      const option = fill("person-option", { says: name });
      /** @type {HTMLOptionElement} */ (option).value = id;
      return option;
    }));
    one("#second-person").value = this.draft.signatures?.second?.person ?? "";
    one("#facility-signer").value = this.facility.contact?.name ?? "";
    one("#facility-title").value = this.facility.contact?.title ?? "";
    this.summary();
    show(one("#signing"), true);
    show(one("#sign-bar"), true);
    await this.paint();
  }

  summary() {
    const sealed = asSealed(this.draft);
    const count = (wanted) => String(Object.values(sealed.stands ?? {}).filter((stand) => stand === wanted).length);
    const { answered, total } = progressOf(sealed);
    put(one("#signing"), { pass: count("pass"), fail: count("fail"), na: count("na"), all: `${answered}/${total}` });
    const { findings } = sealed;
    put(one("#signing"), { problems: t(`${findings.length} 项`, `${findings.length}`) });
    one("#findings").replaceChildren(...findings.map((finding) => this.cell(finding)));
    show(one("#findings"), findings.length);
    show(one("#no-findings"), !findings.length && !this.notNoted());
  }

  cell(finding) {
    return fill("problem-cell", {
      link: { href: `${visitUrl(this.draft)}&item=${finding.item}&finding=${finding.id}` },
      what: finding.what || t("缺问题描述", "No description yet"),
      level: level(finding.severity), where: place(finding), due: remedy(finding),
    });
  }

  listen() {
    const facility = () => ({ name: one("#facility-signer").value.trim(), title: one("#facility-title").value.trim() });
    one("[data-do=refuse]").addEventListener("click", () => one("#refusal").showModal());
    one("#refusal [data-do=cancel]").addEventListener("click", () => one("#refusal").close());
    one("#refusal-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const refused = one("#refusal-form [name=reason]").value.trim();
      if (!refused) return;
      one("#refusal").close();
      this.keep("facility", { refused });
    });
    one("#paper").addEventListener("change", ({ target }) => this.paper(target.files[0], facility()));
    one("#second-person").addEventListener("change", () => this.another());
    one("[data-do=submit]").addEventListener("click", () => this.submit());
    watch(({ draft, state }) => draft === this.draft.id && this.elsewhere(state));
  }

  /** Another page has this visit open too. */
  async elsewhere(state) {
    if (state === "gone") return this.gone();
    this.draft = (await find(this.draft.id)) ?? this.draft;
    this.summary();
    await this.paint();
  }

  gone() {
    if (this.isLeaving) return;
    for (const part of ["#signing", "#sign-bar"]) show(one(part), false);
    show(one("#absent"), true);
  }

  /** Somebody else is the second inspector: who signed before them does not sign for them. */
  async another() {
    const signed = this.draft.signatures?.second;
    if (signed && signed.person !== one("#second-person").value) await this.keep("second", null);
    else await this.paint();
  }

  async paper(file, signer) {
    if (!file) return;
    try {
      const { bytes, type } = await shrink(file, [this.facility.name]);
      await this.keep("facility", { ...signer, photo: await keep(bytes, type) });
    } catch (fault) {
      toast(complaint(fault));
    }
  }

  async keep(slot, given) {
    try {
      await sign(this.draft.id, slot, given);
    } catch (fault) {
      sayNotKept(fault);
    }
    const kept = await find(this.draft.id);
    if (!kept) return this.gone();
    this.draft = kept;
    await this.paint();
  }

  /** Who signs in each slot, as far as it is known. */
  signer(slot) {
    if (slot === "facility") return { name: one("#facility-signer").value.trim(), title: one("#facility-title").value.trim() };
    const id = slot === "first" ? this.me : one("#second-person").value;
    return { person: id, name: this.others.find((other) => other.id === id)?.name ?? "" };
  }

  async paint() {
    for (const slot of SLOTS) one(`#slot-${slot}`).replaceChildren(await this.slot(slot));
    put(one("#signatures"), { signed: `${SLOTS.filter((slot) => this.draft.signatures?.[slot]).length}/3` });
    if (!one("#missing").hidden) this.tell(await lacks(asSealed(this.draft)));
    const lacking = this.lacking();
    one("#why").textContent = `${lacking[0] ? t(`还差：${lacking.join("、")}。`, `Missing: ${lacking.join(", ")}. `) : ""}${t("提交后不能再改。", "It cannot be changed once submitted.")}`;
    one("[data-do=submit]").setAttribute("aria-disabled", String(Boolean(lacking.length)));
  }

  async slot(slot) {
    const given = this.draft.signatures?.[slot];
    const again = () => this.take(slot);
    if (given?.refused) {
      const note = fill("sign-refused", { says: t(`机构拒签：${given.refused}`, `The facility refused: ${given.refused}`) });
      one("[data-do=unrefuse]", note).addEventListener("click", again);
      return note;
    }
    const piece = given
      ? fill("sign-done", {
          image: { src: (await imageUrl(given.photo)) ?? "", alt: t(`${given.name}的签名`, `Signature of ${given.name}`) },
          who: slot === "facility" ? [given.name, given.title].filter(Boolean).join(" ") : t(`检查人 ${given.name}`, `Inspector ${given.name}`),
          at: given.at && clockOf(given.at),
        })
      : fill("sign-empty", { says: this.invitation(slot) });
    (piece.matches("button") ? piece : one("button", piece)).addEventListener("click", again);
    return piece;
  }

  invitation(slot) {
    const { name, title } = this.signer(slot);
    if (slot === "facility") return t(`请${name || "机构"}${title ? `（${title}）` : ""}在此签名`, `${name || "The facility"} signs here`);
    return slot === "first" ? t(`${name || "您"}签名`, `${name || "You"} sign`) : t(`${name || "第二检查人"}签名`, `${name || "Second inspector"} signs`);
  }

  async take(slot) {
    const signer = this.signer(slot);
    if (slot === "second" && !signer.person) return first("#second-person", t("先选第二检查人，再签名。", "Choose the second inspector, then sign."));
    if (slot === "facility" && !signer.name) return first("#facility-signer", t("先写机构签字人的姓名，再签名。", "Write who signs for the facility, then sign."));
    const photo = await signature(this.invitation(slot), slot === "facility" ? t("不便手写的，可在纸上签后拍照。", "Who cannot may sign on paper and have it photographed.") : "").catch(sayNotKept);
    if (photo) await this.keep(slot, { ...signer, photo });
  }

  lacking() {
    const given = this.draft.signatures ?? {};
    const words = {
      first: t("您的签名", "your signature"),
      second: t("第二检查人签名", "the second inspector's signature"),
      facility: t("机构签名或拒签原因", "the facility's signature, or why refused"),
    };
    const { answered, total } = progressOf(this.draft);
    const open = total - answered;
    const bare = this.notNoted();
    return [...(open ? [t(`${open} 项未答`, `${open} unanswered`)] : []), ...(bare ? [t(`${bare} 项不符合没记问题`, `${bare} failed without a problem noted`)] : []), ...SLOTS.filter((slot) => !given[slot]).map((slot) => words[slot])];
  }

  /** How many items fail of which no problem tells. */
  notNoted() {
    const told = new Set((this.draft.findings ?? []).map(({ item }) => item));
    return Object.entries(this.draft.stands ?? {}).filter(([item, stand]) => stand === "fail" && !told.has(item)).length;
  }

  async submit() {
    const lacking = await lacks(asSealed(this.draft));
    if (lacking.length) return this.stop(lacking);
    if (one("#position").checked) await this.attachPosition();
    this.isLeaving = true;
    try {
      await seal(this.draft.id);
      location.assign("/outbox");
    } catch (refusal) {
      this.isLeaving = false;
      if (refusal.missing) this.stop(refusal.missing);
      else sayNotKept(refusal); // it is a draft still, with all that was given
    }
  }

  async attachPosition() {
    const spot = await whereAmI(PATIENCE).catch(() => null);
    if (spot) await sign(this.draft.id, "position", spot);
    else one("#position-says").textContent = t("这次没有取到位置，不影响提交。", "No position could be read; you can submit without it.");
  }

  stop(missing) {
    this.tell(missing);
    one("#missing").focus();
  }

  /** What is missing still, each a link to where it is mended; gone with the last of it. */
  tell(missing) {
    const box = one("#missing");
    const links = missing.map(({ item, slot, words }) => {
      const link = fill("missing-link", { link: { href: item ? `${visitUrl(this.draft)}&item=${item}` : `#slot-${slot}` }, says: words });
      if (slot) link.addEventListener("click", (event) => {
        event.preventDefault(); // the address names the draft: it must stay
        one(`#slot-${slot} button`).focus();
      });
      return link;
    });
    put(box, { title: t(`还不能提交，有 ${links.length} 处要补`, `Not yet: ${links.length} to complete`), list: links });
    show(box, links.length);
  }
}

/** Who taps a slot too early is told what comes first, and led there. */
function first(field, words) {
  toast(words);
  one(field).focus();
}

const SLOTS = ["first", "second", "facility"];
const PATIENCE = { timeout: 10_000, maximumAge: 60_000 };
