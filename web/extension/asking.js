// SPDX-License-Identifier: Apache-2.0
// Decides whether a page's offer may open a window by itself. A page that was declined, or whose offer was shown
// before, waits until the person clicks the extension's button.

/** @typedef {{shown: string[], declined: string[]}} Memory  checkouts and origins, of this run of the browser */

const LONGEST = 200;

/** @returns {Memory} */
export const nothing = () => ({ shown: [], declined: [] });

/** @param {import('./offer.js').Offer} offer */
const nameOf = (offer) => offer.purchases.map(({ checkout }) => checkout).join(' ');

/** @param {Memory} memory @param {import('./offer.js').Offer} offer */
export function mayAskUnbidden(memory, offer) {
  return !memory.shown.includes(nameOf(offer)) && !memory.declined.includes(offer.origin);
}

/** @param {string[]} list @param {string} item */
const withItem = (list, item) => [...list.filter((one) => one !== item), item].slice(-LONGEST);

/** @param {Memory} memory @param {import('./offer.js').Offer} offer @returns {Memory} */
export function afterShowing(memory, offer) {
  return { ...memory, shown: withItem(memory.shown, nameOf(offer)) };
}

/** @param {Memory} memory @param {string} origin @returns {Memory} */
export function afterDeclining(memory, origin) {
  return { ...memory, declined: withItem(memory.declined, origin) };
}

/** Consent makes good what was declined before. @param {Memory} memory @param {string} origin @returns {Memory} */
export function afterConsent(memory, origin) {
  return { ...memory, declined: memory.declined.filter((one) => one !== origin) };
}
