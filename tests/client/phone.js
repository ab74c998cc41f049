/** A phone for the tests: IndexedDB in memory, and a server behind a line that can fail. */
import { createHash } from "node:crypto";
import "fake-indexeddb/auto";

globalThis.document ??= { documentElement: { lang: "zh-CN" } };

/** A server as the wire describes it, with a switch for each thing that goes wrong. */
export class Server {
  constructor() {
    this.photos = new Map(); // sha → {size, complete}
    this.receipts = new Map();
    this.posts = 0;
    this.fault = null; // a function of (path, method) that throws or returns a Response, or null
    this.signedIn = true;
    this.devices = new Map(); // id → SPKI
    this.out = new Set(); // ids that were taken out of use
    this.pack = {};
  }

  fetch = async (path, { method = "GET", body, headers = {} } = {}) => {
    const faulty = this.fault?.(path, method);
    if (faulty instanceof Response) return faulty;
    if (path === "/devices") return this.enrol(JSON.parse(body));
    if (path === "/pack") return this.answer(this.signedIn ? 200 : 401, this.pack);
    if (!this.signedIn && !(await this.isSigned(path, method, body, headers))) return this.answer(401, { refusal: { code: "sign_in" } });
    if (path.startsWith("/photos/")) return this.photo(new URL(path, "http://phone"), method, body, headers);
    if (path === "/sync") return this.sync(JSON.parse(body));
    throw new TypeError("no such path");
  };

  enrol({ id, key }) {
    if (this.out.has(id)) return this.answer(403, { refusal: { code: "device.revoked" } });
    this.devices.set(id, key);
    return this.answer(200, { device: id });
  }

  /** As docs/sync.md says it is checked, written down here a second time. */
  async isSigned(path, method, body, headers) {
    const [, covered, id] = /^dugai=(\([^)]*\));keyid="([^"]*)";alg="ecdsa-p256-sha256"$/.exec(headers["signature-input"] ?? "") ?? [];
    if (!this.devices.has(id)) return false;
    const key = await crypto.subtle.importKey("spki", Buffer.from(this.devices.get(id), "base64url"), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    const digest = createHash("sha256").update(body instanceof Blob ? "" : (body ?? "")).digest("base64");
    const said = { "@method": method, "@path": path.split("?")[0], "@query": `?${path.split("?")[1] ?? ""}`, "content-digest": `sha-256=:${digest}:` };
    const names = [...covered.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    const base = [...names.map((name) => `"${name}": ${said[name]}`), `"@signature-params": ${headers["signature-input"].slice("dugai=".length)}`].join("\n");
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(headers.signature.slice("dugai=:".length, -1), "base64"), Buffer.from(base));
  }

  async photo(url, method, body, headers) {
    const sha = url.pathname.split("/")[2];
    const kept = this.photos.get(sha) ?? { size: 0, complete: false };
    if (method === "PUT") {
      const offset = Number(url.searchParams.get("offset"));
      if (offset > kept.size) return this.answer(409, {});
      kept.size = offset + body.size;
      kept.complete = kept.size === Number(headers["upload-length"]);
      this.photos.set(sha, kept);
    }
    return new Response(null, { headers: { "x-dugai": "1", "upload-offset": String(kept.size), "upload-complete": kept.complete ? "?1" : "?0" } });
  }

  sync({ commands: [command] }) {
    this.posts++;
    const { id } = command;
    this.receipts.set(id, this.receipts.get(id) ?? { id, number: `WZ-${this.receipts.size + 1}`, problems: [] });
    const answer = this.answer(200, { receipts: [{ id, state: "received", receipt: this.receipts.get(id) }] });
    if (this.eats) {
      this.eats--;
      throw new TypeError("Failed to fetch"); // it was heard, and the reply was lost
    }
    return answer;
  }

  /** Answers the next command otherwise than with a receipt. @param {() => object} told what is said of it, beside its id */
  answerOnce(told) {
    const plain = this.sync;
    this.sync = ({ commands: [{ id }] }) => {
      this.sync = plain;
      return this.answer(200, { receipts: [{ id, ...told() }] });
    };
  }

  answer(status, body) {
    return new Response(JSON.stringify(body), { status, headers: { "x-dugai": "1", "content-type": "application/json" } });
  }
}

/** A visit with one photo and three signatures, ready to be sealed. */
export async function readyDraft({ drafts, photos, ...chosen }) {
  const shot = await photos.keep(new Uint8Array([1, 2, 3, 4, 5]).buffer, "image/jpeg");
  const ink = await photos.keep(new Uint8Array([9, 9]).buffer, "image/png");
  const { id } = await drafts.start({ facility: "home", checklist: { key: "k", version: 1 }, parts: ["measures"], kind: "routine", mode: "announced", ...chosen });
  await drafts.answer(id, "S23-09", { value: "fail" });
  await drafts.note(id, { id: "f1", item: "S23-09", what: "生熟混放", point: "食堂", step: "", severity: "general", party: "unit", person: "", fixed: false, due_on: null, photos: [shot], after: [] });
  for (const slot of ["first", "second", "facility"]) await drafts.sign(id, slot, { person: slot, name: slot, photo: ink });
  return { id, shot, ink };
}

/** The same visit, sealed. @returns {Promise<{draft: {id: string, shot: string, ink: string}, entry: object}>} */
export async function sealedVisit({ drafts, photos }) {
  const draft = await readyDraft({ drafts, photos });
  return { draft, entry: await drafts.seal(draft.id) };
}
