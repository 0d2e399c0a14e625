// SPDX-License-Identifier: Apache-2.0
// The window that asks, shows progress and the order of the last look. It owns the mediator: one purchase, one
// process, which ends with the window.
import { button, el, heading } from './dom.js';
import { codeOfDisconnection, PROGRESS, readMessage } from './message.js';
import { ASKING, next, saidOf, sumsOf } from './purchase_view.js';
import { errorWords, locale, money, t } from './words.js';

/** @typedef {import('./offer.js').Offer} Offer */
/** @typedef {import('./purchase_view.js').View} View */

const HOST = 'org.countersign.mediator';
// A window that appears under the pointer must not take a click that was meant for the page.
const GUARD_MS = 400;

const screen = /** @type {HTMLElement} */ (document.getElementById('screen'));

/** @param {...(Node | null)} nodes */
function show(...nodes) {
  screen.replaceChildren(...nodes.filter((node) => node !== null));
  screen.querySelector('h1')?.focus();
}

/**
 * One title, one remedy; what the mediator said, in its own words, is folded away.
 * @param {string} code @param {string} remedy @param {string} detail
 */
function notice(code, remedy, detail) {
  const words = errorWords(code);
  const said = [remedy, detail].filter((text) => text && text !== words.remedy).map((text) => el('p', { class: 'quiet' }, text));
  const more = said.length > 0 ? [el('details', {}, el('summary', {}, t('mediatorSaid')), ...said)] : [];
  return el('div', { class: 'notice bad', role: 'alert', id: 'error', 'data-code': code },
    el('strong', {}, words.title), el('p', {}, words.remedy), ...more);
}

const closeButton = () => button(t('close'), 'close', 'primary', () => window.close());

/** One conversation with the mediator, from consent to the end. @param {Offer} offer */
function purchase(offer) {
  /** @type {View} */
  let view = ASKING;
  /** @type {chrome.runtime.Port | null} */
  let port = null;

  /** @param {import('./purchase_view.js').Event} event */
  function take(event) {
    view = next(view, event);
    if (view.at === 'ended') {
      port?.disconnect();
      port = null;
    }
    draw();
  }

  function consent() {
    port = chrome.runtime.connectNative(HOST);
    port.onMessage.addListener((message) => take(readMessage(message)));
    port.onDisconnect.addListener((ended) => {
      // Firefox names the reason in the port, Chromium in lastError.
      const words = /** @type {any} */ (ended).error?.message ?? chrome.runtime.lastError?.message ?? '';
      take({ type: 'disconnected', code: codeOfDisconnection(words) });
    });
    const { purchases, origin } = offer;
    port.postMessage(purchases.length === 1 ? { type: 'start', purchase: purchases[0], origin } : { type: 'start', purchases, origin });
    take({ type: 'consented' });
    void chrome.runtime.sendMessage({ type: 'consent', origin: offer.origin }).catch(() => {});
  }

  async function decline() {
    await chrome.runtime.sendMessage({ type: 'declined', origin: offer.origin }).catch(() => {});
    window.close();
  }

  /** @param {'continue' | 'cancel'} answer */
  function answer(answer) {
    port?.postMessage({ type: 'answer', answer });
    take({ type: 'answered' });
  }

  /** Of a purchase at several merchants: where their gateways are. */
  function askedGateways() {
    if (offer.purchases.length === 1) return [];
    return [el('p', {}, `${t('askSeveral')} ${offer.purchases.length}`),
      el('ul', { id: 'gateways' }, ...offer.purchases.map(({ gateway }) => el('li', {}, gateway)))];
  }

  function drawAsking() {
    const go = button(t('consent'), 'consent', 'primary', consent);
    go.disabled = true;
    setTimeout(() => { go.disabled = false; }, GUARD_MS);
    show(heading(t('askTitle')), el('p', {}, t('askOrigin')), el('p', { class: 'origin', id: 'origin' }, offer.origin),
      ...askedGateways(), el('p', {}, t('askWhat')), el('p', { class: 'quiet' }, t('askCompare')),
      el('div', { class: 'buttons' }, go, button(t('decline'), 'decline', '', () => void decline())));
  }

  /** @param {Extract<View, {at: 'working'}>} now */
  function drawWorking(now) {
    const steps = /** @type {const} */ (['starting', ...PROGRESS]).filter((step) => step !== 'review' || now.state === 'review');
    const reached = steps.indexOf(now.state);
    const list = el('ol', { class: 'progress' }, ...steps.map((step, place) =>
      el('li', { class: place < reached ? 'past' : '', 'aria-current': place === reached ? 'step' : false, 'data-step': step }, t(step))));
    const cancel = button(t('cancel'), 'cancel', '', () => {
      port?.postMessage({ type: 'cancel' });
      cancel.disabled = true;
    });
    cancel.hidden = now.state === 'confirming' || now.state === 'approved';
    show(heading(t('workTitle')), list, el('p', { class: 'quiet' }, t('workHint')), el('div', { class: 'buttons' }, cancel));
  }

  /** @param {import('./message.js').Order} order */
  function orderTable(order) {
    const rows = order.lines.map((line) => el('tr', {}, el('td', {}, line.description), el('td', {}, String(line.quantity)),
      el('td', {}, money(line.quantity * line.unitPrice, order.currency))));
    return el('table', { class: 'order' },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('item')), el('th', { scope: 'col' }, t('quantity')), el('th', { scope: 'col' }, t('amount')))),
      el('tbody', {}, ...rows));
  }

  /** @param {Extract<View, {at: 'review'}>} now */
  function drawReview({ orders, notShown }) {
    const several = orders.length + notShown > 1;
    const totalWord = notShown > 0 ? t('totalShown') : t('total');
    show(heading(t('reviewTitle')), el('p', {}, t('reviewText')), several ? el('p', { class: 'notice' }, t('eachByItself')) : null,
      el('div', { id: 'order' }, ...orders.flatMap((order) => [
        el('p', { class: 'origin' }, order.merchant, el('br', {}), order.origin), orderTable(order),
        ...(several ? [el('p', { class: 'subtotal' }, `${t('subtotal')} ${money(order.total, order.currency)}`)] : [])])),
      ...sumsOf(orders).map(({ currency, total }) => el('p', { class: 'total' }, `${totalWord} ${money(total, currency)}`)),
      notShown > 0 ? el('p', { class: 'notice', id: 'not-shown' }, `${t('notShown')} ${notShown}`) : null,
      el('div', { class: 'buttons' }, button(t('continue'), 'continue', 'primary', () => answer('continue')),
        button(t('cancel'), 'cancel', '', () => answer('cancel'))));
  }

  /** What became of each order of several. @param {Extract<View, {at: 'ended'}>} now */
  function outcomes(now) {
    if (now.checkouts.length === 0) return null;
    return el('ul', { id: 'outcomes' }, ...now.checkouts.map(({ gateway, outcome, code }) =>
      el('li', { 'data-outcome': outcome }, el('strong', {}, t(outcome)), ` ${gateway}`,
        ...(code && code !== 'cancelled' ? [el('br', {}), errorWords(code).title] : []))));
  }

  /** @param {Extract<View, {at: 'ended'}>} now */
  function drawEnded(now) {
    const { title, texts, code } = saidOf(now);
    const said = texts.map((text) => el('p', { class: 'notice' }, t(text)));
    const why = code === '' ? null : notice(code, now.remedy, now.detail);
    show(heading(t(title)), ...said, outcomes(now), why, el('div', { class: 'buttons' }, closeButton()));
    screen.setAttribute('data-outcome', now.outcome);
  }

  function draw() {
    if (view.at === 'asking') drawAsking();
    else if (view.at === 'working') drawWorking(view);
    else if (view.at === 'review') drawReview(view);
    else drawEnded(view);
  }
  draw();
}

/** How this computer is equipped. */
function status() {
  const port = chrome.runtime.connectNative(HOST);
  port.onMessage.addListener((value) => {
    const message = readMessage(value);
    if (message.type === 'status') {
      const facts = [[t('version'), message.version], [t('pairings'), String(message.pairings)],
        ...message.parts.map((part) => [part.name, part.remedy ? `${part.state} – ${part.remedy}` : part.state])];
      show(heading(t('statusTitle')), el('p', {}, t('statusText')),
        el('dl', { id: 'parts' }, ...facts.flatMap(([term, fact]) => [el('dt', {}, String(term)), el('dd', {}, String(fact))])),
        el('div', { class: 'buttons' }, closeButton()));
    } else if (message.type === 'error') {
      show(heading(t('statusTitle')), notice(message.code, message.remedy, message.detail), closeButton());
    }
    port.disconnect();
  });
  port.onDisconnect.addListener((ended) => {
    const words = /** @type {any} */ (ended).error?.message ?? chrome.runtime.lastError?.message ?? '';
    show(heading(t('statusTitle')), notice(codeOfDisconnection(words), '', ''), closeButton());
  });
  port.postMessage({ type: 'status' });
}

async function begin() {
  document.documentElement.lang = locale;
  chrome.runtime.onMessage.addListener((message, sender, respond) => {
    if (sender.id === chrome.runtime.id && message?.type === 'is-window-open') respond(true);
  });
  const request = new URLSearchParams(location.search).get('request');
  if (request === null) return status();
  /** @type {Offer | null} */
  const offer = await chrome.runtime.sendMessage({ type: 'take', request }).catch(() => null);
  if (offer) purchase(offer);
  else show(heading(t('nothingTitle')), el('p', {}, t('nothingText')), closeButton());
}

void begin();
