// SPDX-License-Identifier: Apache-2.0
// Purchases that began in the browser of a paired PC.
import { Problem, wallet } from './api.js';
import { choice, el, facts, field, form, heading } from './dom.js';
import { attempt, notice, say } from './screens.js';
import { orderTable } from './view_pay.js';
import { fieldWord, money, t, tName, when } from './words.js';

/** @typedef {import('./api.js').Incoming} Incoming */
/** @typedef {import('./api.js').Asked} Asked */
/** @typedef {import('./api.js').Amount} Amount */
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

/** @typedef {import('./api.js').Question} Question */
/** @typedef {import('./api.js').Section} Section */

/** What the sections ask that wait for an answer. @param {Incoming} incoming */
function askedOf(incoming) {
  return incoming.sections.flatMap(({ asks, request }) => (asks && request ? [request] : []));
}

/** @param {Asked[]} asked */
function title(asked) {
  if (asked.some(({ purpose }) => purpose === 'login')) return t('loginTitle');
  if (asked.some(({ purpose }) => purpose === 'age-check')) return t('ageTitle');
  const informs = asked.every(({ order }) => !order);
  if (asked.length > 1) return informs ? t('informationTitleSeveral') : t('requestTitleSeveral', { count: asked.length });
  return informs ? t('informationTitle') : t('requestTitle');
}

/** @param {Question} question @param {Asked[]} asked */
function fieldChoices(question, asked) {
  const asksInformation = asked.some((one) => one.asksInformation);
  if (!question.fields.length) return asksInformation ? el('p', { class: 'quiet' }, t('onlyCertificate')) : null;
  /** Who asks, where there are several. @param {string} name */
  const askers = (name) => (asked.length === 1 ? ''
    : ` – ${asked.filter(({ fields }) => fields.some((field) => field.name === name)).map(({ merchant }) => merchant).join(', ')}`);
  return el(
    'fieldset', {},
    el('legend', {}, t('fieldsAsked')),
    ...question.fields.map(({ name, held }) =>
      choice({ name: `field ${name}`, label: fieldWord(name) + askers(name) + (held ? '' : ` (${t('notOnCard')})`),
               checked: held, disabled: !held })));
}

/** @param {import('./api.js').Means} means */
export function meansWord(means) {
  return `${t(means.method)} ···${means.ending} (${means.detail})${means.company ? ` · ${means.company.name}` : ''}`;
}

/** Why a card company declined: some reasons mean more than those of a shop's own payments. @param {string} code */
function companyWord(code) {
  const name = `company-${code}`;
  const word = tName(name);
  return word === name ? tName(code) : word;
}

/** What the card company said to a payment, and of which card. @param {import('./api.js').Review} review */
export function reviewWords({ company, method, ending, verdict, code }) {
  const made = { company: company.name, means: `${t(method)} ···${ending}` };
  if (verdict === 'approved') return t('reviewApproved', made);
  if (verdict === 'declined') return `${t('reviewDeclined', made)} ${companyWord(code)}`;
  return t('reviewMissing', made);
}

/** @param {import('./api.js').Review} review */
export function reviewLine(review) {
  const look = { approved: 'good', declined: 'bad', '': 'quiet' }[review.verdict];
  return el('p', { class: `${look} review`, 'data-verdict': review.verdict }, reviewWords(review));
}

/** @param {Question} question @param {Asked[]} asked */
function meansChoices(question, asked) {
  if (!question.paid) return null;
  const several = asked.length > 1;
  const comesLater = asked.some(({ companies, order }) => companies.length && !order);
  if (!question.means.length) return el('p', { class: 'notice bad' }, t(several ? 'noMeansSeveral' : 'noMeans'));
  return el(
    'fieldset', {},
    el('legend', {}, t('payWith')),
    ...(comesLater ? [el('p', { class: 'quiet' }, t('orderComesLater'))] : []),
    ...question.means.map((means, place) =>
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

/** @param {Question} question @param {Record<string, string>} values */
function answerOf(question, values) {
  const fields = Object.keys(values).filter((name) => name.startsWith('field ')).map((name) => name.slice(6));
  return { pin: values.pin, fields, means: values.means ?? '', code: values.code ?? '', question: question.number };
}

/** @param {Incoming} incoming @param {string} [label] */
function refuseButton(incoming, label = t('refuse')) {
  const refuse = () => attempt(async () => {
    await wallet.refuseIncoming(incoming.id);
  });
  return el('div', { class: 'stack after' },
            el('button', { type: 'button', class: 'danger', onclick: refuse }, label));
}

/** Whether the others could be bought without one of them. @param {Incoming} incoming */
const canLeaveOut = ({ sections }) => sections.filter(({ end }) => end === null).length > 1;

/** Goes on without this merchant. @param {Incoming} incoming @param {Section} section */
function leaveOutButton(incoming, section) {
  if (section.end || !canLeaveOut(incoming)) return null;
  const leaveOut = () => attempt(async () => {
    await wallet.leaveOutIncoming(incoming.id, section.gateway);
  });
  return el('button', { type: 'button', class: 'leave-out', onclick: leaveOut }, t('leaveOut'));
}

/** What one merchant asks: who it is, what is bought, and on which terms. @param {Section} section @param {Asked} asked */
function askedSection(section, asked) {
  return [
    facts([
      [t('merchant'), el('strong', {}, asked.merchant)],
      [t('merchantSubject'), el('span', { class: 'code' }, asked.merchantSubject)],
      [t('elsewhere'), asked.elsewhere && t('elsewhereText', { place: asked.elsewhere })],
      [t('origin'), el('strong', {}, asked.origin)],
    ]),
    ...(asked.declined
      ? [el('div', { class: 'notice bad', role: 'alert' }, el('strong', {}, t('declinedTitle')),
            asked.answer ? reviewWords(asked.answer) : tName(asked.declined))]
      : []),
    ...(asked.standing
      ? [el('p', { class: 'notice standing' }, t('sentOnceMore', { means: `${t(asked.standing.method)} ···${asked.standing.ending}` }))]
      : []),
    ...(section.trouble ? [notice(section.trouble)] : []),
    ...(asked.order
      ? [orderTable(asked.order),
         facts([[t('confirmedBy'), asked.order.authority], [t('expires'), when(asked.order.expires)]])]
      : []),
  ];
}

/** One of several merchants, with what became of its part. @param {Incoming} incoming @param {Section} section */
function oneOfSeveral(incoming, section) {
  const { request, end } = section;
  const name = request?.merchant ?? section.gateway;
  return el('section', { class: 'merchant', 'data-gateway': section.gateway, 'data-result': end?.result ?? '' },
    el('h2', {}, name),
    ...(end ? endedSection(section, end) : []),
    ...(!end && section.asks && request
      ? [...askedSection(section, request),
         ...(request.order ? [el('p', { class: 'subtotal' }, `${t('subtotal')} ${money(request.order.total)}`)] : [])]
      : []),
    ...(!end && incoming.state === 'opening' ? [el('p', { class: 'quiet' }, request ? t('hasAnswered') : t('isWaitedFor'))] : []),
    leaveOutButton(incoming, section));
}

/** @param {Section} section @param {import('./api.js').End} end */
function endedSection(section, end) {
  const good = end.result === 'confirmed';
  return [
    ...(end.answer ? [reviewLine(end.answer)] : []),
    el('p', { class: good ? 'good' : 'notice' }, el('strong', {}, tName(`incoming-${end.result}`)), ' ',
       tName(`incoming-${end.result}-text`)),
    ...(end.result === 'declined' && !end.answer ? [el('p', {}, tName(end.code))] : []),
    ...(['refused', 'failed', 'unknown'].includes(end.result) && end.code ? [notice(end.code)] : []),
    ...(section.request?.order ? [el('p', { class: 'subtotal' }, money(section.request.order.total))] : []),
  ];
}

/** @param {Amount[]} totals */
function totalLines(totals) {
  return totals.flatMap((total) => [el('p', {}, t('total')), el('p', { class: 'total' }, money(total))]);
}

/** @param {Incoming} incoming @param {Question} question */
function askedScreen(incoming, question) {
  const asked = askedOf(incoming);
  const orders = asked.some(({ order }) => order !== null);
  const several = incoming.sections.length > 1;
  const approve = (/** @type {Record<string, string>} */ values) =>
    attempt(() => wallet.approveIncoming(incoming.id, answerOf(question, values)), t('asking'));
  const [only] = incoming.sections;
  return [
    heading(title(asked)),
    ...(several ? [el('p', { class: 'notice' }, t('eachByItself')), ...incoming.sections.map((section) => oneOfSeveral(incoming, section))]
      : only && asked[0] ? askedSection(only, asked[0]) : []),
    facts([[t('fromComputer'), incoming.computer]]),
    ...attestation(incoming),
    ...totalLines(question.totals),
    form(
      { submit: orders ? t('sign') : t('tell') }, approve,
      fieldChoices(question, asked),
      meansChoices(question, asked),
      incoming.attested ? null : choice({ name: 'code', label: t('codeIsSame'), value: incoming.code, required: true }),
      field({ name: 'pin', label: t('pin'), hint: t('pinHint'), type: 'password' })),
    refuseButton(incoming, orders ? t('refuse') : t('tellNothing')),
  ];
}

/** @param {Incoming} incoming */
function merchantsOf(incoming) {
  return incoming.sections.flatMap(({ request }) => request?.merchant ?? []).join(', ');
}

/** @param {Incoming} incoming @param {string} text */
function waitingScreen(incoming, text) {
  return [
    heading(t('incomingTitle')),
    facts([[t('fromComputer'), incoming.computer], [t('merchant'), merchantsOf(incoming)]]),
    el('p', { 'aria-live': 'polite' }, text),
    ...(incoming.state === 'opening' && incoming.sections.length > 1
      ? incoming.sections.map((section) => oneOfSeveral(incoming, section)) : []),
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
  const see = (/** @type {string} */ wanted) => async () => {
    const { purchases } = await wallet.state();
    const purchase = purchases.find(({ id }) => id === wanted);
    await wallet.dismissIncoming(incoming.id);
    if (purchase) leads.openPurchase(purchase);
    else leads.home();
  };
  const seeButton = (/** @type {string} */ purchase, /** @type {string} */ label) =>
    el('button', { type: 'button', onclick: () => attempt(see(purchase)) }, label);
  const leaveButton = el('button', { type: 'button', class: 'primary', onclick: () => attempt(leave) }, t('toHome'));
  const by = end.by === 'outcome' ? [] : [el('p', {}, tName(`ended-${end.by}`))];
  if (incoming.sections.length > 1) {
    return [
      heading(tName(`incoming-${end.result}`)), ...by,
      el('p', { class: 'quiet' }, t('eachByItself')),
      ...incoming.sections.map((section) => oneOfSeveral(incoming, section)),
      el('div', { class: 'stack' },
         ...incoming.sections.flatMap(({ end: ended, request, gateway }) => (ended?.purchase
           ? [seeButton(ended.purchase, `${t('seePurchase')}: ${request?.merchant ?? gateway}`)] : [])),
         leaveButton),
    ];
  }
  const request = incoming.sections[0]?.request;
  return [
    heading(tName(`incoming-${end.result}`)),
    ...(end.answer ? [reviewLine(end.answer)] : []),
    el('p', { class: good ? 'good' : 'notice' }, tName(`incoming-${end.result}-text`)),
    ...by,
    ...(end.result === 'declined' && !end.answer ? [el('p', {}, tName(end.code))] : []),
    ...(['refused', 'failed', 'unknown'].includes(end.result) && end.code ? [notice(end.code)] : []),
    ...(request ? [facts([[t('merchant'), request.merchant], [t('origin'), request.origin]])] : []),
    el('div', { class: 'stack' }, end.purchase ? seeButton(end.purchase, t('seePurchase')) : null, leaveButton),
  ];
}

/**
 * @param {Incoming} incoming
 * @param {Leads} leads
 * @returns {Node[]}
 */
export function incomingScreen(incoming, leads) {
  if (incoming.state === 'ended') return endedScreen(incoming, leads);
  if (incoming.state === 'asked' && incoming.question) return askedScreen(incoming, incoming.question);
  say('');
  return waitingScreen(incoming, tName(`incoming-${incoming.state}-text`));
}
