/** The outbox: where each record is, why it waits and what to do, grouped by who must act. */

import { watch } from "../offline/news.js";
import { again, entries, exported, weight } from "../offline/outbox.js";
import { home } from "../offline/pack.js";
import { sync } from "../offline/sync.js";
import { when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { handOut } from "./file.js";
import { fill, icon, one, put, show } from "./fill.js";
import { recordOf } from "./records.js";
import { STATES } from "./says.js";

const GROUPS = { yours: ["refused", "paused"], runs: ["uploading", "posting", "sealed"], desk: ["held"], received: ["received"], aside: ["aside"] };
const DONE = ["received", "aside"];

export async function begin() {
  one(".back").setAttribute("href", (await home()) || "/today");
  one("[data-do=now]").addEventListener("click", () => navigator.onLine && sync({ now: true }));
  one("[data-do=export]").addEventListener("click", async () => save((await entries()).filter(({ state }) => !DONE.includes(state)).map(({ id }) => id)));
  for (const event of ["online", "offline"]) addEventListener(event, paint);
  watch(paint);
  await paint();
}

async function paint() {
  const all = await entries();
  const waiting = all.filter(({ state }) => ![...DONE, "held"].includes(state));
  const held = all.filter(({ state }) => state === "held");
  for (const [group, states] of Object.entries(GROUPS)) await paintGroup(group, all.filter(({ state }) => states.includes(state)));
  show(one("#nothing"), !all.length);
  one("#outbox-line").textContent = waiting.length ? t(`${waiting.length} 件未传完，都存在本机`, `${waiting.length} to send, all kept here`) : held.length ? t(`${held.length} 件等督导核收`, `${held.length} with the supervisor`) : all.some(({ state }) => state === "aside") ? t("没有要上传的", "Nothing to send") : t("都已接收", "All received");
  put(one("[data-line]"), { icon: icon(navigator.onLine ? "up" : "off"), says: navigator.onLine ? t("已联网", "On line") : t("离线", "Off line") });
  show(one("#outbox-bar"), waiting.length + held.length);
  block();
}

/** A button that cannot act says why beside it. */
function block() {
  const why = !navigator.onLine ? t("现在离线，联网后自动上传。", "Off line; it goes up by itself when there is signal.") : "";
  one("#why").textContent = why;
  show(one("#why"), why);
  one("[data-do=now]").setAttribute("aria-disabled", String(Boolean(why)));
}

async function paintGroup(group, inside) {
  const section = one(`[data-group=${group}]`);
  show(section, inside.length);
  put(section, { list: await Promise.all(inside.map(card)) });
  one(".cap [data-slot=count]", section).textContent = t(`${inside.length} 件`, `${inside.length}`);
}

async function card(entry) {
  const [state, record] = [STATES[entry.state](entry), recordOf(entry)];
  const [done, total, bytes] = [entry.uploaded.length, entry.photos.length, await weight(entry)];
  const size = total ? t(`照片 ${total} 张，${megabytes(bytes)}`, `${total} ${total === 1 ? "photo" : "photos"}, ${megabytes(bytes)}`) : null;
  const piece = fill("entry", {
    title: entry.title, icon: icon(state.icon), state: state.words, why: state.why,
    line: [record.name(), when(entry.at), size].filter(Boolean).join("　"),
    progress: entry.state === "uploading" && { value: String(done), max: String(total || 1), "aria-label": state.words },
    receipt: entry.receipt ? record.receipt(entry.receipt) : null,
    numbers: record.numbers(entry),
    acts: await acts(entry),
  });
  one("[data-slot=tone]", piece).classList.add(state.tone);
  return piece;
}

/** What was received stands on the server: there it is read and, by whoever inspects there still, a visit is amended. */
async function onTheServer(entry) {
  const record = recordOf(entry);
  const path = record.address(entry.receipt ?? {});
  if (!path) return null;
  if (!navigator.onLine) return [fill("act-later", { says: record.later() })];
  const read = fill("act-read", { read: { href: path }, says: record.read() });
  return (await record.isAmendable(entry)) ? [read, fill("act-amend", { amend: { href: `${path}/amend` } })] : [read];
}

async function acts(entry) {
  if (entry.state === "received") return onTheServer(entry);
  const backup = act("act-export", () => save([entry.id]));
  if (entry.state === "paused") return [fill("act-sign-in"), backup];
  const open = act("act-mend", () => mend(entry));
  if (entry.state === "refused") return [open, act("act-again", () => again(entry.id)), backup];
  if (entry.state === "held") return [open, backup];
  return [backup];
}

function act(template, does) {
  const button = fill(template);
  button.addEventListener("click", does);
  return button;
}

/** What the server returned is under way again, with all that was noted. */
async function mend(entry) {
  const path = await recordOf(entry).reopened(entry);
  if (path) location.assign(path);
}

/** Hands what is not sent to the phone as a file that any desk can take in. */
async function save(ids) {
  (await exported(ids)).forEach(handOut);
}

const megabytes = (bytes) => `${Math.max(bytes / 1e6, 0.1).toFixed(1)} MB`;
