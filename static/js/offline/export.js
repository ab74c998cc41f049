/**
 * The file for the day when a phone cannot send: encrypted to the server, signed by the device (docs/sync.md, "The export").
 * Loaded when it is asked for; one photo at a time is in memory. It imports nothing, so that it stays a piece by itself.
 */

const FORMAT = "dugai-export/2";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const MOST = 80e6; // bytes in one file: a desk takes 96 MB
const text = (said) => new TextEncoder().encode(said);

/**
 * @param {object[]} entries of the outbox @param {{device: {id: string}, sign: (message: Uint8Array) => Promise<ArrayBuffer>, server: {id: string, key: string}, photo: (name: string) => Promise<{bytes: ArrayBuffer} | null>}} how
 * @returns {Promise<Blob[]>} as many files as it takes, each with all the photos of its entries
 */
export async function sealed(entries, { photo, ...how }) {
  const files = [];
  let open = null;
  for (const { id, kind, version, at, author, payload, photos } of entries) {
    if (!open || open.bytes() > MOST) {
      if (open) files.push(await open.closed());
      open = await begun(how);
    }
    for (const name of photos) {
      const kept = open.has(name) ? null : await photo(name);
      if (kept) await open.write({ photo: name }, kept.bytes);
    }
    await open.write({ command: { id, kind, version, at, author, payload } });
  }
  if (open) files.push(await open.closed());
  return files;
}

async function begun({ device, sign, server }) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const key = base64url(await crypto.subtle.exportKey("spki", pair.publicKey));
  const cipher = await shared(pair.privateKey, key, server.key);
  const line = text(`${JSON.stringify({ format: FORMAT, server: server.id, device: device.id, key })}\n`);
  let chain = await sha256(line);
  let bytes = 0;
  const pieces = [line];
  const names = new Set();
  return {
    bytes: () => bytes,
    has: (name) => names.has(name),
    async write(said, content = new ArrayBuffer(0)) {
      if (said.photo) names.add(said.photo);
      const plain = await new Blob([text(`${JSON.stringify(said)}\n`), content]).arrayBuffer();
      const sealedRecord = await crypto.subtle.encrypt({ name: "AES-GCM", iv: numbered((pieces.length - 1) / 2) }, cipher, plain);
      chain = await sha256(joined(chain, await sha256(sealedRecord)));
      bytes += sealedRecord.byteLength;
      pieces.push(length(sealedRecord.byteLength), new Blob([sealedRecord])); // the browser may keep it on disk
    },
    async closed() {
      const signed = await sign(joined(text(`${FORMAT}\n`), chain));
      return new Blob([...pieces, length(0), signed], { type: "application/octet-stream" });
    },
  };
}

/** ECDH with the server's key, then HKDF: only the server derives the same. */
async function shared(secret, ours, theirs) {
  const server = await crypto.subtle.importKey("spki", fromBase64url(theirs), CURVE, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, secret, 256);
  const key = await crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: text(`${ours}.${theirs}`), info: text(FORMAT) };
  return crypto.subtle.deriveKey(how, key, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
}

/** The older form, of one entry, for a device that is not enrolled: plain, and taken in for its author only. */
export async function plain({ id, kind, version, at, author, payload, photos }, photo) {
  const pictures = {};
  for (const name of photos) {
    const kept = await photo(name);
    if (kept) pictures[name] = { type: kept.type, base64: base64(kept.bytes) };
  }
  return new Blob([JSON.stringify({ format: "dugai-entry/1", command: { id, kind, version, at, author, payload }, photos: pictures })], { type: "application/json" });
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

function numbered(count) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, count);
  return iv;
}

function length(count) {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, count);
  return four;
}

function joined(one, other) {
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

function base64(bytes) {
  let said = "";
  const view = new Uint8Array(bytes);
  for (let at = 0; at < view.length; at += 0x8000) said += String.fromCharCode(...view.subarray(at, at + 0x8000));
  return btoa(said);
}

const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const fromBase64url = (said) => Uint8Array.from(atob(said.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
