/** What the code at a facility's door says. */

import { typedCode } from "./ids.js";

const WHOLE = 8;

/**
 * @param {string} text an address that ends in /f/CODE, or the bare code
 * @returns {{code: string, host: string | null} | null} the short code without its hyphen, and the site that the address names; null for what is none
 */
export function printed(text) {
  const [, host = null, said] = /^(?:https?:\/\/([^\s/?#]+)\/f\/)?([^\s/?#]+)\/?$/i.exec(text.trim()) ?? [];
  const code = typedCode(said ?? "");
  return code.length === WHOLE ? { code, host: host?.toLowerCase() ?? null } : null;
}
