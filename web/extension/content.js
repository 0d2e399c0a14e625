// SPDX-License-Identifier: Apache-2.0
// Finds the purchase tag of a page, or several that one element holds together, and reports them. What is in them is
// judged by offer.js, out of the page's reach.
// A classic script: browsers load no modules here.
(() => {
  const found = document.getElementsByTagName('countersign-purchase');
  const holders = document.getElementsByTagName('countersign-purchases');
  const MOST = 8;
  let reported = '';

  // The one element that holds all tags; undefined where there is none, or more than that.
  const holder = () => {
    const only = holders.length === 1 ? holders[0] : undefined;
    return only && [...found].every((tag) => only.contains(tag)) ? only : undefined;
  };

  const read = () =>
    [...found].slice(0, MOST + 1).map((tag) => ({
      gateway: tag.getAttribute('gateway') ?? '',
      checkout: tag.getAttribute('checkout') ?? '',
      token: tag.getAttribute('token') ?? '',
      profiles: tag.getAttribute('profiles') ?? '',
    }));

  /** @param {'tags' | 'tags-by-hand'} type */
  async function report(type) {
    const tags = read();
    const together = holder() !== undefined;
    reported = JSON.stringify([tags, together]);
    /** @type {{state: string} | undefined} */
    const answer = await chrome.runtime.sendMessage({ type, tags, together }).catch(() => undefined);
    // The page can tell by this attribute, without any script, that nothing needs to be installed.
    if (answer) (holder() ?? found[0])?.setAttribute('state', answer.state);
  }

  function look() {
    if (found.length === 0 || document.visibilityState !== 'visible') return;
    if (JSON.stringify([read(), holder() !== undefined]) !== reported) void report('tags');
  }

  if (window.top !== window) return;
  chrome.runtime.onMessage.addListener((message, _sender, respond) => {
    if (message?.type !== 'look') return;
    respond({ tags: found.length });
    if (found.length > 0) void report('tags-by-hand');
  });
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener('visibilitychange', look);
  look();
})();
