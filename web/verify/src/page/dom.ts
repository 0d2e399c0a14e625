// SPDX-License-Identifier: Apache-2.0
// Builds elements from plain values; text never becomes markup.
import type { Time } from '../base/time.js';
import { exactly, when } from './words.js';

export type Child = Node | string | null | undefined | false;
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>>;

function fill<T extends Element>(element: T, attributes: Attributes, children: readonly Child[]): T {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.replace(/^on/, ''), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** Attributes whose value is a function become listeners ("onclick"), `true` an empty attribute. */
export function el<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

/** A list of terms and what they are; pairs without a value are left out. */
export function facts(pairs: readonly (readonly [term: string, value: Child])[], look = ''): HTMLDListElement {
  const list = el('dl', { class: look });
  for (const [term, value] of pairs) {
    if (value !== null && value !== undefined && value !== false && value !== '') list.append(el('dt', {}, term), el('dd', {}, value));
  }
  return list;
}

/** A time for people, with its UTC spelling behind it. */
export function moment(time: Time): HTMLTimeElement {
  return el('time', { datetime: exactly(time), title: exactly(time) }, when(time));
}
