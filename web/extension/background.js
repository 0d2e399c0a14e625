// SPDX-License-Identifier: Apache-2.0
// Takes offers of pages and opens the window that asks. The window speaks to the mediator by itself, so that
// nothing of a purchase passes through here after that.
import { afterConsent, afterDeclining, afterShowing, mayAskUnbidden, nothing } from './asking.js';
import { readOffer } from './offer.js';

/** @typedef {import('./offer.js').Offer} Offer */

/** Offers whose window is opening, by the number in its address. @type {Map<string, Offer>} */
const opening = new Map();

/** In memory of the browser only (storage.session); this script ends and starts again as the browser likes. */
async function recall() {
  const stored = await chrome.storage.session.get('memory');
  return /** @type {import('./asking.js').Memory} */ (stored['memory'] ?? nothing());
}

/** @param {import('./asking.js').Memory} memory */
const remember = (memory) => chrome.storage.session.set({ memory });

async function isWindowOpen() {
  return (await chrome.runtime.sendMessage({ type: 'is-window-open' }).catch(() => false)) === true;
}

/** @param {string} [request] */
async function openWindow(request) {
  const query = request ? `?request=${request}` : '';
  await chrome.windows.create({
    url: chrome.runtime.getURL(`window.html${query}`), type: 'popup', width: 480, height: 720, focused: true,
  });
}

/** @param {Offer} offer */
async function ask(offer) {
  const request = crypto.randomUUID();
  opening.set(request, offer);
  await remember(afterShowing(await recall(), offer));
  await openWindow(request);
}

/** @param {Offer} offer @param {boolean} byHand */
async function consider(offer, byHand) {
  if (await isWindowOpen()) return;
  if (byHand || mayAskUnbidden(await recall(), offer)) {
    await chrome.action.setBadgeText({ tabId: offer.tab, text: '' });
    await ask(offer);
  } else {
    await chrome.action.setBadgeText({ tabId: offer.tab, text: '1' });
  }
}

/** @param {chrome.runtime.MessageSender} sender */
const isOwnWindow = (sender) => sender.id === chrome.runtime.id && !!sender.url?.startsWith(chrome.runtime.getURL('window.html'));

/**
 * @param {any} message @param {chrome.runtime.MessageSender} sender
 * @returns {Promise<unknown> | undefined}
 */
function answer(message, sender) {
  if (message?.type === 'tags' || message?.type === 'tags-by-hand') {
    const read = readOffer(message.tags, message.together, sender, chrome.runtime.id);
    if ('refusal' in read) return Promise.resolve({ state: read.refusal });
    return consider(read.offer, message.type === 'tags-by-hand').then(() => ({ state: 'found' }));
  }
  if (!isOwnWindow(sender)) return undefined;
  if (message?.type === 'take') {
    const offer = opening.get(message.request);
    opening.delete(message.request);
    return Promise.resolve(offer ?? null);
  }
  if (message?.type === 'declined') return recall().then((memory) => remember(afterDeclining(memory, message.origin)));
  if (message?.type === 'consent') return recall().then((memory) => remember(afterConsent(memory, message.origin)));
  return undefined;
}

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  const answering = answer(message, sender);
  if (answering === undefined) return false;
  answering.then(respond, () => respond(undefined));
  return true;
});

chrome.action.onClicked.addListener(async (tab) => {
  if (await isWindowOpen()) return;
  const looked = tab.id === undefined ? undefined
    : await chrome.tabs.sendMessage(tab.id, { type: 'look' }, { frameId: 0 }).catch(() => undefined);
  // A page with an offer answers with its tags; without one the window says how this computer is equipped.
  if (!(looked?.tags > 0)) await openWindow();
});
