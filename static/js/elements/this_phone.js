/** This phone's own page, and its door without signal: who uses it, what they gave up and what was put aside. */

import { aside, join } from "../offline/aside.js";
import { toldOthers } from "../offline/news.js";
import { forget, isLocked, person, personName } from "../offline/store.js";
import { choose, everybody, takeOff } from "../offline/this_phone.js";
import { dayOf } from "../lib/days.js";
import { t } from "../lib/words.js";
import { ask } from "./ask.js";
import { fill, one, put, show } from "./fill.js";
import { list } from "./given_up.js";
import { toast } from "./toast.js";

const HERE = "dugai-here"; // tells the server, at the next request, whose session counts on this phone
const LIFE = 400 * 24 * 3600; // seconds

export async function begin() {
  await people();
  if (!person() || isLocked()) return;
  await Promise.all([list(), stores()]);
  show(one("#remove"), true);
  one("[data-do=remove]").addEventListener("click", off);
}

async function people() {
  const known = await everybody();
  const mine = known.find(({ id }) => id === person());
  one("#whose").textContent = personName() || mine?.name || "";
  put(one("#people"), { list: [...known.map(cell), another()] });
  show(one("#unlocked"), mine?.stands === "open");
  one("#unlocked").textContent = t("您没设口令：谁拿着这部手机，都能点您的名字打开、填写和提交。和别人合用请在下面设一个。", "You have no passphrase: whoever holds this phone can tap your name and open, fill in and submit as you. If you share it, set one below.");
}

function cell({ id, name, stands }) {
  const isMine = id === person();
  const lines = { open: "", locked: t("要输口令", "asks for the passphrase"), out: t("已退出，联网登录后再用", "signed out; signs in with signal") };
  const piece = fill("person", { name: name || t("姓名未知", "Name not known"), line: lines[stands], below: lines[stands] && { class: "f1" }, tag: isMine && t("正在用", "Using it") });
  one("button", piece).addEventListener("click", () => (isMine ? location.assign("/today") : stands === "out" ? handOn() : use(id)));
  return piece;
}

/** Who was never here signs in at the door. */
function another() {
  const piece = fill("person", { name: t("其他人", "Somebody else"), line: t("第一次用这部手机，要联网登录", "signs in with signal the first time"), tag: null });
  one("button", piece).addEventListener("click", handOn);
  return piece;
}

async function use(id) {
  await choose(id);
  said(id);
  location.assign("/today");
}

async function handOn() {
  if (!navigator.onLine) return toast(t("现在离线，登录要有信号。", "Off line: signing in needs signal."));
  await forget(false);
  said("nobody");
  location.assign("/sign-in");
}

/** Told to the server by the next request, and to the other pages at once. */
function said(id) {
  document.cookie = `${HERE}=${id}; path=/; max-age=${LIFE}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  toldOthers({ state: "person" });
}

async function off() {
  const yes = await ask({
    title: t(`把${personName()}从这部手机上移除？`, `Take ${personName()} off this phone?`),
    body: t("已收到回执的记录都在服务器上。以后再用这部手机，要联网登录。", "All that was received is on the server. To use this phone again you sign in with signal."),
    yes: t("移除", "Take off"),
  });
  if (!yes) return;
  if (!(await takeOff())) return toast(t("还有没传完的、检查中的、放弃的或放到一边的记录，办完才能移除。", "Something still waits to be sent, is under way, given up or put aside: see to it first."));
  said("nobody");
  location.assign("/this-phone");
}

// What was put aside

async function stores() {
  const found = await aside();
  show(one("#aside"), found.length);
  put(one("#aside"), { count: t(`${found.length} 份`, `${found.length}`), list: found.map(store) });
}

function store({ at, since }) {
  const piece = fill("store-aside", { since: t(`${dayOf(since)} 放到一边`, `Put aside on ${dayOf(since)}`) });
  const say = (words) => put(piece, { said: words });
  one("form", piece).addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (one("[name=passphrase]", piece));
    const { opened, wait, entries, drafts, unread } = await join(at, field.value);
    if (!opened) {
      const seconds = Math.ceil(wait / 1000);
      say(t(`口令不对。请等 ${seconds} 秒再试。`, `That is not the passphrase. Wait ${seconds} s and try again.`));
      return field.focus();
    }
    if (unread) return say(t(`已并入检查中 ${drafts} 次、待上传 ${entries} 件；还有 ${unread} 条读不出来，原样留在这里。`, `Joined: ${drafts} under way, ${entries} of the outbox; ${unread} records cannot be read and stay here as they are.`));
    toast(t(`已并入：检查中和放弃的 ${drafts} 次，待上传里 ${entries} 件`, `Joined: ${drafts} under way or given up, ${entries} of the outbox`));
    await Promise.all([stores(), list()]);
  });
  return piece;
}
