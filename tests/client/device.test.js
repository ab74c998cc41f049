/** The device signs: a queue goes up without a session, as its author, and comes out as a file that only the server opens. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Server, sealedVisit } from "./phone.js";

const store = await import("../../static/js/offline/store.js");
const drafts = await import("../../static/js/offline/drafts.js");
const outbox = await import("../../static/js/offline/outbox.js");
const pack = await import("../../static/js/offline/pack.js");
const photos = await import("../../static/js/offline/photos.js");
const { sync } = await import("../../static/js/offline/sync.js");

let server;
let someone = 0;

beforeEach(async () => {
  server = new Server();
  globalThis.fetch = server.fetch;
  const person = { id: `signer-${someone++}`, name: "周敏" };
  server.pack = { person, facilities: [], checklists: [], colleagues: [], pages: [], devices: [], exports: await keyOfServer() };
  await pack.refresh();
  await pack.enrolled().catch(() => {});
});

const servers = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
const keyOfServer = async () => ({ id: "0123456789abcdef", key: Buffer.from(await crypto.subtle.exportKey("spki", servers.publicKey)).toString("base64url") });
const sealed = () => sealedVisit({ drafts, photos });
const only = async () => (await outbox.entries())[0];

test("a phone enrols with its first pack, and once", async () => {
  assert.equal(server.devices.size, 1);
  server.pack.devices = [...server.devices.keys()];
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  assert.equal(server.devices.size, 1);
  assert.equal((await store.device()).secret.extractable, false);
});

test("a queue goes up signed after the session has ended", async () => {
  await sealed();
  server.signedIn = false;
  assert.equal(await sync(), "done");
  assert.equal((await only()).state, "received");
  assert.equal(server.posts, 1);
});

test("it waits for somebody to sign in only when neither device nor session is taken", async () => {
  await sealed();
  server.signedIn = false;
  server.devices.clear();
  assert.equal(await sync(), "paused");
  assert.equal((await only()).state, "paused");
  server.signedIn = true;
  assert.equal(await sync({ now: true }), "done");
});

test("a device that the server knows no more sends with the session, and enrols again", async () => {
  await sealed();
  const [id] = server.devices.keys();
  server.devices.clear();
  assert.equal(await sync(), "done");
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  assert.deepEqual([...server.devices.keys()], [id]);
});

test("a device out of use enrols anew, with another id", async () => {
  const [id] = server.devices.keys();
  server.out.add(id);
  server.devices.clear();
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  assert.equal(server.devices.size, 1);
  assert.ok(!server.devices.has(id));
});

test("an enrolment that failed is tried with the next pack, and nothing is signed before", async () => {
  const person = { id: `signer-${someone++}`, name: "何川" };
  server.pack = { ...server.pack, person };
  server.devices.clear();
  server.fault = (path) => (path === "/devices" ? server.answer(503, {}) : null);
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  await sealed();
  server.signedIn = false;
  assert.equal(await sync(), "paused");
  server.fault = null;
  server.signedIn = true;
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  assert.equal(server.devices.size, 1);
});

test("each person on a phone has a device of their own", async () => {
  const [first] = server.devices.keys();
  server.pack = { ...server.pack, person: { id: `signer-${someone++}`, name: "何川" } };
  await pack.refresh();
  await pack.enrolled().catch(() => {});
  assert.equal(server.devices.size, 2);
  assert.notEqual((await store.device()).id, first);
});

test("the file holds every unsent entry, each photo once, and nothing that can be read", async () => {
  const entries = [(await sealed()).entry, (await sealed()).entry];
  const [{ name, blob }, ...more] = await outbox.exported(entries.map(({ id }) => id));
  assert.equal(more.length, 0);
  assert.match(name, /^dugai-\d{12}\.dugai$/);
  const bytes = Buffer.from(await blob.arrayBuffer());
  const line = bytes.subarray(0, bytes.indexOf("\n"));
  assert.equal(JSON.parse(line).server, "0123456789abcdef");
  assert.ok(!bytes.includes("inspections.submit") && !bytes.includes("周敏"));
  let records = 0;
  let at = line.length + 1;
  for (let size; (size = bytes.readUInt32BE(at)); at += 4 + size) records++;
  assert.equal(records, 4, "two photos and two commands");
  assert.equal(bytes.length - at, 4 + 64, "and the signature ends it");
});
