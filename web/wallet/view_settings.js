// SPDX-License-Identifier: Apache-2.0
import { wallet } from './api.js';
import { el, field, form, heading } from './dom.js';
import { attempt, say } from './screens.js';
import { meansParts, pairingParts, personalParts } from './view_data.js';
import { certificateList } from './view_home.js';
import { t } from './words.js';

/**
 * One thing to change, folded away until it is wanted.
 * @param {string} title
 * @param {string | null} text
 * @param {...Node} children
 */
function section(title, text, ...children) {
  const details = el('details', { class: 'card' }, el('summary', {}, el('strong', {}, title)));
  if (text) details.append(el('p', { class: 'quiet' }, text));
  details.append(...children);
  return details;
}

/** @param {string} [label] */
function pinField(label = t('pin')) {
  return field({ name: 'pin', label, type: 'password' });
}

function pinSection() {
  return section(
    t('pinTitle'), null,
    form(
      { submit: t('pinTitle') },
      (values) =>
        attempt(async () => {
          if (values.after !== values.again) return say(t('pinDiffers'));
          await wallet.changePin(values.pin, values.after);
          say(t('pinDone'));
        }),
      pinField(t('pinOld')),
      field({ name: 'after', label: t('pinNew'), type: 'password', minlength: 4 }),
      field({ name: 'again', label: t('pinAgain'), type: 'password', minlength: 4 }),
    ));
}

function listSection() {
  const list = el('div', { 'aria-live': 'polite' });
  return section(
    t('listTitle'), t('listText'),
    form(
      { submit: t('listButton') },
      (values) =>
        attempt(async () => {
          const { certificates } = await wallet.certificates(values.pin);
          list.replaceChildren(...certificateList(certificates));
          say('');
        }),
      pinField()),
    list);
}

/**
 * @param {string} code  with which a lost wallet is suspended
 * @returns {Node[]}
 */
export function settingsScreen(code) {
  return [
    heading(t('settings')),
    section(t('personalTitle'), t('personalText'), personalParts()),
    section(t('meansTitle'), t('meansText'), meansParts()),
    section(t('pairTitle'), t('pairText'), pairingParts()),
    pinSection(),
    section(
      t('addressTitle'), t('addressText'),
      form({ submit: t('addressTitle') },
           (values) =>
             attempt(async () => {
               await wallet.changeAddress(values.email.trim(), values.pin);
               say(t('addressDone'));
             }),
           field({ name: 'email', label: t('addressNew'), type: 'email', autocomplete: 'email' }), pinField())),
    listSection(),
    section(
      t('renewTitle'), t('renewText'),
      form({ submit: t('renewTitle') },
           (values) =>
             attempt(async () => {
               await wallet.renew(values.pin);
               say(t('renewDone'));
             }),
           pinField())),
    section(
      t('suspendTitle'), t('suspendText'),
      form({ submit: t('suspendTitle'), danger: true },
           (values) =>
             attempt(async () => {
               await wallet.suspend(values.pin);
               say(t('suspendDone'));
             }),
           pinField())),
    ...(code ? [el('h2', {}, t('code')), el('p', { class: 'card code' }, code)] : []),
  ];
}
