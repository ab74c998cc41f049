/**
 * The small language in which a checklist says what counts as a pass, spoken alike by server/foundation/pass_when.py,
 * where it is described. Both are held to tests/checklists/pass_when_vectors.json.
 */

/**
 * Whether these values pass; null while they do not yet decide it.
 * @param {object | null} rule an object with one key, checked by the server when the checklist was published
 * @param {Record<string, unknown> | null | undefined} values the item's fields by key
 * @returns {boolean | null}
 */
export function verdict(rule, values) {
  if (!rule) return null;
  const [[name, operand]] = Object.entries(rule);
  return VERDICTS[name](operand, values ?? {});
}

const compared = (holds) => (operand, values) => {
  const [left, right] = operand.map((expression) => number(expression, values));
  return left === null || right === null ? null : holds(left, right);
};

const VERDICTS = {
  eq: compared((left, right) => left === right),
  le: compared((left, right) => left <= right),
  lt: compared((left, right) => left < right),
  ge: compared((left, right) => left >= right),
  gt: compared((left, right) => left > right),
  is: ([field, literal], values) => {
    const value = given(values, field);
    return value === null ? null : value === literal;
  },
  all: (rules, values) => {
    const verdicts = rules.map((rule) => verdict(rule, values));
    return verdicts.includes(false) ? false : verdicts.includes(null) ? null : true;
  },
  any: (rules, values) => {
    const verdicts = rules.map((rule) => verdict(rule, values));
    return verdicts.includes(true) ? true : verdicts.includes(null) ? null : false;
  },
  not: (rule, values) => {
    const said = verdict(rule, values);
    return said === null ? null : !said;
  },
  ticked: ([field, keys], values) => {
    const value = given(values, field);
    return Array.isArray(value) ? keys.every((key) => value.includes(key)) : null;
  },
  none: (field, values) => {
    const value = given(values, field);
    return Array.isArray(value) ? !value.length : null;
  },
  known: (field, values) => (given(values, field) === null ? null : true),
};

function given(values, field) {
  const value = Object.hasOwn(values, field) ? values[field] : null;
  return value === undefined || value === "" ? null : value;
}

function number(expression, values) {
  if (expression === null || typeof expression !== "object") return finite(expression);
  if ("field" in expression) return finite(given(values, expression.field));
  const [start, end] = expression.minutes.map((field) => moment(given(values, field)));
  return start === null || end === null ? null : (end - start) / 60_000;
}

const finite = (value) => (Number.isFinite(value) ? /** @type {number} */ (value) : null);

const MOMENT = /^([1-9]\d{3})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Milliseconds since 1970 of an instant written with its offset. Date.parse would let the 30th of February pass. */
function moment(text) {
  const found = typeof text === "string" && !text.endsWith("\n") && MOMENT.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((digits) => Number(digits ?? 0));
  const [hours, minutes] = [Number(found[9] ?? 0), Number(found[10] ?? 0)];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, Number((found[7] ?? "").padEnd(3, "0"))));
  const asWritten = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!asWritten || hours > 23 || minutes > 59) return null;
  return at.getTime() - (found[8] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
