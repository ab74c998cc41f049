/** What ails the store of this phone, told to this page: whoever shows it finds the words. */

const listeners = new Set();
const known = new Set();

/**
 * @typedef {"full" | "stale" | "blocked" | "damaged" | "locked"} Ailment no room; a newer release has changed the store; an older
 * page holds it; records cannot be read; a passphrase stands before it
 * @param {(ailment: Ailment) => unknown} listener also told of what was known before it came
 */
export function ails(listener) {
  listeners.add(listener);
  known.forEach((ailment) => listener(ailment));
}

/** @param {Ailment} ailment */
export function ailing(ailment) {
  known.add(ailment);
  listeners.forEach((listener) => listener(ailment));
}
