/**
 * The service worker: answers GETs so that pages open without signal, and sends the outbox where the browser wakes it.
 * It never answers a POST. Its bytes change only with a page or asset that it keeps (RELEASE), and it never takes over by
 * itself: people are asked.
 */

import { countOnIcon } from "./offline/outbox.js";
import { SHELLS, assetsOf } from "./offline/pack.js";
import { isLocked, person } from "./offline/store.js";
import { sync } from "./offline/sync.js";

/* global RELEASE, SHELL */
const ICON = SHELL.find((url) => url.includes("icon-192"));
const CACHE = `dugai-shell-${RELEASE}`;
const LANGS = ["zh", "en"];
const PREFERENCES = "dugai-preferences";
const PATIENCE = 8000;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => (event.data === "take over" ? skipWaiting() : event.waitUntil(sync(event.data).then(counted))));
addEventListener("sync", (event) => event.waitUntil(sync().then(counted).then(again)));
addEventListener("push", (event) => event.waitUntil(tell(event.data)));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow("/reminders"));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(kept(url.pathname, request));
  else if (request.mode === "navigate") event.respondWith(navigate(url, request));
});

/**
 * Everything or nothing: a release that could not be fetched whole is not installed, and the old one goes on. What a cut line
 * has brought already is not fetched again.
 */
async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(SHELL.map(async (url) => (await cache.match(url)) ?? cache.add(url)));
  const pages = [...SHELLS, "/offline"].flatMap((path) => LANGS.map((lang) => `${path}?lang=${lang}`));
  for (const url of new Set([...pages, ...(await pinned())])) if (!(await cache.match(url))) await page(cache, url);
}

/** A page of this very release, whose every asset is here. */
async function page(cache, url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (!answer.ok || answer.headers.get("x-dugai-release") !== RELEASE) throw new Error(`${url} is not of this release`);
  for (const asset of assetsOf(await answer.clone().text())) if (!(await cache.match(asset))) throw new Error(`${url} names ${asset}, which this release has not`);
  await cache.put(url, answer);
}

/** The check tables that earlier releases hold: a draft may need any of them. */
async function pinned() {
  const names = (await caches.keys()).filter((name) => name.startsWith("dugai-shell-"));
  const urls = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url))));
  return urls.flat().filter(({ pathname }) => isTable(pathname)).map(({ pathname, search }) => pathname + search);
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("dugai-shell-") && name !== CACHE) await caches.delete(name);
  await clients.claim();
}

async function kept(key, request) {
  return (await caches.match(key)) ?? fetch(request);
}

/** Shells come from the cache, so they open at once and fit their assets; desk pages come from the server. */
async function navigate(url, request) {
  const lang = await chosen(url);
  if (SHELLS.includes(url.pathname) || isTable(url.pathname)) {
    const found = await (await caches.open(CACHE)).match(`${url.pathname}?lang=${lang}`);
    if (found) return found;
  }
  try {
    return await patiently(request);
  } catch {
    if (url.pathname === "/sign-in") return Response.redirect("/this-phone"); // the door without signal
    const code = /^\/f\/([^/]+)$/.exec(url.pathname)?.[1]; // scanned at the door, without signal: the phone knows it too
    if (code) return Response.redirect(`/today#find=${code}`);
    return (await caches.match(`/offline?lang=${lang}`)) ?? Response.error();
  }
}

function patiently(request) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), PATIENCE));
  return Promise.race([fetch(request), late]);
}

const isTable = (path) => /^\/visit\/[^/]+\/\d+$/.test(path);

async function chosen(url) {
  const asked = url.searchParams.get("lang");
  if (LANGS.includes(asked)) return asked;
  const said = await (await caches.match("/language", { cacheName: PREFERENCES }))?.text();
  return said === "en" ? "en" : "zh";
}

/** What the server says of reminders: how many, nothing else. The last one stands for those before it. */
function tell(data) {
  const { title = "督改", body = "" } = data?.json() ?? {};
  return registration.showNotification(title, { body, tag: "reminders", icon: ICON });
}

/** The number on the icon, also while no page is open. */
async function counted(outcome) {
  if (person() && !isLocked()) await countOnIcon();
  return outcome;
}

/** The browser tries again by itself when this fails. */
function again(outcome) {
  if (outcome === "later") throw new Error("later");
}
