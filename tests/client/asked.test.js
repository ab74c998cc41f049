/** The phone asks what the server expects: both are held to one file of vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asked } from "../../static/js/lib/asked.js";

const vectors = JSON.parse(readFileSync(new URL("../checklists/show_if_vectors.json", import.meta.url), "utf8"));

for (const { name, items, answers, asked: wanted } of vectors) {
  test(name, () => assert.deepEqual([...asked(items, answers)], wanted));
}
