/** Turns a phone's notifications on and off. The browser is asked only when the button is pressed; where it cannot be, the page says why. */

import { isApple } from "../lib/apple.js";
import { t } from "../lib/words.js";
import { all, one, show } from "./fill.js";

const PATIENCE = 15_000;

/** @param {HTMLElement} card */
export async function begin(card) {
  const ask = /** @type {HTMLFormElement} */ (one("[data-push-ask]", card));
  const why = hindered();
  if (why) return says(card, why);
  const held = await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();
  const known = all("[data-push-end]", card);
  known.filter((form) => form.dataset.pushEnd === held?.endpoint).forEach((form) => form.addEventListener("submit", () => held.unsubscribe()));
  if (known.some((form) => form.dataset.pushEnd === held?.endpoint)) return;
  show(ask, true);
  one("button", ask).addEventListener("click", () => turnOn(card, ask).catch(() => says(card, t("这个浏览器连不上它的通知服务，开通不了。督改里的提醒不受影响。", "This browser cannot reach its push service. Reminders in Dugai are not affected."))));
}

/** Why it cannot be done here, or nothing. */
function hindered() {
  if (!isSecureContext || !navigator.serviceWorker) return t("这个网址不是 https，浏览器不给通知。", "Browsers give notifications over https only.");
  if (!globalThis.PushManager) return isApple() ? t("先把督改添加到主屏幕，从主屏幕打开后再来开通。", "Add Dugai to the home screen first, and open it from there.") : t("这个浏览器不支持通知，可换用 Chrome、Edge 或 Firefox。", "This browser has no notifications; Chrome, Edge and Firefox have.");
  if (Notification.permission === "denied") return t("这台设备上不许督改发通知。要开通，请到浏览器的网站设置里允许。", "Notifications from Dugai are blocked on this device: allow them in the browser's site settings.");
  return "";
}

async function turnOn(card, form) {
  if ((await Notification.requestPermission()) !== "granted") return says(card, hindered() || t("没有开通。想好了再点一次。", "Not turned on. Press again when you like."));
  const { pushManager } = await navigator.serviceWorker.ready;
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), PATIENCE));
  await (await pushManager.getSubscription())?.unsubscribe(); // it may be under another key
  const asked = await Promise.race([pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: card.dataset.key }), late]);
  const { endpoint, keys } = asked.toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys })) if (form.elements[name]) form.elements[name].value = value;
  form.submit();
}

function says(card, words) {
  const line = one("[data-push-says]", card);
  one("span", line).textContent = words;
  show(line, true);
}
