// SPDX-License-Identifier: Apache-2.0
// What the window shows, as a value, and how each event changes it. The orders of the last look are part of the
// view while they are looked at and of nothing afterwards.

/** @typedef {import('./message.js').Message} Message */
/** @typedef {import('./message.js').Order} Order */
/** @typedef {{at: 'asking'}
 *         | {at: 'working', state: import('./message.js').Progress | 'starting'}
 *         | {at: 'review', orders: Order[], notShown: number}
 *         | {at: 'ended', outcome: import('./message.js').Outcome, code: string, remedy: string, detail: string,
 *            checkouts: import('./message.js').EndedCheckout[]}} View */
/** @typedef {Extract<View, {at: 'ended'}>} Ended */
/** @typedef {Message | {type: 'consented'} | {type: 'answered'} | {type: 'disconnected', code: string}} Event */

/** @type {View} */
export const ASKING = { at: 'asking' };

/** Whether the holder has approved: what was signed may be bought, whatever breaks off after that. @param {View} view */
const isApproved = (view) => view.at === 'working' && (view.state === 'approved' || view.state === 'confirming');

/** @param {string} code @param {string} [remedy] @param {string} [detail] @returns {View} */
const failed = (code, remedy = '', detail = '') => ({ at: 'ended', outcome: 'failed', code, remedy, detail, checkouts: [] });

/** @param {string} code @returns {View} */
const undecided = (code) => ({ at: 'ended', outcome: 'undecided', code, remedy: '', detail: '', checkouts: [] });

/**
 * @param {View} view
 * @param {Event} event
 * @returns {View}
 */
export function next(view, event) {
  if (view.at === 'ended') return view;
  if (event.type === 'consented') return view.at === 'asking' ? { at: 'working', state: 'starting' } : view;
  if (view.at === 'asking') return view;
  switch (event.type) {
    case 'progress':
      // The order stays in sight until it is answered or the matter moves on.
      if (view.at === 'review' && event.state === 'review') return view;
      return { at: 'working', state: event.state };
    case 'review':
      return { at: 'review', orders: event.orders, notShown: event.notShown };
    case 'answered':
      return view.at === 'review' ? { at: 'working', state: 'asked' } : view;
    case 'ended':
      return { at: 'ended', outcome: event.outcome, code: event.code, remedy: event.remedy, detail: '', checkouts: event.checkouts };
    case 'error':
      return isApproved(view) ? undecided(event.code) : failed(event.code, event.remedy, event.detail);
    case 'disconnected':
      return isApproved(view) ? undecided(event.code) : failed(event.code);
    default:
      return view;
  }
}

/** The sums of a last look, one for each currency. @param {Order[]} orders @returns {{currency: string, total: number}[]} */
export function sumsOf(orders) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { currency, total } of orders) sums.set(currency, (sums.get(currency) ?? 0) + total);
  return [...sums].map(([currency, total]) => ({ currency, total }));
}

/**
 * What is said of an end: words by their names, and the code that is explained, if any. Nothing that may be bought yet
 * is said to have failed, nor that one should try again.
 * @param {Ended} end
 * @returns {{title: keyof import('./words.js').Words, texts: (keyof import('./words.js').Words)[], code: string}}
 */
export function saidOf({ outcome, code, checkouts }) {
  if (outcome === 'undecided') return { title: 'undecided', texts: ['undecidedText'], code: '' };
  if (checkouts.some((one) => one.outcome === 'undecided'))
    return { title: 'partly', texts: ['partlyText', 'undecidedText'], code: '' };
  const isPlain = outcome === 'confirmed' || (code === '' && outcome !== 'failed') || code === 'cancelled';
  return { title: outcome, texts: outcome === 'failed' ? [] : [`${outcome}Text`], code: isPlain ? '' : code || 'internal' };
}
