// SPDX-License-Identifier: Apache-2.0
// Leads from screen to screen.
import { Problem, startSession, wallet } from './api.js';
import { byId, leave, refresh, show } from './screens.js';
import { activeScreen, consentScreen, linkScreen } from './view_enrol.js';
import { homeScreen } from './view_home.js';
import { incomingScreen, isSettled, watchIncoming } from './view_incoming.js';
import { payScreen, requestScreen, resultScreen } from './view_pay.js';
import { settingsScreen } from './view_settings.js';
import { startScreen } from './view_start.js';
import { currentLocale, useLocale } from './words.js';

/** @typedef {import('./api.js').Enrolment} Enrolment */
/** @typedef {import('./api.js').Purchase} Purchase */

/** Runs what leads to another screen; a page that lost its session starts anew. @param {Promise<void>} work */
function go(work) {
  work.catch((error) => {
    if (error instanceof Problem && (error.code === 'unauthenticated' || error.code === 'forbidden')) return start();
    console.error(error);
  });
}

const home = () =>
  go(show(() => homeScreen({ enrol, openEnrolment, openPurchase }), { tab: 'home' }));

const start = () => go(show(() => startScreen(async () => {
  home();
  go(watch());
}), { tab: null }));

const enrol = () => go(show(() => linkScreen(openEnrolment), { tab: 'home', back: home }));

/** @param {Enrolment} enrolment */
function openEnrolment(enrolment) {
  if (enrolment.state === 'active') return go(show(() => activeScreen(home), { tab: 'home', back: home }));
  go(show(() => consentScreen(enrolment, openEnrolment), { tab: 'home', back: home }));
}

/** @type {import('./api.js').Incoming | null} */
let currentIncoming = null;

function pay() {
  if (currentIncoming && !isSettled(currentIncoming)) return openIncoming(currentIncoming);
  go(show(() => payScreen(openPurchase), { tab: 'pay' }));
}

/** @param {Purchase} purchase */
function openPurchase(purchase) {
  // What began in the browser of a PC is approved only as long as that PC is there.
  const screen = purchase.state === 'shown' && purchase.profile === 'direct' ? requestScreen : resultScreen;
  go(show(() => screen(purchase, openPurchase, home), { tab: 'pay', back: home }));
}

const settings = () =>
  go(show(async () => settingsScreen((await wallet.state()).certificate?.suspensionCode ?? ''), { tab: 'settings' }));

/** A purchase from a paired PC comes to the front. @param {import('./api.js').Incoming | null} incoming */
function showIncoming(incoming) {
  const before = currentIncoming;
  currentIncoming = incoming;
  // While the holder's answer is on its way its form stays, so that a wrong PIN can be said beside it.
  if (!incoming || (incoming.state === 'working' && before?.state === 'asked')) {
    if (incoming) currentIncoming = before;
    return;
  }
  if (JSON.stringify(incoming) === JSON.stringify(before)) return;
  openIncoming(incoming);
}

/** @param {import('./api.js').Incoming} incoming */
function openIncoming(incoming) {
  go(show(() => incomingScreen(incoming, { home, openPurchase }), { tab: 'pay', back: isSettled(incoming) ? home : undefined }));
}

let isWatching = false;
async function watch() {
  if (isWatching) return;
  isWatching = true;
  await watchIncoming(showIncoming);
  isWatching = false;
}

async function changeLanguage() {
  useLocale(currentLocale() === 'ko' ? 'en' : 'ko');
  await wallet.keepLocale(currentLocale()).catch(() => {});
  await refresh();
}

async function begin() {
  useLocale('');
  byId('back').addEventListener('click', leave);
  byId('language').addEventListener('click', () => go(changeLanguage()));
  byId('tab-home').addEventListener('click', home);
  byId('tab-pay').addEventListener('click', pay);
  byId('tab-settings').addEventListener('click', settings);
  const token = location.hash.slice(1);
  // The token leaves the address bar and the history before anything else is done.
  if (token) history.replaceState(null, '', location.pathname);
  try {
    // An address opens one session, once: the page that did so, opened with it again, still holds that session.
    if (token) await startSession(token).catch(() => {});
    useLocale((await wallet.state()).locale);
    home();
    go(watch());
  } catch {
    start();
  }
}

go(begin());
