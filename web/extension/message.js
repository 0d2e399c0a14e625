// SPDX-License-Identifier: Apache-2.0
// Reads what the mediator sends (native messaging). Anything not in its form is a fault of the other side.

import { MOST } from './offer.js';

/** @typedef {{sku: string, description: string, quantity: number, unitPrice: number}} Line */
/** @typedef {{merchant: string, origin: string, lines: Line[], total: number, currency: string}} Order */
/** @typedef {'searching' | 'connected' | 'asked' | 'review' | 'approved' | 'confirming'} Progress */
/** @typedef {'confirmed' | 'refused' | 'cancelled' | 'failed' | 'partly' | 'undecided'} Outcome
 *           partly: of several orders some; undecided: signed, and may be confirmed yet */
/** @typedef {Exclude<Outcome, 'partly'> | 'left_out'} OneOutcome  left_out: the holder went on without it */
/** @typedef {{gateway: string, outcome: OneOutcome, code: string}} EndedCheckout */
/** @typedef {{name: string, state: string, remedy: string}} Part */
/** @typedef {{type: 'status', version: string, pairings: number, parts: Part[]}
 *         | {type: 'progress', state: Progress}
 *         | {type: 'review', orders: Order[], notShown: number}
 *         | {type: 'ended', outcome: Outcome, code: string, remedy: string, checkouts: EndedCheckout[]}
 *         | {type: 'error', code: string, detail: string, remedy: string}} Message */

export const PROGRESS = /** @type {const} */ (['searching', 'connected', 'asked', 'review', 'approved', 'confirming']);
const OUTCOMES = /** @type {const} */ (['confirmed', 'refused', 'cancelled', 'failed', 'partly', 'undecided']);
const OF_ONE = /** @type {const} */ (['confirmed', 'refused', 'cancelled', 'failed', 'undecided', 'left_out']);
// Control characters and those that turn the direction of text around.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** @param {unknown} value @returns {Record<string, unknown> | null} */
const object = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? /** @type {any} */ (value) : null;

/** @param {unknown} value @param {number} longest @returns {value is string} */
const isText = (value, longest) => typeof value === 'string' && value.length > 0 && value.length <= longest && !UNSEEN.test(value);

/** What may be absent. @param {unknown} value */
const textOrNothing = (value) => (isText(value, 1000) ? value : '');

/** @param {unknown} value @returns {value is number} */
const isCount = (value) => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;

/** @param {unknown} value @returns {Line | null} */
function readLine(value) {
  const line = object(value);
  if (line === null || !isText(line.sku, 64) || !isText(line.description, 400)) return null;
  if (!isCount(line.quantity) || line.quantity === 0 || !isCount(line.unitPrice)) return null;
  return { sku: line.sku, description: line.description, quantity: line.quantity, unitPrice: line.unitPrice };
}

/**
 * The order to be looked at once more; null unless complete and its lines add up to its total.
 * @param {unknown} value @returns {Order | null}
 */
export function readOrder(value) {
  const order = object(value);
  if (order === null || !isText(order.merchant, 300) || !isText(order.origin, 300)) return null;
  if (typeof order.currency !== 'string' || !/^[A-Z]{3}$/.test(order.currency) || !isCount(order.total)) return null;
  if (!Array.isArray(order.lines) || order.lines.length === 0 || order.lines.length > 500) return null;
  const lines = order.lines.map(readLine);
  if (lines.some((line) => line === null)) return null;
  const sound = /** @type {Line[]} */ (lines);
  const sum = sound.reduce((before, line) => before + line.quantity * line.unitPrice, 0);
  if (sum !== order.total) return null;
  return { merchant: order.merchant, origin: order.origin, lines: sound, total: order.total, currency: order.currency };
}

/**
 * One order, or a list of several; null unless each is sound.
 * @param {Record<string, unknown>} message @returns {Order[] | null}
 */
function readOrders(message) {
  const several = message.orders;
  if (several !== undefined && (!Array.isArray(several) || several.length < 2 || several.length > MOST)) return null;
  const orders = (several ?? [message.order]).map(readOrder);
  return orders.some((order) => order === null) ? null : /** @type {Order[]} */ (orders);
}

/** @param {unknown} value @returns {EndedCheckout | null} */
function readEndedCheckout(value) {
  const ended = object(value);
  const outcome = OF_ONE.find((one) => one === ended?.outcome);
  if (ended === null || !outcome || !isText(ended.gateway, 300)) return null;
  return { gateway: ended.gateway, outcome, code: textOrNothing(ended.code) };
}

/** @param {Record<string, unknown>} message @returns {Message | null} */
function readEnded(message) {
  const outcome = OUTCOMES.find((one) => one === message.outcome);
  const list = message.checkouts ?? [];
  if (!outcome || !Array.isArray(list) || list.length > MOST) return null;
  const checkouts = list.map(readEndedCheckout);
  if (checkouts.some((one) => one === null) || (outcome === 'partly' && checkouts.length === 0)) return null;
  return { type: 'ended', outcome, code: textOrNothing(message.code), remedy: textOrNothing(message.remedy),
    checkouts: /** @type {EndedCheckout[]} */ (checkouts) };
}

/** @param {unknown} value @returns {Part | null} */
function readPart(value) {
  const part = object(value);
  if (part === null || !isText(part.name, 100) || !isText(part.state, 100)) return null;
  return { name: part.name, state: part.state, remedy: textOrNothing(part.remedy) };
}

/** @param {Record<string, unknown>} message @returns {Message | null} */
function readStatus(message) {
  if (!isText(message.version, 100) || !isCount(message.pairings) || !Array.isArray(message.parts)) return null;
  const parts = message.parts.slice(0, 50).map(readPart);
  if (parts.some((part) => part === null)) return null;
  return { type: 'status', version: message.version, pairings: message.pairings, parts: /** @type {Part[]} */ (parts) };
}

/** @param {Record<string, unknown>} message @returns {Message | null} */
function readKnown(message) {
  switch (message.type) {
    case 'status':
      return readStatus(message);
    case 'progress': {
      const state = PROGRESS.find((one) => one === message.state);
      return state ? { type: 'progress', state } : null;
    }
    case 'review': {
      const orders = readOrders(message);
      if (orders === null || !isCount(message.notShown) || message.notShown + orders.length > MOST) return null;
      return { type: 'review', orders, notShown: message.notShown };
    }
    case 'ended':
      return readEnded(message);
    case 'error':
      if (!isText(message.code, 64)) return null;
      return { type: 'error', code: message.code, detail: textOrNothing(message.detail), remedy: textOrNothing(message.remedy) };
    default:
      return null;
  }
}

/** @param {unknown} value @returns {Message} an `error` of code `malformed` for what is not in its form */
export function readMessage(value) {
  const message = object(value);
  return (message && readKnown(message)) ?? { type: 'error', code: 'malformed', detail: '', remedy: '' };
}

/**
 * The code for a native host that could not be started or ended by itself, from the browser's words for it.
 * @param {string} words
 */
export function codeOfDisconnection(words) {
  if (/not found|no such native application/i.test(words)) return 'mediator_missing';
  if (/forbidden/i.test(words)) return 'mediator_forbidden';
  return 'mediator_ended';
}
