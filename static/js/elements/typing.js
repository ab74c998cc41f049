/** Keeps what is typed or dictated while it comes in: a battery that dies takes half a second of it at most. No field is ever written to here. */

const PAUSE = 400; // ms

/**
 * @param {HTMLElement} root whose text fields are watched @param {() => unknown} keep
 * @returns {() => void} forgets what is not kept yet: whoever leaves a sheet without noting wants none of it
 */
export function whileTyping(root, keep) {
  let timer = 0;
  const forget = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const now = () => {
    if (!timer) return;
    forget();
    keep();
  };
  root.addEventListener("input", ({ target }) => {
    if (!/** @type {Element} */ (target).matches("textarea, input:not([type=radio], [type=checkbox], [type=file])")) return;
    clearTimeout(timer);
    timer = setTimeout(now, PAUSE);
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && now());
  addEventListener("pagehide", now);
  return forget;
}
