/** The code at a facility's door, read by the camera, with signal or without. No picture is kept. */

import decode from "qr/decode.js";
import { shortCode } from "../lib/ids.js";
import { printed } from "../lib/printed.js";
import { t } from "../lib/words.js";
import { facilities } from "../offline/pack.js";
import { one, show } from "./fill.js";

const SIDE = 720; // of the square that is looked at: a code fills a few hundred points of it
const PAUSE = 120;
const LONG = 10_000;
const DARK = 40; // of 255
const CAMERA = { audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 1280 } } };

/** Opens the sheet, and leaves for the facility once its code is seen. */
export async function scan() {
  const sheet = /** @type {HTMLDialogElement} */ (one("#scan"));
  one("[data-do=close]", sheet).onclick = () => sheet.close();
  one("[data-do=type]", sheet).onclick = () => {
    sheet.close();
    one("#find").focus();
  };
  show(one("video", sheet), true);
  show(one("[data-do=light]", sheet), false);
  say(t("请允许督改使用相机。画面只在手机里识别，不拍照，不上传。", "Please allow Dugai the camera. The picture is read on this phone; nothing is taken or sent."));
  sheet.showModal();
  try {
    await watch(sheet, await navigator.mediaDevices.getUserMedia(CAMERA));
  } catch (error) {
    show(one("video", sheet), false);
    say(noCamera(error));
  }
}

/** Looks until the sheet is closed; then, and when the page is left, the camera goes off. */
async function watch(sheet, stream) {
  const off = () => stream.getTracks().forEach((track) => track.stop());
  if (!sheet.open) return off();
  const away = () => document.visibilityState === "hidden" && sheet.close();
  document.addEventListener("visibilitychange", away);
  sheet.addEventListener("close", () => (off(), document.removeEventListener("visibilitychange", away)), { once: true });
  const video = /** @type {HTMLVideoElement} */ (one("video", sheet));
  video.srcObject = stream;
  await video.play();
  light(sheet, stream.getVideoTracks()[0]);
  const find = await reader();
  const look = sight(video);
  const began = Date.now();
  for (let said = ""; sheet.open; await new Promise((go) => setTimeout(go, PAUSE))) {
    const image = look();
    const text = image && (await find(image));
    if (text) said = await lead(text);
    say(said || hint(image, Date.now() - began));
  }
}

/** The middle square of what the camera sees, as the sheet shows it. @returns {() => ImageData | null} */
function sight(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  return () => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (!side) return null;
    ink.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, SIDE, SIDE);
    return ink.getImageData(0, 0, SIDE, SIDE);
  };
}

/** The browser's own reader where it has one that works; many phones name it and have none behind it. @returns {Promise<(image: ImageData) => Promise<string | null>>} */
async function reader() {
  const ours = async (image) => {
    try {
      return decode(image);
    } catch {
      return null; // no code in sight
    }
  };
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (!formats?.includes("qr_code")) return ours;
  const native = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
  return async (image) => native.detect(image).then(([found]) => found?.rawValue ?? null, () => ours(image));
}

/** Goes to the facility; else says why not. */
async function lead(text) {
  const read = printed(text);
  if (!read) return t("这不是机构码。请扫贴在机构门口的码。", "This is no facility code. Scan the one at the facility's door.");
  const known = (await facilities(read.code)).find(({ id }) => shortCode(id).replace("-", "") === read.code);
  if (known) return leave(`/visit/start#facility=${known.id}`);
  if (read.host && read.host !== location.host) return t(`这是另一个网站（${read.host}）的码，这里打不开。`, `This code is of another site (${read.host}) and opens nothing here.`);
  if (navigator.onLine) return leave(`/f/${read.code}`); // perhaps the desk's: the server says
  return t("这家机构不在手机里。有信号时再扫。", "This facility is not on this phone. Scan again with signal.");
}

function leave(address) {
  /** @type {HTMLDialogElement} */ (one("#scan")).close();
  location.assign(address);
  return "";
}

function hint(image, waited) {
  if (image && brightness(image) < DARK) return t("太暗，认不出。靠近亮处，或打开灯。", "Too dark to read. Move to the light, or turn one on.");
  if (waited > LONG) return t("还没有认出来。擦擦镜头，离远一点，让整个码都在画面里；码破了，就输入码下面的短码。", "Nothing read yet. Wipe the lens, step back, get the whole code into the picture; if it is torn, type the short code below it.");
  return t("把机构码放进画面，没有信号也能扫。画面只在手机里识别，不拍照，不上传。", "Bring the facility's code into the picture; works without signal. It is read on this phone; nothing is taken or sent.");
}

/** @returns {number} 0 to 255, from some hundred points */
function brightness({ data }) {
  const step = 4 * 5003; // no divisor of a row
  let sum = 0;
  for (let i = 0; i < data.length; i += step) sum += data[i] * 0.3 + data[i + 1] * 0.6 + data[i + 2] * 0.1;
  return sum / Math.ceil(data.length / step);
}

/** The phone's lamp, where the camera has one. */
function light(sheet, track) {
  const button = one("[data-do=light]", sheet);
  show(button, track.getCapabilities?.().torch);
  button.setAttribute("aria-pressed", "false");
  button.onclick = async () => {
    const torch = button.getAttribute("aria-pressed") !== "true";
    await track.applyConstraints({ advanced: [{ torch }] }).then(() => button.setAttribute("aria-pressed", String(torch)), () => show(button, false));
  };
}

function noCamera({ name }) {
  const type = t("也可以输入码下面的短码。", " Or type the short code below it.");
  if (!navigator.mediaDevices) return t("这个浏览器里用不了相机。请用手机自带的浏览器打开督改。", "This browser gives no camera. Open Dugai in the phone's own browser.") + type;
  if (name === "NotAllowedError") return t("没有允许督改用相机。到浏览器或手机的设置里允许“相机”，再点“扫码”。", "Dugai was not allowed the camera. Allow Camera in the settings of the browser or phone, then tap Scan again.") + type;
  if (name === "NotFoundError") return t("这台设备没有相机。请输入码下面的短码。", "This device has no camera. Type the short code below it.");
  return t("相机打不开，可能正被别的应用占用。关掉别的应用，再点“扫码”。", "The camera does not open; another app may hold it. Close that, then tap Scan again.") + type;
}

function say(words) {
  const line = one("#scan [role=status]");
  if (line.textContent !== words) line.textContent = words; // said once, not at every look
}
