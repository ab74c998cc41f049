/** A new release waits until people let it in: a page in use is never swapped under their hands. */

import { t } from "../lib/words.js";
import { note } from "./ailments.js";
import { one } from "./fill.js";
import { toast } from "./toast.js";

/** @param {ServiceWorkerRegistration | null} registration */
export function newRelease(registration) {
  if (!registration) return; // a browser that keeps no workers
  const before = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => before && letIn());
  const offer = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller || !one("#toast")) return;
    toast(t("有新版本，更新只要几秒，已填的不受影响", "A new version is here; what you filled in is safe"), () => takeOver(registration), t("更新", "Update"));
  };
  const wait = () => registration.installing?.addEventListener("statechange", offer);
  offer();
  wait(); // it may be on its way already
  registration.addEventListener("updatefound", wait);
}

/** Another tab has let the new release in: this one still works, by the old one's script. */
function letIn() {
  if (asked) location.reload();
  else note("stale", t("督改已在另一个页面更新。已填的都在，请刷新本页。", "Dugai was updated in another page. What you filled in is kept: reload this one."), t("刷新", "Reload"), () => location.reload());
}

let asked = false;

function takeOver({ waiting }) {
  asked = true;
  waiting.postMessage("take over");
}
