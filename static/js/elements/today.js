/** The inspector's day on the phone: what to go on with, where to begin, and whether it works off line. */

import { drafts } from "../offline/drafts.js";
import { facilities, readiness, refresh } from "../offline/pack.js";
import { watch } from "../offline/sync.js";
import { clockOf, day, dayOf, daysBetween, when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, icon, one, put, show } from "./fill.js";
import { progressOf } from "./progress.js";
import { visitLine } from "./says.js";

const UNDERSTOOD = "dugai-understood";
const RECENT_DAYS = 7;

export async function begin(root) {
  one("#today-line").textContent = day(dayOf(Date.now()));
  first(root);
  one("#find").addEventListener("input", ({ target }) => list(/** @type {HTMLInputElement} */ (target).value));
  one("[data-do=another]").addEventListener("click", () => one("#find").focus());
  deskLinks(root);
  watch(() => underWay());
  await Promise.all([underWay(), list("")]);
  await ready();
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
  const known = new Map((await facilities("")).map((facility) => [facility.id, facility]));
  const section = one("#drafts");
  const cells = open.map((draft) => draftCell(draft, known.get(draft.facility)));
  show(section, cells.length);
  put(section, { count: t(`${cells.length} 家`, `${cells.length}`), list: cells });
  goOn(open[0]);
}

function draftCell(draft, facility) {
  const { answered, total } = progressOf(draft);
  return fill("draft-cell", {
    link: { href: visitUrl(draft) },
    clock: dayOf(draft.started_at) === dayOf(Date.now()) ? clockOf(draft.started_at) : dayOf(draft.started_at).slice(5),
    name: facility?.name ?? t("机构已不在名下", "No longer among my facilities"),
    line: visitLine(draft),
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

async function list(query) {
  const found = await facilities(query);
  one("#facilities").replaceChildren(...found.map(facilityCell));
  show(one("#none"), query && !found.length);
  if (!query) put(one("#mine"), { count: t(`${found.length} 家`, `${found.length}`) });
}

function facilityCell(facility) {
  const days = facility.recent ? daysBetween(facility.recent, dayOf(Date.now())) : Infinity;
  return fill("facility-cell", {
    link: { href: `/visit/start#facility=${facility.id}` },
    name: facility.name,
    address: facility.address,
    recent: days <= RECENT_DAYS && t(`${facility.recent.slice(5)} 刚查过`, `Visited ${facility.recent.slice(5)}`),
  });
}

/** Says "works off line" only after everything the pack names was found readable on the phone. */
async function ready() {
  sayReady(await readiness());
  const fresh = await refresh();
  await list(/** @type {HTMLInputElement} */ (one("#find")).value);
  sayReady(await readiness(), fresh);
}

function sayReady(pack, fresh = null) {
  const line = one("#ready");
  const count = pack.facilities?.length ?? pack.facilities ?? 0;
  const whole = pack.state === "ready" || pack.state === "kept" || pack.ready === true;
  line.classList.toggle("ok", whole);
  put(line, {
    icon: icon(whole ? "okc" : navigator.onLine ? "phone" : "off"),
    says: whole ? t(`${count} 家都已带好，断网可查`, `All ${count} are on this phone; works off line`) : notReady(pack, fresh),
    at: whole && pack.at && t(`${when(pack.at)} 更新`, `as of ${when(pack.at)}`),
  });
}

function notReady(pack, fresh) {
  if (fresh?.state === "failed" || !navigator.onLine) return t("还没有带齐。有信号时打开本页，会接着带。", "Not all here yet. Open this page with signal and it goes on.");
  const missing = pack.missing?.length ?? pack.missing ?? 0;
  return missing ? t(`还差 ${missing} 件，正在带…`, `${missing} still to come…`) : t("正在把机构和检查表带到手机上…", "Bringing facilities and check tables onto this phone…");
}

/** Where a draft is gone on with. */
export const visitUrl = (draft) => `/visit/${draft.checklist.key}/${draft.checklist.version}#draft=${draft.id}`;
