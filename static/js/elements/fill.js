/** Filling `<template>` elements that the server printed: no markup is written in scripts, so no template has a twin. */

/**
 * A copy of the template's one element with its slots filled.
 * @param {string} name id of the template
 * @param {Record<string, Filling>} slots
 * @returns {HTMLElement}
 */
export function fill(name, slots = {}) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(name));
  return put(/** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true)), slots);
}

/**
 * Puts values into `[data-slot]` elements below (or at) root: text, a node, a list of nodes, or `{attribute: value}`.
 * Nothing (null, false, "") hides the element.
 * @typedef {string | number | Node | Node[] | Record<string, string> | null | false | undefined} Filling
 */
export function put(root, slots) {
  for (const [name, value] of Object.entries(slots)) {
    for (const element of slotsOf(root, name)) place(element, value);
  }
  return root;
}

/** @returns {HTMLElement} the first match, which the page's template promises */
export const one = (selector, root = document) => root.querySelector(selector);

/** @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Whether an element is shown. */
export const show = (element, shown) => element && (element.hidden = !shown);

/** One of the icons printed for scripts, by its name. */
export const icon = (name) => fill(`icon-${name}`);

function slotsOf(root, name) {
  const found = all(`[data-slot~="${name}"]`, root);
  return root.matches?.(`[data-slot~="${name}"]`) ? [root, ...found] : found;
}

function place(element, value) {
  const empty = value === null || value === undefined || value === false || value === "";
  element.hidden = empty;
  if (empty) return;
  if (value instanceof Node) element.replaceChildren(value);
  else if (Array.isArray(value)) element.replaceChildren(...value);
  else if (typeof value === "object") for (const [key, text] of Object.entries(value)) element.setAttribute(key, text);
  else element.textContent = String(value);
}
