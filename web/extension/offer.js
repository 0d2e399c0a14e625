// SPDX-License-Identifier: Apache-2.0
// Judges what a page offers. Everything here comes from a page and is taken only in the one accepted form.

/** @typedef {{gateway: string, checkout: string, token: string, profiles: string[]}} Purchase */
/** @typedef {{purchases: Purchase[], origin: string, tab: number}} Offer  each purchase at another gateway */
/** @typedef {{id?: string, frameId?: number, origin?: string, url?: string,
 *             tab?: {id?: number, active: boolean, incognito?: boolean}}} Sender */

/** Orders under one approval, as the wallet and the mediator have it (kMostInGroup). */
export const MOST = 8;
const PROFILES = new Set(['session', 'plain', 'direct', 'set']);

/** @param {unknown} value @param {RegExp} form @returns {string | null} */
function text(value, form) {
  return typeof value === 'string' && form.test(value) ? value : null;
}

/**
 * The origin of an https address in its one form, or null.
 * @param {unknown} value
 */
export function httpsOrigin(value) {
  if (typeof value !== 'string' || value.length > 300) return null;
  try {
    const url = new URL(value);
    return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.origin : null;
  } catch {
    return null;
  }
}

/**
 * Reads one tag; null when anything in it is not in its form.
 * @param {unknown} tag
 * @returns {Purchase | null}
 */
export function readPurchase(tag) {
  if (typeof tag !== 'object' || tag === null) return null;
  const { gateway, checkout, token, profiles } = /** @type {Record<string, unknown>} */ (tag);
  const purchase = {
    gateway: httpsOrigin(gateway) === gateway ? String(gateway) : null,
    checkout: text(checkout, /^[0-9A-Za-z-]{1,64}$/),
    token: text(token, /^[0-9A-Za-z_-]{16,100}$/),
    profiles: (text(profiles, /^[a-z]+(?: [a-z]+){0,7}$/) ?? '').split(' '),
  };
  if (purchase.gateway === null || purchase.checkout === null || purchase.token === null) return null;
  if (!purchase.profiles.every((profile) => PROFILES.has(profile))) return null;
  return /** @type {Purchase} */ (purchase);
}

/**
 * The origin of the page that sent a message, as the browser knows it; null for frames, other schemes, pages
 * without an origin, and tabs that nobody looks at.
 * @param {Sender} sender @param {string} extension  the extension's own id
 */
export function originOfPage(sender, extension) {
  if (sender.id !== extension || sender.frameId !== 0) return null;
  if (sender.tab?.id === undefined || !sender.tab.active) return null;
  const origin = httpsOrigin(sender.url);
  // A sandboxed page has an https address and the origin "null".
  return origin !== null && (sender.origin === undefined || sender.origin === origin) ? origin : null;
}

/**
 * What a page offers, or why it is not taken: `not_here` (frame, scheme, tab), `several`, `malformed`.
 * @param {unknown} tags @param {unknown} together  whether one element holds them all
 * @param {Sender} sender @param {string} extension
 * @returns {{offer: Offer} | {refusal: 'not_here' | 'several' | 'malformed'}}
 */
export function readOffer(tags, together, sender, extension) {
  const origin = originOfPage(sender, extension);
  if (origin === null) return { refusal: 'not_here' };
  if (!Array.isArray(tags) || tags.length === 0) return { refusal: 'malformed' };
  if (tags.length > 1 && together !== true) return { refusal: 'several' };
  if (tags.length > MOST) return { refusal: 'malformed' };
  const purchases = tags.map(readPurchase).filter((purchase) => purchase !== null);
  // A merchant has one order in a purchase.
  const gateways = new Set(purchases.map(({ gateway }) => gateway));
  if (gateways.size < tags.length) return { refusal: 'malformed' };
  return { offer: { purchases, origin, tab: /** @type {number} */ (sender.tab?.id) } };
}
