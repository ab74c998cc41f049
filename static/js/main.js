/** Every page begins here: whose phone it is, what is on the page, sending, and keeping the app itself ready for no signal. */

import { begin } from "./elements/index.js";
import { door, language, look, leaving } from "./elements/settings.js";
import { newRelease } from "./elements/release.js";
import { refresh } from "./offline/pack.js";
import { keepSyncing, watch } from "./offline/sync.js";
import { open, person, recall, remember } from "./offline/store.js";

const EXPECTING = "expecting";

async function start() {
  language();
  look();
  door(() => remember(EXPECTING, true));
  leaving();
  const someone = await whose();
  await begin(someone);
  navigator.storage?.persist?.().catch(() => {});
  keepSyncing();
  watch(({ state }) => state === "sealed" && askToBeWoken());
  if ("serviceWorker" in navigator) newRelease(await navigator.serviceWorker.register("/worker.js"));
}

/** Where the browser can, it wakes the worker when signal returns, this page closed or not. */
async function askToBeWoken() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.sync?.register("outbox").catch(() => {});
}

/** Whose phone this is. Just after the door, or when nobody is known, the server says; without signal it is whoever was here last. */
async function whose() {
  const known = await open();
  const here = document.body.dataset.person;
  if (known && !(await recall(EXPECTING)) && (!here || here === known)) return known;
  if (location.pathname === "/sign-in" || location.pathname === "/activate") return known;
  const { state } = await refresh();
  if (state !== "failed") await remember(EXPECTING, false);
  return person();
}

start();
