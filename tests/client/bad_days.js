/**
 * The phone's real core, many times over: each phone with a disk of its own, a clock of its own and a line that fails, in virtual time.
 * A battery goes flat at any await: that life never hears of anything again, the disk stays.
 */
import * as esbuild from "esbuild";
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CORE = join(process.env.DUGAI_TREE ?? join(dirname(fileURLToPath(import.meta.url)), "../.."), "static/js/offline");
const PARTS = ["store", "drafts", "outbox", "photos", "pack", "sync"];
const GIVEN = ["globalThis", "indexedDB", "fetch", "setTimeout", "clearTimeout", "setInterval", "Date", "Math", "crypto", "navigator", "document", "addEventListener", "AbortSignal", "BroadcastChannel"];
const BEGINS = Date.parse("2026-11-23T00:30:00Z");

const bundled = esbuild.buildSync({
  stdin: { contents: PARTS.map((name) => `export * as ${name} from "./${name}.js";`).join("\n"), resolveDir: CORE },
  nodePaths: [join(dirname(fileURLToPath(import.meta.url)), "../../node_modules")], bundle: true, write: false, format: "iife", globalName: "core",
}).outputFiles[0].text;
const begin = new Function(...GIVEN, `${bundled}; return core;`);

/** @returns {() => number} numbers from 0 to 1 that a seed decides (mulberry32) */
export function dice(seed) {
  let state = [...String(seed)].reduce((sum, sign) => (Math.imul(sum, 31) + sign.codePointAt(0)) >>> 0, 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Work that is under way on the real loop: time passes when there is none

let busy = 0;
const turn = globalThis.setImmediate;
globalThis.setImmediate = (act, ...rest) => {
  busy++;
  return turn(() => {
    busy--;
    act(...rest);
  });
};

/** Counts as work until the promise settles. */
export async function working(promise) {
  busy++;
  try {
    return await promise;
  } finally {
    busy--;
  }
}

async function quiet() {
  for (let still = 0; still < 4; still = busy ? 0 : still + 1) await new Promise((go) => turn(go));
}

/** Virtual milliseconds, and what is to be called when. */
export class Time {
  now = 0;
  #timers = new Map();
  #numbers = 0;

  after(wait, act) {
    const id = ++this.#numbers;
    this.#timers.set(id, { at: this.now + Math.max(0, wait), act });
    return id;
  }

  forget = (id) => this.#timers.delete(id);

  async run(until) {
    for (;;) {
      await quiet();
      let next = null;
      for (const [id, { at }] of this.#timers) if (at <= until && (!next || at < next.at)) next = { id, at };
      if (!next) break;
      const { act } = this.#timers.get(next.id);
      this.#timers.delete(next.id);
      this.now = Math.max(this.now, next.at);
      act();
    }
    this.now = until;
  }

  sleep = (wait) => new Promise((go) => this.after(wait, go));
}

const full = new Set(); // names of databases for which there is no room: it is said at the transaction's end, not at a request
const open = new WeakMap();
for (const name of ["put", "delete"]) {
  const plain = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function (...given) {
    const asked = plain.apply(this, given);
    const { transaction } = this;
    if (!full.has(transaction.db.name)) return asked;
    open.set(transaction, (open.get(transaction) ?? 0) + 1);
    asked.addEventListener("success", () => {
      open.set(transaction, open.get(transaction) - 1);
      if (!open.get(transaction)) transaction.abort();
    });
    return asked;
  };
}

/** One phone. off: milliseconds by which its clock is wrong. */
export class Phone {
  off = 0;
  faults = [];

  constructor(number, seed, time, line) {
    Object.assign(this, { number, time, line, chance: dice(`${seed}/${number}`), disk: new IDBFactory(), lives: 0 });
    this.start();
  }

  set isFull(is) {
    for (const owner of this.owners ?? []) is ? full.add(`dugai-${owner}`) : full.delete(`dugai-${owner}`);
  }

  /** The app is opened: with nothing but what is on the disk. */
  start() {
    const life = { listens: {}, turns: new Map(), isOver: false, number: ++this.lives };
    this.life = life;
    this.core = begin(...this.#world(life));
    this.core.sync.keepSyncing();
  }

  /** Somebody looks at the disk, while nothing else happens. */
  reader = () => begin(...this.#world({ listens: {}, turns: new Map(), isOver: false }));

  flat() {
    this.life.isOver = true;
  }

  wipe() {
    this.flat();
    this.disk = new IDBFactory();
    this.start();
  }

  online = () => this.life.listens.online?.forEach((hear) => hear());

  #world(life) {
    const never = new Promise(() => {});
    const alive = (promise) => working(promise).then((value) => (life.isOver ? never : value), (fault) => (life.isOver ? never : Promise.reject(fault)));
    const heard = (act) => () => life.isOver || Promise.resolve(act()).catch((fault) => this.faults.push(fault));
    const setTimeout = (act, wait = 0) => this.time.after(wait, heard(act));
    const setInterval = (act, wait) => this.time.after(wait, () => { if (!life.isOver) { heard(act)(); setInterval(act, wait); } });
    const wall = () => BEGINS + this.time.now + this.off;
    class Clock extends Date {
      constructor(...given) { super(...(given.length ? given : [wall()])); }
      static now = wall;
    }
    const subtle = new Proxy(crypto.subtle, { get: (real, name) => (...given) => (life.isOver ? never : alive(real[name](...given))) });
    const given = { subtle, getRandomValues: (bytes) => bytes.map((_, n, all) => (all[n] = Math.floor(this.chance() * 256))) && bytes };
    const signal = { timeout: (wait) => { const stop = new AbortController(); this.time.after(wait, () => stop.abort(new DOMException("too late", "TimeoutError"))); return stop.signal; } };
    const dared = Object.create(Math, Object.fromEntries([...Object.getOwnPropertyNames(Math).map((name) => [name, { value: Math[name] }]), ["random", { value: this.chance }]]));
    const listen = (name, act) => (life.listens[name] ??= []).push(heard(act));
    const page = { documentElement: { lang: "zh-CN" }, addEventListener: listen, visibilityState: "visible" };
    const navigator = { locks: { request: (...asked) => locked(life, ...asked) } };
    const fetch = (path, how = {}) => (life.isOver ? never : this.line.carry(this, path, how).then((value) => (life.isOver ? never : value), (fault) => (life.isOver ? never : Promise.reject(fault))));
    const all = { navigator, crypto: given, document: page, indexedDB: this.disk };
    return [all, this.disk, fetch, setTimeout, this.time.forget, setInterval, Clock, dared, given, navigator, page, listen, signal, undefined];
  }
}

/** Web Locks of one phone: in order, or not at all where somebody holds it and `ifAvailable` was asked. */
async function locked(life, name, ...rest) {
  const [how, act] = rest.length > 1 ? rest : [{}, rest[0]];
  const before = life.turns.get(name);
  if (before && how.ifAvailable) return act(null);
  const mine = (async () => {
    await before?.catch(() => {});
    return act({ name });
  })();
  life.turns.set(name, mine);
  try {
    return await mine;
  } finally {
    if (life.turns.get(name) === mine) life.turns.delete(name);
  }
}
