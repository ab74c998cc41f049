/** The one badge that says where my work is. It opens the outbox. */

import { watch } from "../offline/news.js";
import { countOnIcon, counts } from "../offline/outbox.js";
import { isLocked, person } from "../offline/store.js";
import { t } from "../lib/words.js";
import { all, icon, put } from "./fill.js";

export function begin() {
  watch(() => person() && !isLocked() && countOnIcon());
  if (!isLocked()) countOnIcon();
  const badges = all("[data-save]");
  if (!badges.length) return;
  const paint = async () => {
    if (!person()) return; // they have just signed out
    const told = isLocked() ? { icon: "key", over: null, says: t("已上锁", "Locked"), count: null } : tell(await counts(), navigator.onLine);
    for (const badge of badges) put(badge, { icon: icon(told.icon), over: told.over, says: told.says, count: told.count });
  };
  watch(paint);
  addEventListener("online", paint);
  addEventListener("offline", paint);
  paint();
}

/** What the badge says: who must act comes before what runs by itself. */
function tell(count, online) {
  const waiting = (count.sealed ?? 0) + (count.uploading ?? 0) + (count.posting ?? 0);
  const over = online ? null : t("离线", "Off line");
  if (count.refused) return { icon: "bang", over, says: t("需要处理", "Needs you"), count: count.refused };
  if (count.paused) return { icon: "key", over, says: t("等待登录", "Sign in to send"), count: count.paused };
  if (waiting && online) return { icon: "up", over, says: t("待上传", "To send"), count: waiting || null };
  if (count.held && !waiting) return { icon: "okc", over, says: t("待核收", "With supervisor"), count: count.held };
  return { icon: online ? "phone" : "off", over, says: t("已存手机", "Saved here"), count: waiting || null };
}
