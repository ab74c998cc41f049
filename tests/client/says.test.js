/** What the phone's faces say of an entry. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { STATES } from "../../static/js/elements/says.js";

globalThis.document = /** @type {any} */ ({ documentElement: { lang: "zh" } });
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });

test("an upload says how many of its photos are up", () => {
  const { words } = STATES.uploading({ photos: ["a", "b", "c"], uploaded: ["a"] });
  assert.equal(words, "上传 1/3");
});
