/** A server as docs/sync.md describes it, and the line to it with all that goes wrong on real ones. It checks what it is sent. */
import { createHash } from "node:crypto";
import { working } from "./bad_days.js";

export const FAULTS = ["dropped", "refused", "delayed", "too late", "twice", "again much later", "sent in part", "answer lost", "answer cut short", "portal", "portal with JSON", "portal that forbids", "portal that finds nothing", "503", "429", "502", "earlier answer", "photos lost", "signed out"];
const HARMLESS = ["delayed", "twice", "again much later", "photos lost", "signed out", "earlier answer"];
export const WORST = FAULTS.filter((fault) => !HARMLESS.includes(fault));
const OURS = { "x-dugai": "1" };
const json = (status, body) => ({ status, headers: { ...OURS, "content-type": "application/json" }, body: JSON.stringify(body) });
const refusal = (code) => ({ code, words: { zh: code, en: code }, remedy: { zh: "", en: "" }, field: null });

export class Server {
  parts = new Map(); // person/sha → Buffer
  photos = new Map(); // person/sha, whole
  visits = new Map(); // visit → [command ids that were taken in]
  receipts = new Map(); // command → {payload, receipt, author}
  closed = new Set(); // facilities
  wrong = []; // what no phone may ever do

  constructor(time) {
    this.time = time;
  }

  /** @param {{path: string, method: string, headers: object, body: Buffer, cut: boolean}} asked @param {string} person whose session it is; "" for none */
  hears({ path, method, headers, body, cut }, person) {
    if (!person) return json(401, { refusal: refusal("sign_in") });
    const { pathname, searchParams } = new URL(path, "http://phone");
    if (pathname === "/sync") return cut ? json(422, { refusal: refusal("input.invalid") }) : this.#sync(JSON.parse(body), person);
    return this.#photo(pathname.slice(8), method, Number(searchParams.get("offset")), Number(headers["upload-length"]), body, person);
  }

  #photo(sha, method, offset, length, body, person) {
    const key = `${person}/${sha}`;
    const told = (size, complete) => ({ status: 200, headers: { ...OURS, "upload-offset": String(size), "upload-complete": complete ? "?1" : "?0" }, body: "" });
    if (this.photos.has(key)) return told(this.photos.get(key).length, true);
    let kept = this.parts.get(key) ?? Buffer.alloc(0);
    if (method === "PUT") {
      if (!(offset >= 0 && offset <= kept.length)) return json(409, { refusal: refusal("photo.offset") });
      kept = Buffer.concat([kept.subarray(0, offset), body, kept.subarray(offset + body.length)]);
      this.parts.set(key, kept);
      if (kept.length >= length) {
        this.parts.delete(key);
        if (createHash("sha256").update(kept).digest("hex") !== sha) return json(422, { refusal: refusal("photo.hash") });
        this.photos.set(key, kept);
        return told(kept.length, true);
      }
    }
    return told(kept.length, false);
  }

  #sync({ commands }, person) {
    if (commands.some(({ author }) => author !== person)) return json(403, { refusal: refusal("author.differs") }); // the session has changed hands since
    return json(200, { receipts: commands.map((command) => this.#take(command, person)) });
  }

  #take({ id, at, payload }, person) {
    const no = (code) => ({ id, state: "refused", refusal: refusal(code) });
    const known = this.receipts.get(id);
    if (known) {
      if (known.payload !== JSON.stringify(payload)) this.wrong.push(`command ${id} came with other content`);
      return known.payload === JSON.stringify(payload) ? { id, state: "received", receipt: known.receipt } : no("command.differs");
    }
    const now = Date.parse("2026-11-23T00:30:00Z") + this.time.now;
    const isOff = (instant) => Math.abs(Date.parse(instant) - now) > 400 * 86400e3 || Date.parse(instant) > now + 2 * 86400e3;
    if (isOff(at)) return no("command.clock");
    if (isOff(payload.started_at) || isOff(payload.finished_at) || payload.started_at > payload.finished_at) return no("visit.dates");
    if (this.closed.has(payload.facility)) return no("visit.closed");
    if (this.visits.has(payload.id)) return no("visit.known");
    const shown = [...payload.findings.flatMap(({ photos, after }) => [...photos, ...after]), ...Object.values(payload.signatures).map(({ photo }) => photo)].filter(Boolean);
    const absent = [...new Set(shown)].filter((sha) => !this.photos.has(`${person}/${sha}`));
    if (absent.length) return { id, state: "missing", photos: absent };
    const receipt = { id, at: new Date(now).toISOString(), visit: payload.id, number: `WZ-${this.receipts.size + 1}`, problems: [] };
    this.receipts.set(id, { payload: JSON.stringify(payload), receipt, author: person });
    this.visits.set(payload.id, [...(this.visits.get(payload.id) ?? []), id]);
    return { id, state: "received", receipt };
  }
}

/** sessions: phone → the person whose session its browser holds, "" for none. kinds: the faults that are rolled. */
export class Line {
  rate = 0.35;
  kinds = FAULTS;
  met = new Map();
  cellar = new Set();
  sessions = new Map();
  #earlier = new Map();

  constructor(server, time) {
    Object.assign(this, { server, time });
  }

  async carry(phone, path, { method = "GET", headers = {}, body, signal } = {}) {
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === "string" ? body : await working(body.arrayBuffer()));
    const owner = phone.core.store.person();
    if (path === "/sync" && JSON.parse(bytes).commands.some(({ author }) => author !== owner)) this.server.wrong.push(`a command of another's was sent from the store of ${owner}`);
    const asked = { path, method, headers, body: bytes, cut: false };
    const fault = this.cellar.has(phone.number) ? "refused" : phone.chance() < this.rate ? this.kinds[Math.floor(phone.chance() * this.kinds.length)] : "";
    this.met.set(fault, (this.met.get(fault) ?? 0) + 1);
    phone.tell?.(`${method} ${path.slice(0, 14)} ${fault}`);
    const gone = new Promise((_, no) => signal?.addEventListener("abort", () => no(signal.reason)));
    gone.catch(() => {});
    return Promise.race([gone, this.#carried(phone, asked, fault, gone)]);
  }

  async #carried(phone, asked, fault, gone) {
    const hear = (part = asked) => this.server.hears(part, this.sessions.get(phone.number) ?? "");
    const lost = () => Promise.reject(new TypeError("Failed to fetch"));
    if (fault === "refused") return lost();
    await this.time.sleep(100 + phone.chance() * 200);
    if (fault === "dropped") return gone;
    if (fault === "delayed") await this.time.sleep(1000 + phone.chance() * 25_000);
    if (fault === "again much later") this.time.after(phone.chance() * 900_000, () => hear());
    if (fault === "twice") hear();
    if (fault === "photos lost") for (const key of [...this.server.photos.keys()]) if (phone.owners.includes(key.split("/")[0])) this.server.photos.delete(key);
    if (fault === "signed out") this.sessions.set(phone.number, "");
    if (fault === "sent in part") {
      hear({ ...asked, cut: true, body: asked.body.subarray(0, Math.floor(phone.chance() * asked.body.length)) });
      return lost();
    }
    const others = { portal: [200, "<html>Welcome</html>"], "portal with JSON": [200, "{}"], "portal that forbids": [403, "<html>Forbidden</html>"], "portal that finds nothing": [404, "<html>Not Found</html>"], 502: [502, "Bad Gateway"] }[fault];
    if (others) return new Response(others[1], { status: others[0] });
    if (fault === "503" || fault === "429") return new Response("{}", { status: Number(fault), headers: { ...OURS, "retry-after": "5" } });
    if (fault === "earlier answer" && this.#earlier.has(phone.number)) return respond(this.#earlier.get(phone.number));
    const answer = hear();
    if (fault === "answer lost") return lost();
    if (fault === "too late") return gone;
    if (fault === "answer cut short") return respond({ ...answer, body: answer.body.slice(0, answer.body.length / 2) });
    this.#earlier.set(phone.number, answer);
    return respond(answer);
  }
}

const respond = ({ status, headers, body }) => new Response(body || null, { status, headers });
