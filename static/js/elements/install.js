/** Asks to be installed, with its reason, and to be kept: once there is something to keep, and never twice in a month. */

import { counts } from "../offline/outbox.js";
import { drafts } from "../offline/drafts.js";
import { isLocked, person } from "../offline/store.js";
import { isApple } from "../lib/apple.js";
import { t } from "../lib/words.js";
import { watch } from "../offline/news.js";
import { one, show } from "./fill.js";
import { answered, isInstalled, offered, whenOffered } from "./offered.js";

const FIRST_DAY = "dugai-first-day";
const PUT_OFF = "dugai-install-after";
const REST = 30 * 24 * 3600e3;
const PATIENCE = 4000; // persist() may never answer

/** On Today, from now on. */
export function begin() {
  whenOffered(offer);
  addEventListener("appinstalled", () => show(one("#install"), false));
  watch(({ state }) => state === "received" && offer());
  offer();
  sayKept();
}

/** On Today: offers it once the first visit was received, or on the second day. */
async function offer() {
  const box = one("#install");
  if (!box || !person() || isLocked()) return;
  const day = new Date().toDateString();
  if (!localStorage.getItem(FIRST_DAY)) localStorage.setItem(FIRST_DAY, day);
  const known = (await counts()).received || localStorage.getItem(FIRST_DAY) !== day;
  const isDue = Date.now() > Number(localStorage.getItem(PUT_OFF) ?? 0);
  show(box, known && isDue && !isInstalled() && (offered() || isApple()));
  show(one("[data-do=install]", box), offered());
  show(one("#install-apple"), !offered());
  one("[data-do=install]", box).onclick = install;
  one("[data-do=later]", box).onclick = putOff;
}

async function install() {
  const asked = offered();
  answered();
  asked.prompt();
  const { outcome } = await asked.userChoice;
  if (outcome === "dismissed") putOff();
  else show(one("#install"), false);
}

function putOff() {
  localStorage.setItem(PUT_OFF, String(Date.now() + REST));
  show(one("#install"), false);
}

/** Firefox has people decide, in a box of its own: it is asked only by whoever has read why. */
const asksPeople = () => /Firefox\//.test(navigator.userAgent);

/** Asks that what is kept stays. @returns {Promise<boolean | null>} null where the browser does not say */
async function persisted() {
  const storage = navigator.storage;
  if (!storage?.persist) return null;
  const late = new Promise((go) => setTimeout(go, PATIENCE, null));
  const asked = async () => (await storage.persisted()) || (!asksPeople() && storage.persist());
  return Promise.race([asked().catch(() => null), late]);
}

/** Says that the browser may clear the store, while something in it has gone nowhere yet. */
async function sayKept() {
  const isKept = await persisted();
  const { received = 0, ...waiting } = await counts();
  const unsent = Object.values(waiting).reduce((sum, count) => sum + count, 0) + (await drafts()).length;
  const box = one("#may-clear");
  const keep = one("[data-do=keep]", box);
  show(box, isKept === false && unsent);
  show(keep.parentElement, asksPeople());
  keep.onclick = () => navigator.storage.persist().then(sayKept, () => {});
  one("[data-slot=says]", box).textContent = t(`手机空间紧张时，浏览器可能清除这里的数据。还有 ${unsent} 件没有传完，请尽快联网上传${isInstalled() ? "" : "，或把督改装到桌面"}。`, `When space runs short the browser may clear what is kept here, and ${unsent} not sent yet: go on line soon${isInstalled() ? "" : ", or install Dugai"}.`);
}
