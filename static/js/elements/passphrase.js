/** The passphrase before what this phone keeps: asked for once a tab, set and taken off on the reader's own page. */

import { SHORTEST, hasPassphrase, lockWith, openWith, unlockForGood } from "../offline/passphrase.js";
import { isLocked, putAside } from "../offline/store.js";
import { t } from "../lib/words.js";
import { ask } from "./ask.js";
import { fill, one, show } from "./fill.js";

/** Settles once the store is open; until then nothing on the page can be done. */
export function unlocked() {
  const dialog = /** @type {HTMLDialogElement} */ (fill("locked"));
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
  one("[data-do=forgotten]", dialog).addEventListener("click", forgotten);
  return new Promise((go) => {
    one("form", dialog).addEventListener("submit", async (event) => {
      event.preventDefault();
      const { opened, wait } = await openWith(one("[name=passphrase]", dialog).value);
      if (!opened) return wrong(dialog, wait);
      dialog.remove();
      go();
    });
  });
}

function wrong(root, wait) {
  const seconds = Math.ceil(wait / 1000);
  const words = one("[data-said]", root);
  words.textContent = t(`口令不对。请等 ${seconds} 秒再试。`, `That is not the passphrase. Wait ${seconds} s and try again.`);
  show(words, true);
  one("[name=passphrase]", root).focus();
}

async function forgotten() {
  const yes = await ask({
    title: t("把打不开的记录放到一边？", "Put aside what cannot be opened?"),
    body: t("没有口令谁也打不开，其中没传的检查只能按纸质记录补录。这些数据原样留在手机里，不会删除，想起口令后可在“本机”里打开；督导会看到有几件没传。之后重新带机构和检查表，照常检查。", "Without the passphrase nobody can open it, and unsent visits in it can only be entered from paper. It stays on the phone as it is, is not deleted, and can be opened under This phone once you remember; your supervisor sees how many have not come. Then facilities and check tables are brought anew and work goes on."),
    yes: t("放到一边", "Put it aside"),
  });
  if (!yes) return;
  await putAside();
  location.assign("/today");
}

/** The settings' card: sets a passphrase, or takes it off. @param {HTMLElement} card */
export async function settings(card) {
  const form = /** @type {HTMLFormElement} */ (one("form", card));
  const paint = async () => {
    const isSet = !isLocked() && (await hasPassphrase());
    for (const [name, shown] of [["set", !isSet && !isLocked()], ["off", isSet], ["closed", isLocked()]]) show(one(`[data-when=${name}]`, card), shown);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { passphrase, again } = form.elements;
    const fault = complaint(passphrase.value, again.value);
    say(card, fault || t("正在给每条记录上锁…", "Locking every record…"));
    if (fault) return passphrase.focus();
    await lockWith(passphrase.value);
    form.reset();
    say(card, t("已上锁。关掉浏览器再打开时要输口令。", "Locked. Once the browser was closed it asks for the passphrase."));
    await paint();
  });
  one("[data-do=unlock]", card).addEventListener("click", async () => {
    await unlockForGood();
    say(card, t("已取消口令。", "The passphrase is off."));
    await paint();
  });
  await paint();
}

function complaint(passphrase, again) {
  if ([...passphrase].length < SHORTEST) return t(`口令至少 ${SHORTEST} 个字。`, `At least ${SHORTEST} characters.`);
  return passphrase === again ? "" : t("两次输入不一样。", "The two are not the same.");
}

function say(card, words) {
  one("[data-said]", card).textContent = words;
  show(one("[data-said]", card), true);
}
