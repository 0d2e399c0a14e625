// SPDX-License-Identifier: Apache-2.0
// What all screens share: showing one, saying what is going on, and saying what went wrong.
import { Problem, wallet } from './api.js';
import { el } from './dom.js';
import { errorWords, t } from './words.js';

/** @typedef {() => (Node[] | Promise<Node[]>)} Screen  makes the contents of a screen, its heading first */
/** @typedef {'home' | 'pay' | 'settings' | null} Tab */

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @type {Screen} */
let current = () => [];
/** @type {Tab} */
let currentTab = null;
/** @type {(() => void) | null} */
let goBack = null;

/**
 * Shows a screen; `back` leads out of it, `tab` marks where it belongs (null: the tabs are hidden).
 * @param {Screen} screen
 * @param {{tab: Tab, back?: () => void}} place
 */
export async function show(screen, place) {
  current = screen;
  currentTab = place.tab;
  goBack = place.back ?? null;
  await refresh();
  window.scrollTo(0, 0);
}

/** Draws the current screen again, after a change of language for one. */
export async function refresh() {
  const drawn = current;
  const contents = await drawn();
  if (drawn !== current) return;  // a screen that came meanwhile stays, a question above all
  byId('screen').replaceChildren(...contents);
  byId('back').hidden = goBack === null;
  byId('back').textContent = `‹ ${t('back')}`;
  byId('tabs').hidden = currentTab === null;
  byId('language').textContent = t('language');
  for (const tab of /** @type {const} */ (['home', 'pay', 'settings'])) {
    const button = byId(`tab-${tab}`);
    button.textContent = t(tab);
    if (tab === currentTab) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
  say('');
  byId('screen').querySelector('h1')?.focus();
}

export function leave() {
  goBack?.();
}

/** @param {string} text */
export function say(text) {
  byId('status').textContent = text;
}

/** @param {string} code */
export function notice(code) {
  const words = errorWords(code);
  return el('div', { class: 'notice bad' }, el('strong', {}, words.title), words.remedy);
}

/** How many PIN tries the card leaves, where it says so. */
async function triesLeft() {
  const state = await wallet.state().catch(() => null);
  const count = state?.card.triesLeft ?? null;
  return count === null ? [] : [el('p', { class: 'quiet' }, t('triesLeft', { count }))];
}

/**
 * Runs what a person asked for: says that it takes a moment, and shows a failure above the form with its remedy.
 * @param {() => Promise<void>} work
 * @param {string} [saying]
 */
export async function attempt(work, saying = t('working')) {
  for (const old of byId('screen').querySelectorAll('.failure')) old.remove();
  say(saying);
  try {
    await work();
  } catch (error) {
    const code = error instanceof Problem ? error.code : 'internal';
    const failure = el('div', { class: 'failure', role: 'alert', tabindex: -1 }, notice(code));
    if (code === 'wrong_pin') failure.append(...(await triesLeft()));
    if (!(error instanceof Problem)) console.error(error);
    byId('screen').querySelector('h1')?.after(failure);
    say('');
    failure.focus();
  }
}
