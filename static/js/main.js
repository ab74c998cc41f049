/** Every page begins here: whose phone it is, what is on the page, sending, and keeping the app itself ready for no signal. */

import { keepsNothing, sayAilments } from "./elements/ailments.js";
import { one } from "./elements/fill.js";
import { begin } from "./elements/index.js";
import "./elements/offered.js";
import { door, language, larger, leaving, lock, look, stay } from "./elements/settings.js";
import { newRelease } from "./elements/release.js";
import { watch } from "./offline/news.js";
import { pin, refresh } from "./offline/pack.js";
import { recall, remember } from "./offline/registry.js";
import { keepSyncing } from "./offline/sync.js";
import { isLocked, open, person } from "./offline/store.js";

const EXPECTING = "expecting";

async function start() {
  language();
  look();
  larger();
  door(() => remember(EXPECTING, true));
  leaving();
  sayAilments();
  const worker = registered();
  const someone = await whose().catch(keepsNothing);
  if (someone === undefined) return;
  stay();
  if (isLocked() && !one("#locked") && one("[data-face]:not([data-anybody])")) return location.replace("/today"); // where it is opened
  if (isLocked() && one("#locked")) await (await import("./elements/passphrase.js")).unlocked();
  lock();
  await begin(someone);
  keepSyncing();
  watch(({ state }) => state === "sealed" && askToBeWoken());
  newRelease(await worker);
}

/** Without waiting for anything: the first visit of all is to leave a phone that works off line. */
const registered = () => navigator.serviceWorker?.register("/worker.js").catch(() => null);

/** Where the browser can, it wakes the worker when signal returns, this page closed or not. */
async function askToBeWoken() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.sync?.register("outbox").catch(() => {});
}

/** Whose phone this is. Just after the door, or when nobody is known, the server says; without signal it is whoever was here last. */
async function whose() {
  const [known, isExpecting] = await Promise.all([open(), recall(EXPECTING)]);
  const here = document.body.dataset.person;
  if (known && !isExpecting && (!here || here === known)) return known;
  if (["/sign-in", "/activate", "/this-phone"].includes(location.pathname)) return known;
  const { state } = await refresh();
  if (state !== "failed") await remember(EXPECTING, false);
  if (state === "ready" && !one("#ready")) pin().catch(() => {}); // a first screen shows first what has come, then does it, and says so
  return person();
}

start();
