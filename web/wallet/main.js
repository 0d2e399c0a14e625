// SPDX-License-Identifier: Apache-2.0
// Leads from screen to screen.
import { Problem, startSession, wallet } from './api.js';
import { byId, leave, refresh, show } from './screens.js';
import { activeScreen, consentScreen, linkScreen } from './view_enrol.js';
import { homeScreen } from './view_home.js';
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

const start = () => go(show(() => startScreen(async () => home()), { tab: null }));

const enrol = () => go(show(() => linkScreen(openEnrolment), { tab: 'home', back: home }));

/** @param {Enrolment} enrolment */
function openEnrolment(enrolment) {
  if (enrolment.state === 'active') return go(show(() => activeScreen(home), { tab: 'home', back: home }));
  go(show(() => consentScreen(enrolment, openEnrolment), { tab: 'home', back: home }));
}

const pay = () => go(show(() => payScreen(openPurchase), { tab: 'pay' }));

/** @param {Purchase} purchase */
function openPurchase(purchase) {
  const screen = purchase.state === 'shown' ? requestScreen : resultScreen;
  go(show(() => screen(purchase, openPurchase, home), { tab: 'pay', back: home }));
}

const settings = () =>
  go(show(async () => settingsScreen((await wallet.state()).certificate?.suspensionCode ?? ''), { tab: 'settings' }));

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
  } catch {
    start();
  }
}

go(begin());
