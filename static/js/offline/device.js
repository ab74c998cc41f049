/** The device signs what it hands in (RFC 9421, docs/sync.md): its key never leaves the browser, and opens no page. */

import { device } from "./store.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Headers that sign a request; none where the device is not enrolled. @param {{method: string, body?: any}} how body: a text, of POST only */
export async function signature(path, { method, body }) {
  const mine = await device().catch(() => null);
  if (!mine?.enrolled) return null;
  const [route, query = ""] = path.split("?");
  const digest = method === "POST" ? `sha-256=:${base64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)))}:` : "";
  const params = `("@method" "@path" "@query"${digest && ' "content-digest"'});keyid="${mine.id}";alg="ecdsa-p256-sha256"`;
  const lines = [`"@method": ${method}`, `"@path": ${route}`, `"@query": ?${query}`, ...(digest ? [`"content-digest": ${digest}`] : []), `"@signature-params": ${params}`];
  const signed = base64(await signedBy(mine, new TextEncoder().encode(lines.join("\n"))));
  return { "signature-input": `dugai=${params}`, signature: `dugai=:${signed}:`, ...(digest ? { "content-digest": digest } : {}) };
}

/** @returns {Promise<ArrayBuffer>} r and s, 32 bytes each */
export const signedBy = ({ secret }, message) => crypto.subtle.sign(ECDSA, secret, message);

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
