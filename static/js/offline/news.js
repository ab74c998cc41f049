/** Tells every page, and this one, that something about the outbox has changed. */

const channel = globalThis.BroadcastChannel && new BroadcastChannel("dugai");
const listeners = new Set();

/** @param {(change: object) => unknown} listener */
export const watch = (listener) => listeners.add(listener);

/** @param {object} change no content: an id and a state */
export function told(change) {
  channel?.postMessage(change);
  listeners.forEach((listener) => listener(change));
}

/** Tells the other pages only: what this one did it shows already. */
export const toldOthers = (change) => channel?.postMessage(change);

channel?.addEventListener("message", ({ data }) => listeners.forEach((listener) => listener(data)));
if (channel?.unref) channel.unref(); // in Node: do not keep the process for news
