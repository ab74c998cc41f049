/** Whoever has an iPhone or iPad is told to put the app on the home screen: what a page keeps there may go after seven days without use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isApple } from "../../static/js/lib/apple.js";

const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15";

test("an iPad is known although it says that it is a Mac", () => {
  assert.equal(isApple({ userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X)", maxTouchPoints: 5 }), true);
  assert.equal(isApple({ userAgent: MAC, maxTouchPoints: 5 }), true);
  assert.equal(isApple({ userAgent: MAC, maxTouchPoints: 0 }), false);
  assert.equal(isApple({ userAgent: "Mozilla/5.0 (Linux; Android 14)", maxTouchPoints: 5 }), false);
});
