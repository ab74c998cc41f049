/** The inspector's day on the phone: what to go on with, where to begin, and whether it works off line. */

import { drafts } from "../offline/drafts.js";
import { entries } from "../offline/outbox.js";
import { assignments, facilities, facility as whichever, home } from "../offline/pack.js";
import { watch } from "../offline/news.js";
import { personName } from "../offline/store.js";
import { clockOf, day, dayOf, daysBetween } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { progressOf } from "./progress.js";
import { ready } from "./ready.js";
import { recheckCells } from "./recheck_cells.js";
import { visitUrl } from "./records.js";
import { dueIn, recently, visitLine } from "./says.js";
import { toast } from "./toast.js";

const UNDERSTOOD = "dugai-understood";

let nearby = null; // once somebody has asked how far it is

export async function begin(root) {
  if ((await home()) === "/todo") return location.replace("/todo");
  one("#today-line").textContent = [personName(), day(dayOf(Date.now()))].filter(Boolean).join("　");
  first(root);
  const find = /** @type {HTMLInputElement} */ (one("#find"));
  find.value = hash("find") ?? "";
  find.addEventListener("input", async () => {
    await list(find.value);
    find.scrollIntoView({ block: "start" }); // what is found stands below it, above the keyboard
  });
  one("[data-do=another]").addEventListener("click", () => one("#find").focus());
  one("[data-do=scan]").addEventListener("click", async () => (await fetched(() => import("./scan.js")))?.scan());
  one("[data-do=nearby]").addEventListener("click", async () => {
    nearby ??= await fetched(() => import("./nearby.js"));
    await nearby?.toggle(await facilities(""));
    await list(find.value);
  });
  deskLinks(root);
  watch(() => Promise.all([underWay(), planned(), recheckCells()]));
  await Promise.all([underWay(), planned(), recheckCells(), list(find.value)]).finally(() => root.removeAttribute("data-waits"));
  const { offerBack } = hash("given-up") ? await import("./given_up.js") : {};
  offerBack?.(hash("given-up"));
  await ready(() => Promise.all([underWay(), planned(), recheckCells(), list(find.value)]), (count) => t(`${count} 家都已带好，断网可查`, `All ${count} are on this phone; works off line`));
}

function first(root) {
  const note = one("#first", root);
  show(note, !localStorage.getItem(UNDERSTOOD));
  one("[data-do=understood]", note).addEventListener("click", () => {
    localStorage.setItem(UNDERSTOOD, "1");
    show(note, false);
  });
}

/** What does not work off line says so before it is tapped. */
function deskLinks(root) {
  const paint = () => all("[data-online] p", root).forEach((words) => show(words, !navigator.onLine));
  addEventListener("online", paint);
  addEventListener("offline", paint);
  paint();
}

async function underWay() {
  const open = (await drafts()).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
  const section = one("#drafts");
  const cells = await Promise.all(open.map(async (draft) => draftCell(draft, await whichever(draft.facility))));
  show(section, cells.length);
  put(section, { count: t(`${cells.length} 次`, `${cells.length}`), list: cells });
  goOn(open[0]);
}

function draftCell(draft, facility) {
  const { answered, total } = progressOf(draft);
  return fill("draft-cell", {
    link: { href: visitUrl(draft) },
    clock: dayOf(draft.started_at) === dayOf(Date.now()) ? clockOf(draft.started_at) : dayOf(draft.started_at).slice(5),
    name: facility?.name ?? t("名称已不在手机里", "Its name is no longer on this phone"),
    line: visitLine(draft),
    gone: (!facility || facility.isGone) && t("机构已停用或不在名下，已填的都在，可先查完", "Closed, or no longer mine; all is kept, and you can finish"),
    progress: total ? `${answered}/${total}` : null,
  });
}

function goOn(draft) {
  const bar = one("#go-on");
  show(bar, draft);
  if (!draft) return;
  const { answered, total } = progressOf(draft);
  const done = total ? ` ${answered}/${total}` : "";
  put(bar, { link: { href: visitUrl(draft) }, says: t(`继续检查${done}`, `Continue visit${done}`) });
}

/** What is handed to me and not begun: overdue and today's on top, since the pack has them by their days. */
async function planned() {
  const known = new Map((await facilities("")).map((facility) => [facility.id, facility]));
  const begun = new Set([...(await drafts()).map(({ assignment }) => assignment), ...(await entries()).map(({ payload, assignment }) => payload?.assignment ?? assignment)]);
  const cells = (await assignments()).filter(({ id }) => !begun.has(id)).map((one) => plannedCell(one, known.get(one.facility)));
  const section = one("#planned");
  show(section, cells.length);
  put(section, { count: t(`${cells.length} 次`, `${cells.length}`), list: cells });
}

function plannedCell(planned, facility) {
  const days = daysBetween(dayOf(Date.now()), planned.due_on);
  const cell = fill("planned-cell", {
    link: { href: `/visit/start#facility=${planned.facility}&assignment=${planned.id}` },
    due: planned.due_on.slice(5),
    left: dueIn(days),
    name: planned.name,
    line: visitLine(planned),
    title: planned.title,
    recent: recently(facility),
  });
  one("[data-slot=left]", cell).className = days < 0 ? "late" : days === 0 ? "wait" : "mut";
  return cell;
}

/** What is fetched when it is first asked for, from the phone or the server; null where it is not on either yet. */
const fetched = (load) => load().catch(() => toast(t("这一项还没有带到手机上，有信号时再点一次。", "This is not on the phone yet: tap again with signal.")));

async function list(query) {
  const fitting = await facilities(query);
  const found = nearby?.ordered(fitting) ?? fitting;
  one("#facilities").replaceChildren(...found.map(facilityCell));
  show(one("#none"), query && !found.length);
  if (!query) put(one("#mine"), { count: t(`${found.length} 家`, `${found.length}`) });
}

function facilityCell(facility) {
  return fill("facility-cell", {
    link: { href: `/visit/start#facility=${facility.id}` },
    name: facility.name,
    address: facility.address,
    recent: recently(facility),
    far: nearby?.away(facility),
  });
}
