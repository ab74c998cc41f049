/** The browser's own offer to install, kept until there is a reason: it comes once, early. And whether the app was installed. */

import { hasIcon } from "../offline/outbox.js";

let kept = null;
let heard = null;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  kept = event;
  heard?.();
});

/** @returns {boolean} whether this page is the app from the home screen */
export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

if (isInstalled()) hasIcon();
addEventListener("appinstalled", hasIcon);

/** @returns {any} the event, or null where none came or it was answered */
export const offered = () => kept;

/** One offer, one answer. */
export const answered = () => (kept = null);

/** @param {() => unknown} listener when it comes later */
export const whenOffered = (listener) => (heard = listener);
