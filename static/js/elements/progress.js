/** How far a visit is. The table knows how many items apply; the day's page asks what the table last said. */

const KEY = "dugai-totals";

/** Remembers how many items a draft's table shows: a count, nothing personal. */
export function remember(draftId, total) {
  const totals = read();
  totals[draftId] = total;
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(totals).slice(-50))));
}

/** @returns {{answered: number, total: number}} total is 0 until the table was opened once */
export function progressOf(draft) {
  const total = read()[draft.id] ?? 0;
  return { answered: Math.min(Object.keys(draft.answers ?? {}).length, total), total };
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
