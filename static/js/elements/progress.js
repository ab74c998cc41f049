/** How far a visit is, as its table said last. */

/** @returns {{answered: number, total: number}} total is 0 until the table was opened once */
export function progressOf({ stands = {} }) {
  const every = Object.values(stands);
  return { answered: every.filter(Boolean).length, total: every.length };
}
