/** The phone judges as the server does: both are held to one file of vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verdict } from "../../static/js/lib/pass_when.js";

const vectors = JSON.parse(readFileSync(new URL("../checklists/pass_when_vectors.json", import.meta.url), "utf8"));

for (const { rule, values, says } of vectors) {
  test(`${JSON.stringify(rule)} of ${JSON.stringify(values)} says ${says}`, () => assert.equal(verdict(rule, values), says));
}
