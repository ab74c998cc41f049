/** The phone's own code on bad days: nothing lost, nothing twice, nothing stuck. SEED, PHONES and OPS repeat or enlarge it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, Time, dice } from "./bad_days.js";
import { FAULTS, Line, Server, WORST } from "./model_server.js";

const PHONES = Number(process.env.PHONES ?? 20);
const OPS = Number(process.env.OPS ?? 50);
const SEED = process.env.SEED ?? "督改";
const DRAINED = 60_000;
const ACTS = { begin: 12, answer: 16, shoot: 10, seal: 14, send: 5, flat: 6, restart: 5, swap: 3, cellar: 6, clock: 2, mend: 6, fill: 3, wipe: 0.3, close: 1 };
const WAITING = ["sealed", "uploading", "posting"];

/** One phone and the two who carry it. made: what was sealed, by visit. said: answers that were acknowledged, by draft. */
class Carrier {
  made = new Map();
  said = new Map();
  wiped = new Set();
  faults = [];
  trace = [];

  constructor(number, time, server, line) {
    Object.assign(this, { number, time, server, line });
    this.phone = new Phone(number, SEED, time, line);
    this.chance = dice(`${SEED}/acts/${number}`);
    this.phone.tell = (what) => this.tell(what);
    this.owners = this.phone.owners = [`person-${number}-a`, `person-${number}-b`];
  }

  tell(what) {
    this.trace.push(`${(this.time.now / 1000).toFixed(1)} s  phone ${this.number}  ${what}`);
  }

  pick(list) {
    return list[Math.floor(this.chance() * list.length)];
  }

  async live(count) {
    await this.signIn(this.owners[0]);
    for (let n = 0; n < count; n++) {
      await this.time.sleep(-Math.log(1 - this.chance()) * 60_000);
      let roll = this.chance() * Object.values(ACTS).reduce((sum, weight) => sum + weight, 0);
      const act = Object.keys(ACTS).find((name) => (roll -= ACTS[name]) < 0);
      this.tell(act);
      try {
        await this[act]();
      } catch (fault) {
        if (fault.name !== "AbortError") throw fault; // there was no room: the phone says so, and nothing was taken for kept
        this.tell("the phone is full");
      }
    }
  }

  async signIn(who) {
    this.line.sessions.set(this.number, who);
    await this.phone.core.store.become({ id: who, name: who });
    this.phone.online();
  }

  async draft() {
    return this.pick(await this.phone.core.drafts.drafts());
  }

  async begin() {
    const { core } = this.phone;
    const { id } = await core.drafts.start({ facility: this.pick(["home", "school", "farm"]), checklist: { key: "k", version: 1 }, parts: ["p"], kind: "routine", mode: "announced" });
    this.said.set(id, 0);
    const ink = await this.photo("image/png");
    for (const slot of ["first", "second", "facility"]) await core.drafts.sign(id, slot, { person: slot, name: slot, photo: ink });
  }

  async photo(type) {
    const size = 20 + Math.floor(this.chance() * (this.chance() < 0.1 ? 200_000 : 500));
    const { photos } = this.phone.core;
    return photos.keep(Uint8Array.from({ length: size }, () => Math.floor(this.chance() * 256)).buffer, type);
  }

  async answer() {
    const visit = await this.draft();
    if (!visit) return;
    this.check(visit);
    await this.phone.core.drafts.answer(visit.id, `S-${this.said.get(visit.id)}`, { value: "pass" });
    this.said.set(visit.id, this.said.get(visit.id) + 1);
  }

  /** Whatever was acknowledged is in the draft, whatever happened to the phone since. */
  check(visit) {
    const kept = Object.keys(visit.answers).filter((item) => item.startsWith("S-")).length;
    if (kept < this.said.get(visit.id)) this.faults.push(`an answer of ${visit.id} is gone`);
  }

  async shoot() {
    const visit = await this.draft();
    if (!visit) return;
    const { drafts } = this.phone.core;
    const photos = [await this.photo("image/jpeg")];
    await drafts.answer(visit.id, "F", { value: "fail" });
    await drafts.note(visit.id, { id: `f-${visit.id}`, item: "F", what: "示例", point: "食堂", step: "", severity: "general", party: "unit", person: "", fixed: false, due_on: null, photos, after: [] });
  }

  async seal(visit) {
    visit ??= await this.draft();
    if (!visit) return;
    this.check(visit);
    let entry;
    try {
      entry = await this.phone.core.drafts.seal(visit.id);
    } catch (fault) {
      if (fault.missing) return; // not complete: it stays a draft
      throw fault;
    }
    if (!entry) return;
    this.made.set(visit.id, { person: entry.author, payload: JSON.stringify(entry.payload), photos: entry.photos });
  }

  send = () => this.phone.core.sync.sync({ now: true });

  async flat() {
    this.phone.flat();
    await this.time.sleep(this.chance() * 600_000);
    this.phone.start();
    await this.time.sleep(1000);
  }

  async restart() {
    this.phone.flat();
    this.phone.start();
    await this.time.sleep(1000);
  }

  async swap() {
    if (!this.line.cellar.has(this.number)) await this.signIn(this.owners[this.phone.core.store.person() === this.owners[0] ? 1 : 0]);
  }

  async cellar() {
    if (this.line.cellar.delete(this.number)) return this.chance() < 0.5 ? this.phone.online() : null; // the system does not always notice
    this.line.cellar.add(this.number);
  }

  async clock() {
    this.phone.off = this.pick([0, 0, -20_000, 26_000, -1, 1, 365]) * 86400e3;
  }

  async close() {
    this.server.closed.delete("farm") || this.server.closed.add("farm");
  }

  async fill() {
    this.phone.isFull = true;
    this.time.after(this.chance() * 300_000, () => (this.phone.isFull = false));
  }

  /** Somebody sets the clock, signs in, and deals with what came back. */
  async mend() {
    this.phone.off = 0;
    if (this.line.cellar.has(this.number)) return;
    const who = this.phone.core.store.person() ?? this.owners[0];
    await this.signIn(who);
    for (const { id, state, why } of await this.phone.core.outbox.entries()) {
      if (state !== "refused") continue;
      if (!why) this.faults.push(`${id} was refused without a word`);
      else if (["visit.dates", "command.clock"].includes(why.code)) await this.phone.core.drafts.reopen(id);
      else await this.phone.core.outbox.again(id);
    }
  }

  async wipe() {
    for (const visit of this.made.keys()) if (!this.server.visits.has(visit)) this.wiped.add(visit);
    this.phone.wipe();
    await this.signIn(this.owners[0]);
  }

  /** What is left on the phone, of both who carry it. */
  async left() {
    const found = { entries: [], drafts: [] };
    const { store, outbox, drafts } = this.phone.reader();
    const open = this.phone.core.store.person();
    for (const who of this.owners) {
      await store.become({ id: who, name: who });
      found.entries.push(...(await outbox.entries()).map((entry) => ({ ...entry, who })));
      found.drafts.push(...(await drafts.drafts()));
    }
    if (open) await store.become({ id: open, name: open });
    return found;
  }
}

class Simulation {
  time = new Time();
  server = new Server(this.time);
  line = new Line(this.server, this.time);
  carriers = Array.from({ length: PHONES }, (_, number) => new Carrier(number, this.time, this.server, this.line));
  stuck = [];

  async run() {
    let lives = PHONES;
    const broken = [];
    for (const carrier of this.carriers) carrier.live(OPS).catch((fault) => broken.push(fault)).finally(() => lives--);
    while (lives) await this.time.run(this.time.now + 600_000);
    if (broken.length) throw broken[0];
    await this.lastEvening();
    await this.drain();
    for (let round = 0; round < 3; round++) await this.peopleComeBack();
    return this.judge();
  }

  async acts(act) {
    for (const carrier of this.carriers) {
      let isDone = false;
      const done = act(carrier).finally(() => (isDone = true));
      done.catch(() => {});
      while (!isDone) await this.time.run(this.time.now + 20);
      await done;
    }
  }

  /** Everybody seals one more visit, and for some minutes no answer comes through: every queue is full when the faults end. */
  async lastEvening() {
    Object.assign(this.line, { rate: 1, kinds: WORST });
    this.line.cellar.clear();
    this.server.closed.clear();
    await this.acts(async (carrier) => {
      Object.assign(carrier.phone, { off: 0, isFull: false });
      await carrier.signIn(carrier.owners[0]);
      await carrier.begin();
      await carrier.seal();
    });
    await this.time.run(this.time.now + 400_000);
  }

  /** The faults end; nobody touches a phone, and no system says that the line is back. */
  async drain() {
    this.line.rate = 0;
    const ended = this.time.now;
    for (const carrier of this.carriers) carrier.tell("the faults end");
    this.drained = 0;
    const began = this.server.receipts.size;
    let known = began;
    while (this.time.now < ended + DRAINED) {
      await this.time.run(this.time.now + 1000);
      if (this.server.receipts.size > known) this.drained = Math.round((this.time.now - ended) / 1000);
      known = this.server.receipts.size;
    }
    for (const carrier of this.carriers) {
      const open = carrier.phone.core.store.person();
      for (const { id, state, who, why, tries, next } of (await carrier.left()).entries) {
        if (who === open && WAITING.includes(state)) this.stuck.push(`${id} of phone ${carrier.number}: ${state} ${DRAINED / 1000} s after the last fault (${why}, ${tries} tries, next in ${(next - Date.parse("2026-11-23T00:30:00Z") - this.time.now) / 1000} s)`);
      }
    }
  }

  async peopleComeBack() {
    for (const owner of [0, 1]) {
      await this.acts((carrier) => carrier.signIn(carrier.owners[owner]));
      await this.time.run(this.time.now + DRAINED);
      await this.acts((carrier) => carrier.mend());
      await this.acts(async (carrier) => {
        for (const visit of await carrier.phone.core.drafts.drafts()) if (carrier.made.has(visit.id)) await carrier.seal(visit);
      });
      await this.time.run(this.time.now + DRAINED);
    }
  }

  async judge() {
    const found = { lost: [], twice: [], stuck: this.stuck, wrong: [...this.server.wrong], wiped: 0, sealed: 0 };
    for (const carrier of this.carriers) {
      const left = await carrier.left();
      const received = new Set();
      for (const { id, state, receipt, why, payload } of left.entries) {
        if (state !== "received") found.stuck.push(`${payload.id} of phone ${carrier.number}: ${state} ${why?.code ?? why}`);
        else if (this.server.receipts.get(id)?.receipt.number !== receipt.number) found.wrong.push(`${id} has a receipt that nobody gave`);
        else received.add(receipt.visit);
      }
      for (const [visit, { person, payload, photos }] of carrier.made) {
        found.sealed++;
        const taken = this.server.visits.get(visit) ?? [];
        if (taken.length > 1) found.twice.push(`${visit} of phone ${carrier.number}`);
        if (!taken.length && carrier.wiped.has(visit)) found.wiped++;
        else if (!taken.length) found.lost.push(`${visit} of phone ${carrier.number}`);
        else this.checkKept(visit, taken[0], person, payload, found);
        if (taken.length && !carrier.wiped.has(visit) && !photos.every((sha) => received.has(visit) || sha)) found.wrong.push(`${visit} has no receipt on phone ${carrier.number}`);
      }
      found.wrong.push(...carrier.faults, ...carrier.phone.faults.filter(({ name }) => name !== "AbortError").map((fault) => `phone ${carrier.number}: ${fault.stack}`));
    }
    const wrong = [...found.stuck, ...found.lost, ...found.twice, ...found.wrong].join(" ");
    found.trace = this.carriers.find(({ number }) => wrong.includes(`phone ${number}`))?.trace.slice(-40) ?? [];
    found.line = `${PHONES * OPS} operations: ${found.lost.length} lost, ${found.twice.length} twice, ${found.stuck.length} stuck, drained in ${this.drained} s, seed ${SEED}`;
    return found;
  }

  checkKept(visit, id, person, payload, found) {
    const kept = this.server.receipts.get(id);
    if (kept.author !== person) found.wrong.push(`${visit} is another's`);
    if (kept.payload !== payload) found.wrong.push(`${visit} is not what was sealed`);
  }
}

test(`${PHONES} phones, ${OPS} operations each, on bad days`, async () => {
  const simulation = new Simulation();
  const found = await simulation.run();
  console.log(`${found.sealed} visits sealed, ${found.wiped} wiped with a phone; ${found.line}`);
  assert.deepEqual([found.lost, found.twice, found.stuck, found.wrong].map((list) => list.slice(0, 5)), [[], [], [], []], [...found.trace, found.line].join("\n"));
  if (PHONES * OPS >= 1000) assert.deepEqual(FAULTS.filter((fault) => !simulation.line.met.has(fault)), [], "every kind of fault was met");
  assert.ok(simulation.drained <= DRAINED / 1000);
});
