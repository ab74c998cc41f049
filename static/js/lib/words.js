/** Words in the two languages of the product, side by side so that neither can be forgotten. */

/** @returns {"zh" | "en"} the page's language; the worker, which has no page, speaks Chinese */
export const lang = () => (globalThis.document?.documentElement.lang.startsWith("en") ? "en" : "zh");

/** @param {string} zh @param {string} en @returns {string} */
export const t = (zh, en) => (lang() === "en" ? en : zh);
