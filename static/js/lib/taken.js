/** When a JPEG says it was taken, read from its EXIF before any canvas drops it. Pure: bytes in, text out. */

const EXIF_SEGMENT = 0xffe1;
const EXIF_POINTER = 0x8769;
const TAKEN = [0x9003, 0x0132]; // DateTimeOriginal, then DateTime

/**
 * @param {ArrayBuffer} bytes the beginning of a file, 128 KB are enough
 * @returns {string | null} device time as "2026-11-23 14:05", or null when the file does not say
 */
export function takenAt(bytes) {
  try {
    const tiff = exif(new DataView(bytes));
    return tiff && said(tiff);
  } catch {
    return null; // a broken header is a photo without a time, not an error
  }
}

function exif(view) {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === EXIF_SEGMENT && view.getUint32(at + 4) === 0x45786966) {
      return new DataView(view.buffer, view.byteOffset + at + 10);
    }
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda) return null;
  }
  return null;
}

function said(tiff) {
  const little = tiff.getUint16(0) === 0x4949;
  const first = entries(tiff, tiff.getUint32(4, little), little);
  const pointer = first.get(EXIF_POINTER);
  const deeper = pointer ? entries(tiff, tiff.getUint32(pointer + 8, little), little) : new Map();
  for (const tag of TAKEN) {
    const entry = deeper.get(tag) ?? first.get(tag);
    const text = entry && ascii(tiff, tiff.getUint32(entry + 8, little), 19);
    const parts = text && /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d)/.exec(text);
    if (parts) return `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}`;
  }
  return null;
}

function entries(tiff, at, little) {
  const found = new Map();
  const count = tiff.getUint16(at, little);
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + i * 12;
    found.set(tiff.getUint16(entry, little), entry);
  }
  return found;
}

function ascii(tiff, at, length) {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(tiff.getUint8(at + i));
  return text;
}
