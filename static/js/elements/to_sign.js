/** A notice: read, signed for with the finger, and sealed without signal; afterwards the facility's own copy. */

import { SIGN, begunOn, keep, seal, unheard } from "../offline/todo.js";
import { entries } from "../offline/outbox.js";
import { todo } from "../offline/pack.js";
import { personName } from "../offline/store.js";
import { day, dayOf } from "../lib/days.js";
import { t } from "../lib/words.js";
import { sayNotKept } from "./ailments.js";
import { fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { place } from "./says.js";
import { imageUrl } from "./shots.js";
import { signature } from "./signature.js";
import { level } from "./strips.js";

export async function begin() {
  const id = hash("notice");
  const [asked, sent, kept] = [await todo(), await entries(), await begunOn(SIGN, id)];
  const sealed = asked ? unheard(sent, id, asked.at)[0] : sent.find(({ kind, about }) => kind === SIGN && about.id === id);
  const about = asked?.notices.find((notice) => notice.id === id) ?? kept?.about ?? sealed?.about;
  if (!about) return show(one("#absent"), true);
  facts(about);
  if (about.signed || sealed) return copy(about, sealed);
  await sign(about, kept);
}

function facts(about) {
  const { number, name, bureau, issued_on, lines } = about;
  one("#notice-line").textContent = number;
  put(one("#notice"), { number, name, bureau: bureau || "—", issued: day(issued_on), count: t(`${lines.length} 条`, `${lines.length}`), lines: lines.map(cell) });
  put(one("#page"), { link: { href: `/notices/${about.id}` } });
  const online = () => show(one("#page"), navigator.onLine);
  for (const event of ["online", "offline"]) addEventListener(event, online);
  online();
  show(one("#notice"), true);
}

const cell = (line) =>
  fill("line-cell", {
    what: line.what, clause: t(line.clause.zh, line.clause.en || line.clause.zh), number: line.number, level: level(line.severity), where: place(line),
    due: t(`限 ${day(line.due_on)}`, `due ${day(line.due_on)}`), person: line.person,
  });

async function copy({ signed }, sealed) {
  const [by, on] = signed ? [signed.by, signed.on] : [personName(), dayOf(sealed.at)];
  put(one("#signed"), { by: t(`${by}已于 ${day(on)} 签收。`, `Signed by ${by} on ${day(on)}.`) });
  show(one("#signed [data-slot=outbox]"), sealed);
  const ink = sealed && (await imageUrl(sealed.photos[0]));
  show(one("#signed-ink"), ink);
  put(one("#signed-ink"), { ink: ink && { src: ink, alt: t(`${by}的签名`, `Signature of ${by}`) } });
  show(one("#signed"), true);
}

async function sign(about, kept) {
  const slot = one("#ink");
  let given = kept;
  const paint = async () => {
    const [photo] = given?.photos ?? [];
    const piece = photo
      ? fill("sign-done", { image: { src: (await imageUrl(photo)) ?? "", alt: t(`${personName()}的签名`, `Signature of ${personName()}`) }, who: personName(), at: null })
      : fill("sign-empty", { says: t(`${personName() || "您"}在此签名`, `${personName() || "You"} sign here`) });
    (piece.matches("button") ? piece : one("button", piece)).addEventListener("click", take);
    slot.replaceChildren(piece);
    one("#why").textContent = photo ? t("提交后不能再改；没有信号也能提交。", "It cannot be changed once submitted; no signal is needed.") : t("还差：您的签名。", "Still missing: your signature.");
    one("[data-do=submit]").setAttribute("aria-disabled", String(!photo));
  };
  const take = async () => {
    const photo = await signature(t(`${personName()}签收`, `${personName()} signs`), t("不便手写的，可签在纸质通知书上，由民政部门记录。", "Who cannot may sign the printed notice; the bureau notes it.")).catch(sayNotKept);
    if (photo) given = await keep(SIGN, about, { photos: [photo] }).catch(sayNotKept);
    await paint();
  };
  one("[data-do=submit]").addEventListener("click", async () => {
    if (!given?.photos?.length) return take();
    try {
      await seal(SIGN, about.id);
      location.assign("/outbox");
    } catch (refusal) {
      if (!refusal.missing) return sayNotKept(refusal);
      given = null; // it can no longer be read
      await paint();
    }
  });
  show(one("#signing"), true);
  show(one("#sign-bar"), true);
  await paint();
}
