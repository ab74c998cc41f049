/** A file for the phone to keep. */

const RELEASED = 60_000; // a phone may ask where to put it before it reads it

/** @param {{name: string, blob: Blob}} file */
export function handOut({ name, blob }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(URL.revokeObjectURL, RELEASED, link.href);
}
