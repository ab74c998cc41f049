/** Finding a facility where one stands: how far it is, in words, and what a printed code says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { far, metres } from "../../static/js/lib/distance.js";
import { printed } from "../../static/js/lib/printed.js";

globalThis.document = /** @type {any} */ ({ documentElement: { lang: "zh" } });

test("a degree along a meridian is 111.2 km, along the parallel of 60° half of that", () => {
  assert.ok(Math.abs(metres([30, 108], [31, 108]) - 111_195) < 1);
  assert.ok(Math.abs(metres([60, 108], [60, 109]) - 55_597) < 10);
  assert.equal(metres([30.80765, 108.40871], [30.80765, 108.40871]), 0);
  assert.ok(Math.abs(metres([0, 0], [0, 180]) - 20_015_115) < 10);
});

test("a metre is not lost in the sum", () => {
  assert.ok(Math.abs(metres([30.80765, 108.40871], [30.80766, 108.40871]) - 1.112) < 0.01);
});

test("distances are said no finer than a phone knows them", () => {
  const said = { 0: "约 10 米", 4: "约 10 米", 346: "约 350 米", 994: "约 990 米", 996: "1.0 公里", 1234: "1.2 公里", 9949: "9.9 公里", 9951: "10 公里", 36_400: "36 公里" };
  for (const [m, words] of Object.entries(said)) assert.equal(far(Number(m)), words);
});

test("a printed code is an address or the bare code, as typed codes are forgiven", () => {
  const [code, host] = ["7KQ20MZ8", "dugai.example.gov.cn"];
  for (const text of ["7KQ2-0MZ8", "7kq20mz8", " 7KQ2-OMZ8\n"]) assert.deepEqual(printed(text), { code, host: null });
  for (const text of [`https://${host}/f/7KQ2-0MZ8`, `HTTPS://${host.toUpperCase()}/f/7kq20mz8/`]) assert.deepEqual(printed(text), { code, host });
  assert.deepEqual(printed("http://127.0.0.1:8000/f/7KQ2-0MZ8"), { code, host: "127.0.0.1:8000" });
});

test("what is no facility's code is none", () => {
  for (const text of ["", "7KQ2", "https://dugai.example.gov.cn/", "https://dugai.example.gov.cn/facilities/7KQ2-0MZ8", "https://x/f/7KQ2", "weixin://7KQ2-0MZ8/x", "javascript:7KQ20MZ8", "https://x/y/f/7KQ2-0MZ8", "UUUUUUUU", "x".repeat(4000)])
    assert.equal(printed(text), null, text);
});
