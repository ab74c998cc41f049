/** A request that is never answered ends, in browsers too that cannot end it by themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "../../static/js/lib/within.js";

test("whoever waits is told when the time is over", async () => {
  await new Promise((told) => within(1).addEventListener("abort", told));
});

test("also before Chromium 103 and Safari 16", async () => {
  const { timeout } = AbortSignal;
  delete AbortSignal.timeout;
  try {
    const signal = within(1);
    assert.equal(signal.aborted, false);
    await new Promise((told) => signal.addEventListener("abort", told));
    assert.equal(signal.reason.name, "TimeoutError", "as browsers that can say it");
  } finally {
    AbortSignal.timeout = timeout;
  }
});
