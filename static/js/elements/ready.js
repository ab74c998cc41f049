/** Whether a first screen works off line: said when it is true, and worked for until then. */

import { lost } from "../offline/drafts.js";
import { enrolled, pin, readiness, refresh } from "../offline/pack.js";
import { when } from "../lib/days.js";
import { t } from "../lib/words.js";
import { note, wellAgain } from "./ailments.js";
import { icon, one, put } from "./fill.js";

const STANDS = 3000;
const FIRST_WAIT = 1500;
const LONGEST_WAIT = 60_000;

/**
 * Says "works off line" only after everything that is needed was found readable on the phone, and goes on fetching until then.
 * @param {() => Promise<unknown>} lists draws what came @param {(facilities: number) => string} words once all is here
 */
export async function ready(lists, words) {
  setTimeout(notNow, STANDS);
  await enrolled().catch(() => {}); // the facilities stand there already; but whoever reads "works off line" may leave at once
  sayReady(words, await standing());
  let fresh = await refresh();
  await lists();
  if (fresh.state === "ready") await Promise.all([enrolled().catch(() => {}), pinned()]); // enrolled anew, where it was taken out of use
  await sayLost();
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const pack = await standing();
    sayReady(words, pack, fresh);
    if (pack.ready) return;
    if (fresh.state === "signed_out") return;
    await sooner(wait);
    await workerAgain();
    if (fresh.state === "failed") fresh = await refresh();
    if (fresh.state === "ready") await pinned();
  }
}

const pinned = () => pin().catch(() => {}); // what did not come is said as lacking, and tried again
const standing = () => readiness(document.body.dataset.release);

/** After so long, or as soon as signal or the worker is there. */
function sooner(wait) {
  return new Promise((go) => {
    setTimeout(go, wait);
    addEventListener("online", go, { once: true });
    navigator.serviceWorker?.addEventListener("controllerchange", go, { once: true });
  });
}

/** A worker that could not be installed whole is tried again; what it had fetched is there still. */
async function workerAgain() {
  const workers = navigator.serviceWorker;
  const known = await workers?.getRegistration();
  if (workers && navigator.onLine && !known?.active && !known?.installing && !known?.waiting) await workers.register("/worker.js").catch(() => {});
}

/** Photos that went bad are said before anybody stands in front of somebody with a visit that cannot be sent. */
async function sayLost() {
  const gone = await lost();
  const count = gone.length;
  const open = gone.some(({ isDraft }) => isDraft);
  if (!count) return wellAgain("photos");
  const what = open ? t("打开这次检查，重拍后才能提交。", "Open that visit and take them again before it is submitted.") : t("请在待上传里导出备份，并告诉督导。", "Export a backup in the outbox and tell your supervisor.");
  note("photos", t(`手机里有 ${count} 张照片读不出来了。${what}`, `${count} photos on this phone can no longer be read. ${what}`));
}

function sayReady(words, { ready: whole, facilities: count, at, lacks }, fresh = null) {
  const line = one("#ready");
  line.classList.toggle("ok", whole);
  put(line, {
    icon: icon(whole ? "okc" : navigator.onLine ? "phone" : "off"),
    says: whole ? words(count) : notReady(lacks, fresh),
    at: whole && at && t(`${when(at)} 更新`, `as of ${when(at)}`),
  });
}

function notReady(lacks, fresh) {
  const missing = [
    lacks.pack && t("机构资料", "facilities"),
    (lacks.worker || lacks.pages || lacks.assets) && t("离线页面", "pages to work with"),
    lacks.tables && t(`检查表 ${lacks.tables} 张`, `${lacks.tables} check tables`),
  ].filter(Boolean).join(t("、", ", "));
  if (!navigator.serviceWorker) return t("这个浏览器断网后打不开本页。用的时候请一直开着本页，填的都会存下。", "This browser cannot open the page off line. Keep it open while you work; what you fill in is kept.");
  if (fresh?.state === "failed" || !navigator.onLine) return t(`还没有带齐，差${missing}。有信号时打开本页，会接着带。`, `Not all here yet: ${missing}. Open this page with signal and it goes on.`);
  return t(`正在带到手机上，还差${missing}…`, `Coming onto this phone, still missing: ${missing}…`);
}

/** Nobody's first need. */
function notNow() {
  import("./install.js").then(({ begin: install }) => install(), () => {});
  import("../offline/given_up.js").then(({ forgetOld }) => forgetOld()).catch(() => {});
}
