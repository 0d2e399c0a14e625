// SPDX-License-Identifier: Apache-2.0
import { wallet } from './api.js';
import { el, facts, field, form, heading } from './dom.js';
import { attempt } from './screens.js';
import { t, when } from './words.js';

/** @typedef {import('./api.js').Enrolment} Enrolment */

/**
 * @param {(enrolment: Enrolment) => void} opened
 * @returns {Node[]}
 */
export function linkScreen(opened) {
  const choice = (/** @type {string} */ value, /** @type {string} */ label, /** @type {boolean} */ checked) =>
    el('label', {}, el('input', { type: 'radio', name: 'keys', value, checked }), label);
  return [
    heading(t('enrolTitle')),
    el('p', {}, t('enrolText')),
    form(
      { submit: t('continue') },
      (values) => attempt(async () => opened(await wallet.beginEnrolment(values.link, values.keys))),
      el('label', {}, t('link'), el('textarea', { name: 'link', required: true, spellcheck: 'false' })),
      el('fieldset', {}, el('legend', {}, t('keySource')), choice('file', t('keySourceFile'), true),
         choice('card', t('keySourceCard'), false)),
    ),
  ];
}

/**
 * Shows what the merchant signed and asks for what the mail brought.
 * @param {Enrolment} enrolment
 * @param {(enrolment: Enrolment) => void} finished
 * @returns {Node[]}
 */
export function consentScreen(enrolment, finished) {
  return [
    heading(t('consentTitle')),
    el('p', {}, t('consentText', { merchant: enrolment.merchant })),
    el('blockquote', { class: 'card' }, enrolment.text),
    facts([
      [t('merchant'), enrolment.merchant],
      [t('merchantSubject'), el('span', { class: 'code' }, enrolment.merchantSubject)],
      [t('address'), enrolment.email],
      [t('agreed'), when(enrolment.given)],
    ]),
    el('p', { class: 'notice' }, t('mailHint')),
    secretsForm(enrolment, finished),
  ];
}

/**
 * @param {Enrolment} enrolment
 * @param {(enrolment: Enrolment) => void} finished
 */
function secretsForm(enrolment, finished) {
  const pin = field({ name: 'pin', label: t('pin'), hint: t('pinHint'), type: 'password' });
  if (enrolment.state === 'imported') {
    return form({ submit: t('openButton') },
                (values) => attempt(async () => finished(await wallet.completeEnrolment(enrolment.id, values.pin))), pin);
  }
  if (enrolment.hasKeyFile) {
    return form(
      { submit: t('openButton') },
      (values) =>
        attempt(async () => finished(await wallet.openKeyFile(enrolment.id, values.password.trim(), values.pin))),
      field({ name: 'password', label: t('password'), type: 'password' }),
      pin,
    );
  }
  return form(
    { submit: t('openButton') },
    (values) =>
      attempt(async () =>
        finished(await wallet.makeKeys(enrolment.id, values.code.trim(), values.root.trim(), values.pin))),
    field({ name: 'code', label: t('mailedCode'), type: 'password' }),
    field({ name: 'root', label: t('mailedRoot'), hint: t('mailedRootHint'), minlength: 32 }),
    pin,
  );
}

/**
 * @param {() => void} home
 * @returns {Promise<Node[]>}
 */
export async function activeScreen(home) {
  const { certificate } = await wallet.state();
  return [
    heading(t('activeTitle')),
    el('p', {}, t('activeText')),
    el('p', { class: 'card code' }, certificate?.suspensionCode ?? ''),
    el('button', { type: 'button', class: 'primary', onclick: home }, t('toHome')),
  ];
}
