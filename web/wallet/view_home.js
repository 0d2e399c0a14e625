// SPDX-License-Identifier: Apache-2.0
import { wallet } from './api.js';
import { el, facts, heading } from './dom.js';
import { t, tName, money, when } from './words.js';

/** @param {import('./api.js').Enrolment} enrolment */
function waitsFor(enrolment) {
  if (enrolment.state === 'imported') return t('waitsPin');
  return enrolment.hasKeyFile ? t('waitsPassword') : t('waitsCode');
}

/** @param {import('./api.js').Purchase} purchase */
export function resultWord(purchase) {
  switch (purchase.state) {
    case 'confirmed': return t('resultConfirmed');
    case 'refused': return t('resultRefused');
    case 'signed':
      if (purchase.declined) return t('incoming-declined');
      return t(purchase.refusedForNow ? 'resultRefusedForNow' : 'resultOpen');
    case 'cancelled': return t('resultCancelled');
    default: return t('resultShown');
  }
}

/** @param {import('./api.js').Certificate | null} certificate */
function certificateCard(certificate) {
  if (!certificate) return el('p', { class: 'card' }, t('noCertificate'));
  const made = certificate.keyOrigin === 'holder' ? t('keyHolder') : t('keyAuthority');
  return el(
    'div',
    { class: 'card' },
    facts([
      [t('serial'), el('span', { class: 'code' }, certificate.serial)],
      [t('registeredBy'), certificate.registeredBy],
      [t('keyMadeBy'), certificate.keyOrigin ? made : null],
      [t('validUntil'), when(certificate.notAfter)],
    ]),
  );
}

/**
 * @param {{enrol: () => void, openEnrolment: (enrolment: import('./api.js').Enrolment) => void,
 *          openPurchase: (purchase: import('./api.js').Purchase) => void}} go
 * @returns {Promise<Node[]>}
 */
export async function homeScreen(go) {
  const state = await wallet.state();
  const waiting = state.enrolments.filter(({ state }) => state === 'fetched' || state === 'imported');
  const locked = state.card.triesLeft === 0;
  return [
    heading(t('homeTitle')),
    ...(locked ? [el('p', { class: 'notice bad' }, t('locked'))] : []),
    ...(!locked && state.card.triesLeft !== null && state.card.triesLeft < 4
      ? [el('p', { class: 'notice bad' }, t('triesLeft', { count: state.card.triesLeft }))]
      : []),
    ...(waiting.length
      ? [el('h2', {}, t('pending')),
         ...waiting.map((enrolment) =>
           el('button', { type: 'button', class: 'card', onclick: () => go.openEnrolment(enrolment) },
              el('strong', {}, enrolment.merchant), el('span', { class: 'quiet' }, waitsFor(enrolment))))]
      : []),
    el('h2', {}, t('certificate')),
    certificateCard(state.certificate),
    el('button', { type: 'button', class: state.certificate ? '' : 'primary', onclick: go.enrol }, t('enrolButton')),
    el('h2', {}, t('purchases')),
    ...(state.purchases.length
      ? state.purchases.map((purchase) =>
          el('button', { type: 'button', class: 'card', onclick: () => go.openPurchase(purchase) },
             el('strong', {}, `${purchase.merchant} · ${money(purchase.total)}`),
             el('span', { class: purchase.state === 'confirmed' ? 'good' : 'quiet' },
                `${resultWord(purchase)} · ${when(purchase.created)}`)))
      : [el('p', { class: 'quiet' }, t('noPurchases'))]),
    ...(state.card.tamperResistant ? [] : [el('p', { class: 'quiet' }, t('softToken'))]),
  ];
}

/**
 * What the authority lists as issued to the holder's address.
 * @param {import('./api.js').ListedCertificate[]} certificates
 */
export function certificateList(certificates) {
  return certificates.map((certificate) =>
    el(
      'div',
      { class: 'card' },
      facts([
        [t('role'), tName(certificate.role)],
        [t('state'), tName(certificate.state)],
        [t('serial'), el('span', { class: 'code' }, certificate.serial)],
        [t('registeredBy'), certificate.registeredBy],
        [t('validUntil'), when(certificate.notAfter)],
      ]),
    ));
}
