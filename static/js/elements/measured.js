/** Items that are counted or dated: reading their inputs, putting them back, and saying the verdict in words. */

import { standing } from "../lib/asked.js";
import { t } from "../lib/words.js";
import { all, one } from "./fill.js";

/** @returns {{value: "na"} | {fields: Record<string, unknown>} | null} the answer the inputs give; null when all are empty */
export function read(element) {
  if (/** @type {HTMLInputElement} */ (one("[data-na]", element)).checked) return { value: "na" };
  const fields = {};
  for (const field of all("[data-field]", element)) {
    const value = READ[field.dataset.kind]?.(field) ?? READ.text(field);
    if (value !== null) fields[field.dataset.field] = value;
  }
  return Object.keys(fields).length ? { fields } : null;
}

/** Puts a stored answer back into the inputs. */
export function write(element, answer) {
  /** @type {HTMLInputElement} */ (one("[data-na]", element)).checked = answer?.value === "na";
  for (const field of all("[data-field]", element)) restore(field, answer?.fields?.[field.dataset.field]);
}

/** The verdict beside the inputs, in words. */
export function say(element, item, answer) {
  const stands = standing(item, answer);
  const words = {
    pass: t("记为符合", "Counts as pass"),
    fail: t("记为不符合", "Counts as fail"),
    na: t("不适用", "Not applicable"),
    said: t("已记录，不作判定", "Recorded, not judged"),
  };
  one("[data-verdict]", element).textContent = stands ? words[stands] : answer ? t("还没填完", "Not complete yet") : "";
}

const READ = {
  number: (field) => {
    const input = /** @type {HTMLInputElement} */ (one("input", field));
    const text = input.value.trim().replace(/[０-９．]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
    const wrong = text !== "" && !/^\d{1,12}(\.\d+)?$/.test(text); // the server takes no more digits
    input.toggleAttribute("aria-invalid", wrong);
    return text === "" || wrong ? null : Number(text);
  },
  text: (field) => /** @type {HTMLInputElement} */ (one("input", field)).value.trim() || null,
  date: (field) => {
    const text = /** @type {HTMLInputElement} */ (one("input", field)).value;
    return /^[1-9]\d{3}-/.test(text) ? text : null; // a year that is still being typed is 0002
  },
  datetime: (field) => {
    const text = /** @type {HTMLInputElement} */ (one("input", field)).value;
    return /^[1-9]\d{3}-/.test(text) ? `${text.slice(0, 16)}:00+08:00` : null;
  },
  choice: (field) => picked(field)[0] ?? null,
  yes_no: (field) => picked(field)[0] ?? null,
  choices: (field) => {
    const none = /** @type {HTMLInputElement} */ (one("[data-none]", field));
    const ticked = picked(field);
    return ticked.length ? ticked : none.checked ? [] : null;
  },
};

const picked = (field) => all("input[value]:checked:not([data-none])", field).map((box) => /** @type {HTMLInputElement} */ (box).value);

function restore(field, value) {
  const kind = field.dataset.kind;
  if (["choice", "choices", "yes_no"].includes(kind)) {
    const wanted = [value].flat();
    for (const box of all("input[value]", field)) box.checked = wanted.includes(box.value);
    const none = /** @type {HTMLInputElement} */ (one("[data-none]", field));
    if (none) none.checked = Array.isArray(value) && !value.length;
    return;
  }
  const input = /** @type {HTMLInputElement} */ (one("input", field));
  input.value = value === undefined ? "" : kind === "datetime" ? String(value).slice(0, 16) : String(value);
}

/** "None of these" and the choices exclude each other. */
export function exclude(target) {
  const field = target.closest("[data-kind=choices]");
  if (!field) return;
  if (target.matches("[data-none]")) all("input[value]", field).forEach((box) => box !== target && (box.checked = false));
  else one("[data-none]", field).checked = false;
}
