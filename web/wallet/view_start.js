// SPDX-License-Identifier: Apache-2.0
import { startSession } from './api.js';
import { el, field, form, heading } from './dom.js';
import { attempt } from './screens.js';
import { t } from './words.js';

/**
 * The screen of a page that holds no session.
 * @param {() => Promise<void>} proceed
 * @returns {Node[]}
 */
export function startScreen(proceed) {
  return [
    heading(t('startTitle')),
    el('p', {}, t('startText')),
    form(
      { submit: t('startButton') },
      (values) =>
        attempt(async () => {
          await startSession(values.token.trim().replace(/^.*#/, ''));
          await proceed();
        }),
      field({ name: 'token', label: t('startField'), type: 'password' }),
    ),
  ];
}
