/**
 * When the line is well again. A signal that returns says so by an event; a line that was open all along and carried
 * nothing says nothing. So it is asked, after a fault of the line and while somebody looks at the page: every two seconds
 * while the screen is touched now and then, else every ten, for the battery's sake. A page that nobody sees never asks.
 */

import { watch } from "./news.js";

const SOON = 2000;
const SELDOM = 10_000;
const TOUCHED = 60_000;

/**
 * Begins when the line has just failed.
 * @param {() => Promise<boolean>} isThere a question of no weight
 * @param {() => unknown} back called once when a line that left a question unanswered answers again: not for one that only stumbles
 */
export function keepAsking(isThere, back) {
  let line = "faulty"; // good; faulty: something was lost; silent: a question too
  let alarm = 0;
  let touched = Date.now();

  const soon = () => {
    clearTimeout(alarm);
    alarm = setTimeout(ask, Date.now() - touched < TOUCHED ? SOON : SELDOM);
  };
  const ask = async () => {
    if (document.visibilityState !== "visible" || !navigator.onLine) return;
    soon(); // a question that is lost keeps no other waiting
    const well = await isThere();
    if (line === "good") return; // an earlier question was answered meanwhile
    if (!well) return void (line = "silent");
    clearTimeout(alarm);
    if (line === "silent") back();
    line = "good";
  };
  const looked = () => {
    touched = Date.now();
    if (line === "good" || document.visibilityState !== "visible") return;
    line = "silent"; // whatever it was before nobody looked
    ask();
  };

  watch(({ state }) => {
    if (state !== "line") return;
    if (line === "good") line = "faulty";
    soon();
  });
  soon();
  document.addEventListener("visibilitychange", looked);
  addEventListener("pointerdown", () => (touched = Date.now()), { passive: true });
  navigator["connection"]?.addEventListener?.("change", looked);
  addEventListener("online", () => (line = "good")); // the syncer tries by itself then
}
