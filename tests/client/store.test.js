/** The store's registry holds nobody's name, and takes back the one that an earlier release left there. */
import "./phone.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDB } from "idb";
import { become, open, person, personName } from "../../static/js/offline/store.js";

test("a name that an earlier release left open is taken out of the registry and still known", async () => {
  await become({ id: "inspector", name: "" });
  const registry = await openDB("dugai", 1);
  await registry.put("facts", { id: "inspector", name: "周敏" }, "person");
  assert.equal(await open(), "inspector");
  assert.equal(personName(), "周敏");
  assert.deepEqual(await registry.get("facts", "person"), { id: "inspector" });
  registry.close();
});

test("whoever comes back to their store is known by name without signal", async () => {
  await become({ id: "first", name: "周敏" });
  await become({ id: "second", name: "何川" });
  const registry = await openDB("dugai", 1);
  await registry.put("facts", { id: "first" }, "person");
  assert.equal(await open(), "first");
  assert.equal(person(), "first");
  assert.equal(personName(), "周敏");
  registry.close();
});
