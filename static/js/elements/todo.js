/** What is asked of a facility's contact: the most urgent first, then what waits for the bureau, whom to call, and what was signed. */

import { SIGN, actsAfter, kindOf, unheard } from "../offline/todo.js";
import { watch } from "../offline/news.js";
import { entries, underWay } from "../offline/outbox.js";
import { home, refresh, todo } from "../offline/pack.js";
import { personName } from "../offline/store.js";
import { day, dayOf, daysBetween } from "../lib/days.js";
import { t } from "../lib/words.js";
import { all, fill, one, put, show } from "./fill.js";
import { hash } from "./hash.js";
import { ready } from "./ready.js";
import { recordOf, todoUrl } from "./records.js";
import { dueIn, extensionLine, nextStep, place, stepWords, whyLine } from "./says.js";
import { level } from "./strips.js";

const NOTHING = { problems: [], notices: [], calls: [], states: {}, at: "" };

export async function begin() {
  if (!(await todo()) && (await home())) return location.replace("/today");
  deskLinks();
  await paint();
  watch(async ({ state }) => {
    if (state === "received") await refresh(); // what was done is in the next pack
    await paint();
  });
  const { offerBack } = hash("given-up") ? await import("./given_up.js") : {};
  offerBack?.(hash("given-up"));
  await ready(paint, () => t("都已带到手机上，断网可办", "All is on this phone; works off line"));
}

/** What does not work off line says so before it is tapped. */
function deskLinks() {
  const say = () => all("[data-online] p").forEach((words) => show(words, !navigator.onLine));
  addEventListener("online", say);
  addEventListener("offline", say);
  say();
}

async function paint() {
  const [asked, sent, drafts] = [(await todo()) ?? NOTHING, await entries(), await underWay()];
  const { notices, problems, at } = asked;
  const several = new Set([...problems, ...notices].map(({ facility }) => facility)).size > 1;
  const begun = new Set(drafts.map(({ kind, about }) => about && `${kind} ${about.id}`));
  const cells = [
    ...notices.filter((about) => !isSigned(about, sent, at)).map(ofNotice),
    ...problems.map((about) => ofProblem(about, unheard(sent, about.id, at), asked.states)),
  ];
  const yours = cells.filter(({ act }) => act).sort((a, b) => a.rank - b.rank || (a.due < b.due ? -1 : 1));
  const theirs = cells.filter(({ act }) => !act);
  const draw = (shown) => shown.map((one) => cell(one, begun, several));
  group("#yours", yours, draw);
  group("#theirs", theirs, draw);
  show(one("#none"), at && !cells.length);
  goOn(yours[0]);
  calls(asked.calls, problems);
  signed(notices, sent, at);
  one("#todo-line").textContent = (!several && [...problems, ...notices][0]?.name) || personName();
}

function group(selector, cells, draw) {
  const section = one(selector);
  show(section, cells.length);
  put(section, { count: t(`${cells.length} 项`, `${cells.length}`), list: draw(cells) });
}

/** Late ones first, then what is to be signed, then by day. */
const LATE = 0;
const TO_SIGN = 1;
const IN_TIME = 2;

const isSigned = (about, sent, at) => Boolean(about.signed) || unheard(sent, about.id, at).length > 0;

function ofNotice(about) {
  const due = about.lines.map(({ due_on }) => due_on).sort()[0] ?? "";
  return {
    about, due, sealed: [], rank: TO_SIGN, act: "sign", kind: SIGN, asks: stepWords("sign"),
    what: `${about.number}　${about.lines.map(({ what }) => what).join(t("；", "; "))}`, severity: about.lines[0]?.severity,
  };
}

function ofProblem(about, sealed, states) {
  const act = nextStep(actsAfter(about.acts, sealed));
  const isLate = act && about.due_on && daysBetween(dayOf(Date.now()), about.due_on) < 0;
  const state = states[about.state];
  return {
    about, sealed, act, due: about.due_on ?? "9", rank: isLate ? LATE : IN_TIME, kind: kindOf(act || "progress"),
    asks: act ? stepWords(act, about.state) : state ? t(state.zh, state.en) : "", what: about.what, spot: place(about), severity: about.severity,
  };
}

function cell({ about, act, asks, what, spot, due, kind, severity, sealed }, begun, several) {
  const days = about.due_on || act === "sign" ? daysBetween(dayOf(Date.now()), due) : null;
  const piece = fill("todo-cell", {
    link: { href: act ? todoUrl(kind, about) : `/todo/problem#problem=${about.id}` }, asks, what, spot, name: several && about.name, level: severity && level(severity),
    due: days !== null && (act ? dueIn(days) : waits(about)),
    why: act && whyLine(about), extension: extensionLine(about),
    begun: act && begun.has(`${kind} ${about.id}`) && t("写了一部分", "Begun"),
    sealed: sealed[0] && t(`${recordOf(sealed[0]).name()}已写好，${isHere(sealed[0]) ? "等上传" : "已接收"}`, `${recordOf(sealed[0]).name()}: ${isHere(sealed[0]) ? "to be sent" : "received"}`),
  });
  one("[data-slot=due]", piece).classList.toggle("late", Boolean(act) && days !== null && days < 0);
  return piece;
}

const waits = ({ state, reported_on, due_on }) => (state === "awaiting_recheck" && reported_on ? t(`${reported_on.slice(5)} 已报告`, `reported ${reported_on.slice(5)}`) : t(`时限 ${due_on.slice(5)}`, `due ${due_on.slice(5)}`));

const isHere = ({ state }) => state !== "received";

function goOn(first) {
  const bar = one("#first-bar");
  show(bar, first);
  if (!first) return;
  one("a", bar).setAttribute("href", todoUrl(first.kind, first.about));
  one("a", bar).textContent = first.rank === LATE ? t(`先办逾期的：${first.asks}`, `Late, do first: ${first.asks}`) : t(`先办：${first.asks}`, `Do first: ${first.asks}`);
}

function calls(found, problems) {
  const several = new Set(found.map(({ facility }) => facility)).size > 1;
  const named = (facility) => several && problems.find((about) => about.facility === facility)?.name;
  const cells = found.map(({ facility, name, telephone }) =>
    fill("call-cell", { link: { href: `tel:${telephone.replace(/[^+\d]/g, "")}` }, name: [name, named(facility)].filter(Boolean).join(t("　管", ", for ")), telephone }));
  one("#calls").replaceChildren(...(cells.length ? cells : [fill("no-call")]));
}

/** Copies: what stands in the pack as signed, and what this phone has sealed. */
function signed(notices, sent, at) {
  const cells = notices.filter((about) => isSigned(about, sent, at)).map((about) =>
    fill("signed-cell", { link: { href: `/todo/notice#notice=${about.id}` }, number: about.number, line: signedLine(about) }));
  one("#signed").replaceChildren(...cells);
  show(one("#signed"), cells.length);
}

const signedLine = ({ signed, issued_on }) => (signed ? t(`${day(signed.on)}　${signed.by} 签收`, `Signed by ${signed.by}, ${day(signed.on)}`) : t(`${issued_on} 下达，本机已签收`, `Issued ${issued_on}, signed on this phone`));
