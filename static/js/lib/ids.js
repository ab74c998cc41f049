/** Identifiers that a phone makes by itself. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford: no I, L, O, U, so that nothing is misread

/** @returns {string} a UUIDv7 (RFC 9562), ordered by the millisecond in which it was made */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint16(0, Math.floor(now / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, now % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

/** @param {string} id @returns {string} its last 40 bits as XXXX-XXXX: what stands on paper before there is a number */
export function shortCode(id) {
  const bits = BigInt(`0x${id.replaceAll("-", "").slice(-10)}`);
  const text = Array.from({ length: 8 }, (_, i) => ALPHABET[Number((bits >> BigInt(35 - 5 * i)) & 31n)]).join("");
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/** @param {string} text as people type it: spaces, hyphens, case, O for 0, I or L for 1 are forgiven @returns {string} a short code or the better part of one, without its hyphen; "" for what is none */
export function typedCode(text) {
  const plain = text.normalize("NFKC").toUpperCase().replace(/[\s\p{Pd}_.,、，。·]/gu, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return plain.length >= 4 && plain.length <= 8 && [...plain].every((sign) => ALPHABET.includes(sign)) ? plain : "";
}

/** @param {ArrayBuffer | Uint8Array} bytes @returns {string} lower-case hexadecimal */
export const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {ArrayBuffer} bytes @returns {Promise<string>} their SHA-256 in lower-case hexadecimal */
export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
