// SPDX-License-Identifier: Apache-2.0
// What the holder keeps on the card beside keys, and the PCs that may start purchases.
import { wallet } from './api.js';
import { choice, el, field, form } from './dom.js';
import { attempt, say } from './screens.js';
import { meansWord } from './view_incoming.js';
import { t, when } from './words.js';

const pin = () => field({ name: 'pin', label: t('pin'), type: 'password' });

/** @param {import('./api.js').PersonalData} data */
function personalForm(data) {
  return form(
    { submit: t('keep') },
    (values) => attempt(async () => {
      const { name, address, birthDate, telephone, bloodType } = values;
      await wallet.keepPersonal(values.pin, { name, address, birthDate, telephone, bloodType });
      say(t('kept'));
    }),
    field({ name: 'name', label: t('name'), value: data.name, required: false }),
    field({ name: 'address', label: t('postalAddress'), value: data.address, required: false }),
    field({ name: 'birthDate', label: t('birthDate'), type: 'date', value: data.birthDate, required: false }),
    field({ name: 'telephone', label: t('telephone'), type: 'tel', value: data.telephone, required: false }),
    field({ name: 'bloodType', label: t('bloodType'), value: data.bloodType, required: false, placeholder: 'AB+' }),
    pin());
}

/** The personal information on the card: shown after the PIN, and changed with it. */
export function personalParts() {
  const place = el('div', {});
  place.append(form(
    { submit: t('showIt') },
    (values) => attempt(async () => {
      place.replaceChildren(personalForm(await wallet.personal(values.pin)));
      say('');
    }),
    pin()));
  return place;
}

/** Ways to pay, by their last digits; added and removed with the PIN. */
export function meansParts() {
  const list = el('ul', { 'aria-live': 'polite' });
  const place = el('div', { class: 'stack' });
  /** What was typed does not stay on the screen. @param {(values: Record<string, string>) => Promise<import('./api.js').HolderData>} change */
  const changing = (change) => (/** @type {Record<string, string>} */ values) => attempt(async () => {
    fill(await change(values));
    for (const typed of place.querySelectorAll('form')) typed.reset();
    say(t('kept'));
  });
  /** What cannot be read can only be removed. @param {string} id */
  const unreadable = (id) =>
    el('li', { class: 'stack' },
       el('span', { class: 'bad' }, t('unreadableMeans', { id })),
       form({ submit: t('removeMeans'), danger: true }, changing((values) => wallet.removeMeans(id, values.pin)), pin()));
  const choices = el('fieldset', {});
  const removing = el(
    'div', { class: 'stack', hidden: true },
    el('h3', {}, t('removeMeans')),
    form({ submit: t('removeMeans'), danger: true }, changing((values) => wallet.removeMeans(values.means, values.pin)), choices, pin()));
  /** @param {import('./api.js').HolderData} data */
  const fill = (data) => {
    const lines = [...data.means.map((means) => el('li', {}, meansWord(means))), ...data.unreadable.map(unreadable)];
    list.replaceChildren(...(lines.length ? lines : [el('li', { class: 'quiet' }, t('noMeansYet'))]));
    choices.replaceChildren(
      el('legend', {}, t('removeWhich')),
      ...data.means.map((means) =>
        choice({ name: 'means', type: 'radio', label: meansWord(means), value: means.id, required: true })));
    removing.hidden = data.means.length === 0;
  };
  attempt(async () => fill(await wallet.holderData()), '');
  const holder = () => field({ name: 'holder', label: t('meansHolder') });
  place.append(
    list,
    el('h3', {}, t('addCard')),
    form({ submit: t('addCard') },
         changing((values) =>
           wallet.addCard(values.pin, values.number.replace(/[ -]/g, ''), values.expiry, values.holder,
                         values.company.trim())),
         field({ name: 'number', label: t('cardNumber'), mode: 'numeric' }),
         field({ name: 'expiry', label: t('expiry'), hint: t('expiryHint'), placeholder: '2029-08' }), holder(),
         field({ name: 'company', label: t('cardCompany'), hint: t('cardCompanyHint'), required: false,
                 placeholder: 'CN=Hanok Card,OU=card-companies,…' }),
         pin()),
    el('h3', {}, t('addAccount')),
    form({ submit: t('addAccount') },
         changing((values) => wallet.addAccount(values.pin, values.bank, values.number, values.holder)),
         field({ name: 'bank', label: t('bank') }), field({ name: 'number', label: t('accountNumber'), mode: 'numeric' }),
         holder(), pin()),
    removing);
  return place;
}

/** What is in the way of PCs, and what to do about it. @param {import('./api.js').Pairings} pairings */
function linkNotices({ listening, port, discoveryPort, obstacle }) {
  const notices = [];
  if (obstacle) {
    const known = /** @type {Record<string, import('./words.js').Word>} */ ({
      adapter_missing: 'adapterMissing', adapter_off: 'adapterOff', service_missing: 'bluetoothMissing',
    })[obstacle.name];
    notices.push(known ? t(known) : obstacle.remedy);
  } else if (!listening) {
    notices.push(t('linkOff'));
  }
  if (port) notices.push(t('linkPorts', { port: String(port), discovery: String(discoveryPort) }));
  return notices;
}

/** @param {HTMLElement} list @param {import('./api.js').Pairings} pairings */
function fillPairings(list, pairings) {
  const line = (/** @type {import('./api.js').Pairings['pairings'][number]} */ pairing) =>
    el('li', { class: 'stack' },
       el('span', {}, `${pairing.name} · ${t(pairing.waits ? 'waitsUntil' : 'lastUsed')} ${when(pairing.lastUsed)}`),
       el('button', {
         type: 'button', class: 'danger',
         onclick: () => attempt(async () => fillPairings(list, await wallet.unpair(pairing.id))),
       }, t('unpair')));
  list.replaceChildren(
    ...linkNotices(pairings).map((notice) => el('li', { class: 'notice' }, notice)),
    ...(pairings.pairings.length ? pairings.pairings.map(line) : [el('li', { class: 'quiet' }, t('noPairings'))]));
}

/** Paired PCs: by the offer that one shows. */
export function pairingParts() {
  const list = el('ul', { 'aria-live': 'polite' });
  attempt(async () => fillPairings(list, await wallet.pairings()), '');
  return el(
    'div', { class: 'stack' },
    list,
    form({ submit: t('pair') },
         (values) => attempt(async () => {
           fillPairings(list, await wallet.pair(values.link.trim()));
           say(t('pairWaits'));
         }),
         el('label', {}, t('pairLink'), el('textarea', { name: 'link', required: true, spellcheck: 'false' }))));
}
