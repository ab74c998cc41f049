/** How far it is from here to there, as the crow flies. */

import { t } from "./words.js";

const EARTH = 6_371_008.8; // mean radius in metres

/** @typedef {[number, number]} Position latitude and longitude in degrees of WGS-84 */

/** @param {Position} here @param {Position} there @returns {number} metres along a great circle */
export function metres([lat, lon], [toLat, toLon]) {
  const half = (degrees) => Math.sin((degrees * Math.PI) / 360) ** 2;
  const chord = half(toLat - lat) + Math.cos((lat * Math.PI) / 180) * Math.cos((toLat * Math.PI) / 180) * half(toLon - lon);
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** @param {number} metres @returns {string} "约 350 米", "1.2 公里", "36 公里": no finer than a phone knows where it is */
export function far(metres) {
  const tens = Math.max(10, Math.round(metres / 10) * 10);
  if (tens < 1000) return t(`约 ${tens} 米`, `about ${tens} m`);
  const km = metres / 1000;
  const said = km < 9.95 ? km.toFixed(1) : km.toFixed(0);
  return t(`${said} 公里`, `${said} km`);
}
