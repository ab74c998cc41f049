/** The few choices that are this device's own, and leaving it. */

import { counts } from "../offline/outbox.js";
import { told, watch } from "../offline/news.js";
import { recall } from "../offline/registry.js";
import { forget, person, shut } from "../offline/store.js";
import { lang } from "../lib/words.js";
import { all, one } from "./fill.js";

const PREFERENCES = "dugai-preferences";

/** Tells the worker, which sees no page, in which language to open. */
export async function language() {
  if (globalThis.caches) await (await caches.open(PREFERENCES)).put("/language", new Response(lang()));
}

/** Light, dark or outdoor: for this device. */
export function look() {
  const field = one("[data-look]");
  if (!field) return;
  const current = localStorage.getItem("dugai-theme") ?? "";
  for (const radio of all("[name=theme]", field)) {
    radio.checked = radio.value === current;
    radio.addEventListener("change", () => {
      localStorage.setItem("dugai-theme", radio.value);
      if (radio.value) document.documentElement.dataset.theme = radio.value;
      else delete document.documentElement.dataset.theme;
    });
  }
}

/** Larger text, for this device: every page begins with it, without signal too. */
export function larger() {
  const root = document.documentElement;
  for (const button of all("[data-larger]")) {
    const say = () => button.setAttribute("aria-pressed", String(root.dataset.text === "large"));
    button.addEventListener("click", () => {
      if (root.dataset.text) delete root.dataset.text;
      else root.dataset.text = "large";
      localStorage.setItem("dugai-text", root.dataset.text ?? "");
      say();
    });
    say();
  }
}

/** At the door somebody may come in who is not who was here last. */
export function door(expect) {
  for (const form of all("form[action^='/sign-in'], form[action='/activate']")) form.addEventListener("submit", () => expect());
}

/** Signing out says when something is not sent yet; the phone then belongs to nobody until somebody signs in. */
export function leaving() {
  const form = /** @type {HTMLFormElement} */ (one("form[data-leave]"));
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { received = 0, ...waiting } = person() ? await counts() : {};
    if (Object.keys(waiting).length && !confirm(form.dataset.warn)) return;
    await forget();
    told({ state: "person" });
    form.submit();
  });
}

/** A page that was opened for somebody else than uses the phone now opens anew: what it showed and wrote was theirs. */
export function stay() {
  watch(async ({ state }) => {
    if (state !== "person" || !person() || (await recall("person"))?.id === person()) return;
    shut();
    location.reload();
  });
}

/** The passphrase's card, once there is a store to lock. */
export async function lock() {
  const card = one("[data-lock]");
  if (!card || !person()) return;
  card.hidden = false;
  await (await import("./passphrase.js")).settings(card);
}
