// SPDX-License-Identifier: Apache-2.0
// Builds elements from plain values; text never becomes markup.

/** @typedef {Node | string | null | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string | boolean>} attributes  true: an empty attribute; false: none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children) {
    if (child !== null && child !== false) element.append(child);
  }
  return element;
}

/** @param {string} words @param {string} id @param {string} look @param {() => void} work */
export function button(words, id, look, work) {
  const made = el('button', { type: 'button', id, class: look }, words);
  made.addEventListener('click', work);
  return made;
}

/** A heading that takes the focus when its screen is shown. @param {string} words */
export const heading = (words) => el('h1', { tabindex: '-1' }, words);
