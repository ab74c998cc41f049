/** A new release waits until people let it in: a page in use is never swapped under their hands. */

import { t } from "../lib/words.js";
import { one } from "./fill.js";
import { toast } from "./toast.js";

/** @param {ServiceWorkerRegistration} registration */
export function newRelease(registration) {
  if (!registration) return; // a browser that keeps no workers
  const offer = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller || !one("#toast")) return;
    toast(t("有新版本，更新只要几秒，已填的不受影响", "A new version is here; what you filled in is safe"), () => takeOver(registration), t("更新", "Update"));
  };
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
}

function takeOver({ waiting }) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take over");
}
