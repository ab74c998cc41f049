/** Which items are asked, by the answers before them; server/checklists/answers.py says the same. Both are held to tests/checklists/show_if_vectors.json. */

import { verdict } from "./pass_when.js";

/** @returns {"pass" | "fail" | "na" | "said" | null} how an answer stands; "said" is recorded without a judgement */
export function standing(item, answer) {
  if (!answer) return null;
  if (answer.value) return answer.value;
  if (!item.pass_when) return "said";
  const passes = verdict(item.pass_when, answer.fields);
  return passes === null ? null : passes ? "pass" : "fail";
}

/**
 * @param {{key: string, show_if?: object | null, pass_when?: object | null}[]} items in the order of the table
 * @param {Record<string, {value?: string, fields?: object}>} answers
 * @returns {Set<string>} the keys of those to ask
 */
export function asked(items, answers) {
  const values = {};
  const keys = new Set();
  for (const item of items) {
    if (item.show_if && verdict(item.show_if, values) !== true) continue;
    keys.add(item.key);
    const answer = answers[item.key];
    if (!answer) continue;
    for (const [field, value] of Object.entries(answer.fields ?? {})) values[`${item.key}.${field}`] = value;
    values[item.key] = standing(item, answer);
  }
  return keys;
}
