/** Where this phone is: asked for when somebody wants it, and never followed. */

import { t } from "../lib/words.js";

const REFUSED = 1;
const LATE = 3;

/** Metres from which on a position is said to be vague. */
export const VAGUE = 100;

/** @param {PositionOptions} [options] @returns {Promise<{lat: number, lon: number, accuracy: number}>} WGS-84, metres; fails with a GeolocationPositionError */
export const whereAmI = (options = {}) =>
  new Promise((found, fail) => {
    if (!navigator.geolocation) return fail({ code: REFUSED });
    navigator.geolocation.getCurrentPosition(({ coords }) => found({ lat: coords.latitude, lon: coords.longitude, accuracy: Math.round(coords.accuracy) }), fail, options);
  });

/** Why there is no position, and what to do. */
export function noPosition({ code }) {
  if (code === REFUSED) return t("没有允许督改用位置。到浏览器或手机的设置里允许“位置”，再点一次。", "Dugai was not allowed the position. Allow Location in the settings of the browser or phone, then tap again.");
  if (code === LATE) return t("等了很久，没有取到位置。到窗边或室外再点一次。", "No position came in time. Go to a window or outside, then tap again.");
  return t("取不到位置。打开手机的定位，到窗边或室外再点一次。", "There is no position here. Turn on Location, go to a window or outside, then tap again.");
}
