// SPDX-License-Identifier: Apache-2.0
import { wallet } from './api.js';
import { el, facts, field, form, heading } from './dom.js';
import { attempt, notice, say } from './screens.js';
import { errorWords, money, t, when } from './words.js';
import { resultWord } from './view_home.js';
import { reviewLine } from './view_incoming.js';

/** @typedef {import('./api.js').Purchase} Purchase */

/**
 * @param {(purchase: Purchase) => void} opened
 * @returns {Node[]}
 */
export function payScreen(opened) {
  return [
    heading(t('payTitle')),
    el('p', {}, t('payText')),
    form(
      { submit: t('continue') },
      (values) => attempt(async () => opened(await wallet.beginPurchase(values.link))),
      el('label', {}, t('link'), el('textarea', { name: 'link', required: true, spellcheck: 'false' })),
    ),
  ];
}

/** @param {{lines: Purchase['lines']}} purchase */
export function orderTable(purchase) {
  return el(
    'table',
    {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('quantity')), el('th', { scope: 'col' }, t('amount')))),
    el('tbody', {}, ...purchase.lines.map((line) =>
      el('tr', {}, el('td', {}, `${line.quantity} × ${line.description}`),
         el('td', {}, money({ ...line.unitPrice, minorUnits: line.unitPrice.minorUnits * line.quantity })))))
  );
}

/**
 * The payment request: everything that will be signed, then the PIN.
 * @param {Purchase} purchase
 * @param {(purchase: Purchase) => void} decided
 * @param {() => void} home
 * @returns {Node[]}
 */
export function requestScreen(purchase, decided, home) {
  const refuse = () => attempt(async () => {
    await wallet.cancel(purchase.id);
    home();
    say(t('cancelled'));
  });
  return [
    heading(t('requestTitle')),
    facts([
      [t('merchant'), el('strong', {}, purchase.merchant)],
      [t('merchantSubject'), el('span', { class: 'code' }, purchase.merchantSubject)],
      [t('elsewhere'), purchase.elsewhere && t('elsewhereText', { place: purchase.elsewhere })],
      [t('origin'), el('strong', {}, purchase.origin)],
    ]),
    el('p', { class: 'quiet' }, t('originHint')),
    orderTable(purchase),
    el('p', {}, t('total')),
    el('p', { class: 'total' }, money(purchase.total)),
    facts([[t('confirmedBy'), purchase.authority], [t('expires'), when(purchase.expires)]]),
    form(
      { submit: t('sign') },
      (values) => attempt(async () => decided(await wallet.approve(purchase.id, values.pin)), t('asking')),
      field({ name: 'pin', label: t('pin'), hint: t('pinHint'), type: 'password' }),
    ),
    el('div', { class: 'stack after' },
       el('button', { type: 'button', class: 'danger', onclick: refuse }, t('refuse'))),
  ];
}

/** What the card company said to each payment. @param {Purchase} purchase */
function reviewParts({ state, reviews }) {
  if (!reviews.length) return [];
  const onItsWord = state === 'confirmed' && reviews.at(-1)?.verdict === '';
  return [
    el('h2', {}, t('cardCompany')),
    el('ul', {}, ...reviews.map((review) =>
      el('li', {}, reviewLine(review),
         facts([[t('cardCompanyName'), el('span', { class: 'code' }, review.company.subject)],
                [t('authorization'), review.authorization && el('span', { class: 'code' }, review.authorization)],
                [t('decidedAt'), review.decided && when(review.decided)]])))),
    ...(onItsWord ? [el('p', { class: 'quiet' }, t('onTheAuthoritysWord'))] : []),
  ];
}

/** What may come of it yet. @param {Purchase} purchase */
function refusedForNowWords({ expires }) {
  return new Date(expires) > new Date() ? t('refusedForNowText', { until: when(expires) }) : t('refusedAndOverText');
}

/** @param {Purchase} purchase */
function verdict(purchase) {
  if (purchase.declined) return [el('p', { class: 'notice' }, t('incoming-declined-text'))];
  if (purchase.state === 'confirmed') return [el('p', { class: 'good' }, `✓ ${t('confirmedText')}`)];
  if (purchase.refusedForNow) return [el('p', { class: 'notice' }, refusedForNowWords(purchase))];
  if (purchase.state === 'signed') return [el('p', { class: 'notice' }, t('openText'))];
  if (purchase.refusal) {
    return [el('p', { class: 'bad' }, `✗ ${t('refusedText')}`), ...purchase.refusal.reasons.map(notice)];
  }
  return [];
}

/** @param {Purchase['attempts'][number]} attempted */
function attemptLine(attempted) {
  const who = attempted.source === 'gateway' ? t('fromGateway') : t('fromAuthority');
  const what = attempted.outcome === 'confirmed' ? t('outcomeConfirmed')
      : attempted.outcome === 'refused' ? t('outcomeRefused') : errorWords(attempted.outcome).title;
  return el('li', {}, `${who}: ${what} (${when(attempted.at)})`);
}

/** @param {Purchase} purchase */
async function saveConfirmation(purchase) {
  const address = URL.createObjectURL(await wallet.confirmation(purchase.id));
  el('a', { href: address, download: `confirmation-${purchase.id}.p7m` }).click();
  URL.revokeObjectURL(address);
}

/**
 * @param {Purchase} purchase
 * @param {(purchase: Purchase) => void} decided
 * @param {() => void} home
 * @returns {Node[]}
 */
export function resultScreen(purchase, decided, home) {
  const confirmation = purchase.confirmation;
  return [
    heading(resultWord(purchase)),
    ...verdict(purchase),
    el('p', { class: 'total' }, money(purchase.total)),
    facts([
      [t('merchant'), purchase.merchant],
      [t('origin'), purchase.origin],
      [t('confirmationTime'), confirmation && when(confirmation.time)],
      [t('group'), purchase.group && el('span', {}, t('groupText', { count: purchase.group.count }), ' ',
        el('span', { class: 'code' }, purchase.group.id))],
      [t('confirmedBy'), purchase.authority],
      [t('confirmationNumber'), confirmation && String(confirmation.index)],
      [t('degraded'), confirmation && confirmation.degradedSince
          && t('degradedText', { time: when(confirmation.degradedSince) })],
      [t('confirmationId'), confirmation && el('span', { class: 'code' }, confirmation.id)],
    ]),
    orderTable(purchase),
    ...reviewParts(purchase),
    ...(purchase.attempts.length
      ? [el('h2', {}, t('answers')), el('ul', {}, ...purchase.attempts.map(attemptLine))]
      : []),
    ...(purchase.state === 'signed' || purchase.state === 'refused'
      ? [form({ submit: t('askAgain') },
              (values) => attempt(async () => decided(await wallet.resume(purchase.id, values.pin)), t('asking')),
              field({ name: 'pin', label: t('pin'), hint: t('pinHint'), type: 'password' }))]
      : []),
    el('div', { class: 'stack after' },
       confirmation
         ? el('button', { type: 'button', onclick: () => attempt(() => saveConfirmation(purchase)) }, t('save'))
         : null,
       el('button', { type: 'button', class: 'primary', onclick: home }, t('toHome'))),
  ];
}
