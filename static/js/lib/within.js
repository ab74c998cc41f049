/** @param {number} wait ms @returns {AbortSignal} it ends a request that has no answer by then; browsers before Chromium 103 and Safari 16 make none themselves. The syncer knows it by this name, and then waits for none of the others */
export function within(wait) {
  if (AbortSignal.timeout) return AbortSignal.timeout(wait);
  const late = new AbortController();
  setTimeout(() => late.abort(new DOMException("no answer", "TimeoutError")), wait);
  return late.signal;
}
