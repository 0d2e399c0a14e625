// SPDX-License-Identifier: Apache-2.0
// Purchases that began in the browser of a paired PC.
import { Problem, wallet } from './api.js';
import { choice, el, facts, field, form, heading } from './dom.js';
import { attempt, notice, say } from './screens.js';
import { orderTable } from './view_pay.js';
import { fieldWord, money, t, tName, when } from './words.js';

/** @typedef {import('./api.js').Incoming} Incoming */
/** @typedef {import('./api.js').Asked} Asked */
/** @typedef {{home: () => void, openPurchase: (purchase: import('./api.js').Purchase) => void}} Leads */

/** Whether nothing is waited for any more. @param {Incoming} incoming */
export function isSettled(incoming) {
  return incoming.state === 'ended';
}

/**
 * Tells of every change until this page's session ends.
 * @param {(incoming: Incoming | null) => void} changed
 */
export async function watchIncoming(changed) {
  let seen = 0;
  for (;;) {
    try {
      const { version, purchase } = await wallet.incoming(seen);
      if (version !== seen) changed(purchase);
      seen = version;
    } catch (error) {
      if (error instanceof Problem && error.code !== 'wallet_stopped') return;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

/** @param {Asked} asked */
function title(asked) {
  if (asked.purpose === 'login') return t('loginTitle');
  if (asked.purpose === 'age-check') return t('ageTitle');
  return asked.order ? t('requestTitle') : t('informationTitle');
}

/** @param {Asked} asked */
function fieldChoices(asked) {
  if (!asked.fields.length) return asked.asksInformation ? el('p', { class: 'quiet' }, t('onlyCertificate')) : null;
  return el(
    'fieldset', {},
    el('legend', {}, t('fieldsAsked')),
    ...asked.fields.map(({ name, held }) =>
      choice({ name: `field ${name}`, label: fieldWord(name) + (held ? '' : ` (${t('notOnCard')})`),
               checked: held, disabled: !held })));
}

/** @param {import('./api.js').Means} means */
export function meansWord(means) {
  return `${t(means.method)} ···${means.ending} (${means.detail})`;
}

/** @param {Asked} asked */
function meansChoices(asked) {
  if (!asked.methods.length) return null;
  if (!asked.means.length) return el('p', { class: 'notice bad' }, t('noMeans'));
  return el(
    'fieldset', {},
    el('legend', {}, t('payWith')),
    ...asked.means.map((means, place) =>
      choice({ name: 'means', type: 'radio', label: meansWord(means), value: means.id, checked: place === 0,
               required: true })));
}

/** @param {Incoming} incoming */
function attestation(incoming) {
  if (incoming.attested) return [el('p', { class: 'quiet' }, t('attested'))];
  return [
    el('p', { class: 'notice' }, t('compareCode')),
    el('p', { class: 'total code', id: 'code' }, incoming.code),
  ];
}

/** @param {Incoming} incoming @param {Record<string, string>} values */
function answerOf(incoming, values) {
  const fields = Object.keys(values).filter((name) => name.startsWith('field ')).map((name) => name.slice(6));
  return { pin: values.pin, fields, means: values.means ?? '', code: values.code ?? '' };
}

/** @param {Incoming} incoming */
function refuseButton(incoming) {
  const refuse = () => attempt(async () => {
    await wallet.refuseIncoming(incoming.id);
  });
  return el('div', { class: 'stack after' },
            el('button', { type: 'button', class: 'danger', onclick: refuse }, t('refuse')));
}

/** @param {Incoming} incoming @param {Asked} asked */
function askedScreen(incoming, asked) {
  const approve = (/** @type {Record<string, string>} */ values) =>
    attempt(() => wallet.approveIncoming(incoming.id, answerOf(incoming, values)), t('asking'));
  return [
    heading(title(asked)),
    facts([
      [t('merchant'), el('strong', {}, asked.merchant)],
      [t('merchantSubject'), el('span', { class: 'code' }, asked.merchantSubject)],
      [t('origin'), el('strong', {}, asked.origin)],
      [t('fromComputer'), incoming.computer],
    ]),
    ...attestation(incoming),
    ...(asked.declined
      ? [el('div', { class: 'notice bad', role: 'alert' }, el('strong', {}, t('declinedTitle')), tName(asked.declined))]
      : []),
    ...(asked.order
      ? [orderTable(asked.order), el('p', {}, t('total')), el('p', { class: 'total' }, money(asked.order.total)),
         facts([[t('confirmedBy'), asked.order.authority], [t('expires'), when(asked.order.expires)]])]
      : []),
    form(
      { submit: asked.order ? t('sign') : t('tell') }, approve,
      fieldChoices(asked),
      meansChoices(asked),
      incoming.attested ? null : choice({ name: 'code', label: t('codeIsSame'), value: incoming.code, required: true }),
      field({ name: 'pin', label: t('pin'), hint: t('pinHint'), type: 'password' })),
    refuseButton(incoming),
  ];
}

/** @param {Incoming} incoming @param {string} text */
function waitingScreen(incoming, text) {
  return [
    heading(t('incomingTitle')),
    facts([[t('fromComputer'), incoming.computer], [t('merchant'), incoming.request?.merchant]]),
    el('p', { 'aria-live': 'polite' }, text),
    refuseButton(incoming),
  ];
}

/** @param {Incoming} incoming @param {Leads} leads */
function endedScreen(incoming, leads) {
  const end = /** @type {NonNullable<Incoming['end']>} */ (incoming.end);
  const good = end.result === 'confirmed' || end.result === 'identified';
  const leave = async () => {
    await wallet.dismissIncoming(incoming.id);
    leads.home();
  };
  const see = async () => {
    const { purchases } = await wallet.state();
    const purchase = purchases.find(({ id }) => id === end.purchase);
    await wallet.dismissIncoming(incoming.id);
    if (purchase) leads.openPurchase(purchase);
    else leads.home();
  };
  return [
    heading(tName(`incoming-${end.result}`)),
    el('p', { class: good ? 'good' : 'notice' }, tName(`incoming-${end.result}-text`)),
    ...(end.by === 'outcome' ? [] : [el('p', {}, tName(`ended-${end.by}`))]),
    ...(end.result === 'declined' ? [el('p', {}, tName(end.code))] : []),
    ...(['refused', 'failed', 'unknown'].includes(end.result) && end.code ? [notice(end.code)] : []),
    ...(incoming.request
      ? [facts([[t('merchant'), incoming.request.merchant], [t('origin'), incoming.request.origin]])]
      : []),
    el('div', { class: 'stack' },
       end.purchase ? el('button', { type: 'button', onclick: () => attempt(see) }, t('seePurchase')) : null,
       el('button', { type: 'button', class: 'primary', onclick: () => attempt(leave) }, t('toHome'))),
  ];
}

/**
 * @param {Incoming} incoming
 * @param {Leads} leads
 * @returns {Node[]}
 */
export function incomingScreen(incoming, leads) {
  if (incoming.state === 'ended') return endedScreen(incoming, leads);
  if (incoming.state === 'asked' && incoming.request) return askedScreen(incoming, incoming.request);
  say('');
  return waitingScreen(incoming, tName(`incoming-${incoming.state}-text`));
}
