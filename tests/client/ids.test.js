/** Ids made on a phone: as the server's, ordered by time, with the same short code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, sha256, shortCode } from "../../static/js/lib/ids.js";

test("an id is a UUIDv7 and later ids sort after earlier ones", () => {
  const ids = [1e12, 1.7e12, 1.8e12].map(newId);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
});

test("the short code is the server's", () => {
  assert.equal(shortCode("00000000-0000-7000-8000-000000000000"), "0000-0000");
  assert.equal(shortCode("00000000-0000-7000-8000-00ffffffffff"), "ZZZZ-ZZZZ");
});

test("a photo is named by its SHA-256", async () => {
  assert.equal(await sha256(new ArrayBuffer(0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
