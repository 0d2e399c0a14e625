// SPDX-License-Identifier: Apache-2.0
// Keeps a page of an undecided order up to date. Without script the page renews itself.

const PACE_MS = 1000;
// After this the state has changed to where the page looks different.
const SAME_PAGE = new Set(['open', 'taken', 'lost']);

/** @param {HTMLElement} line */
async function follow(line) {
  for (let shown = line.dataset['state'] ?? ''; ; ) {
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    if (document.visibilityState !== 'visible') continue;
    const response = await fetch(`${location.pathname}/state${location.search}`, { cache: 'no-store' }).catch(() => null);
    if (!response?.ok) continue;
    /** @type {{state: string, said: string}} */
    const now = await response.json();
    if (now.state === shown) continue;
    if (!SAME_PAGE.has(now.state) || !SAME_PAGE.has(shown)) return location.reload();
    shown = now.state;
    line.textContent = now.said;
    line.dataset['state'] = shown;
  }
}

const line = document.getElementById('state');
if (line) void follow(line);
