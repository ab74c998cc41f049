/** The outbox: where each record is, why it waits and what to do, grouped by who must act. */

import { again, entries, exported } from "../offline/outbox.js";
import { sync, watch } from "../offline/sync.js";
import { when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { fill, icon, one, put, show } from "./fill.js";
import { STATES } from "./says.js";

const GROUPS = { yours: ["refused", "paused"], runs: ["uploading", "posting", "sealed"], received: ["received"] };

export async function begin() {
  show(one("#outbox-bar"), true);
  one("[data-do=now]").addEventListener("click", () => navigator.onLine && sync({ now: true }));
  one("[data-do=export]").addEventListener("click", async () => {
    for (const entry of await entries()) if (entry.state !== "received") await save(entry);
  });
  for (const event of ["online", "offline"]) addEventListener(event, paint);
  watch(paint);
  await paint();
}

async function paint() {
  const all = await entries();
  const waiting = all.filter(({ state }) => state !== "received");
  for (const [group, states] of Object.entries(GROUPS)) paintGroup(group, all.filter(({ state }) => states.includes(state)));
  show(one("#nothing"), !all.length);
  one("#outbox-line").textContent = waiting.length ? t(`${waiting.length} 件未传完，都存在本机`, `${waiting.length} not sent yet, all safe on this phone`) : t("都已接收", "All received");
  put(one("[data-line]"), { icon: icon(navigator.onLine ? "up" : "off"), says: navigator.onLine ? t("已联网", "On line") : t("离线", "Off line") });
  block(waiting.length);
}

/** A button that cannot act says why beside it. */
function block(waiting) {
  const why = !waiting ? t("没有要上传的。", "Nothing to send.") : !navigator.onLine ? t("现在离线，联网后自动上传。", "Off line; it goes up by itself when there is signal.") : "";
  one("#why").textContent = why;
  show(one("#why"), why);
  one("[data-do=now]").setAttribute("aria-disabled", String(Boolean(why)));
}

function paintGroup(group, inside) {
  const section = one(`[data-group=${group}]`);
  show(section, inside.length);
  put(section, { list: inside.map(card) });
  one(".cap [data-slot=count]", section).textContent = t(`${inside.length} 件`, `${inside.length}`);
}

function card(entry) {
  const state = STATES[entry.state](entry);
  const { done = 0, total = 0, bytes = 0 } = entry.photos ?? {};
  const size = total ? t(`照片 ${total} 张，${megabytes(bytes)}`, `${total} photos, ${megabytes(bytes)}`) : null;
  const piece = fill("entry", {
    title: entry.title, icon: icon(state.icon), state: state.words, why: state.why,
    line: [t("检查记录", "Visit"), when(entry.at), size].filter(Boolean).join("　"),
    progress: entry.state === "uploading" && { value: String(done), max: String(total || 1), "aria-label": state.words },
    receipt: entry.receipt && t(`回执号 ${entry.receipt.number}`, `Receipt ${entry.receipt.number}`),
    numbers: (entry.receipt?.problems ?? []).map(({ number }) => number).filter(Boolean).join("　"),
    acts: acts(entry),
  });
  one("[data-slot=tone]", piece).classList.add(state.tone);
  return piece;
}

function acts(entry) {
  if (entry.state === "received") return null;
  const backup = act("act-export", () => save(entry));
  if (entry.state === "paused") return [fill("act-sign-in"), backup];
  if (entry.state === "refused") return [act("act-again", () => again(entry.id)), backup];
  return [backup];
}

function act(template, does) {
  const button = fill(template);
  button.addEventListener("click", does);
  return button;
}

/** Hands the entry to the phone as a file that any desk can take in. */
async function save(entry) {
  const made = await exported(entry.id);
  const blob = made instanceof Blob ? made : new Blob([typeof made === "string" || made instanceof ArrayBuffer ? made : JSON.stringify(made)]);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `dugai-${entry.id}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
