// SPDX-License-Identifier: Apache-2.0
// Finds the purchase tag of a page and reports it. What is in it is judged by offer.js, out of the page's reach.
// A classic script: browsers load no modules here.
(() => {
  const TAG = 'countersign-purchase';
  const found = document.getElementsByTagName(TAG);
  let reported = '';

  const read = () =>
    [...found].slice(0, 2).map((tag) => ({
      gateway: tag.getAttribute('gateway') ?? '',
      checkout: tag.getAttribute('checkout') ?? '',
      token: tag.getAttribute('token') ?? '',
      profiles: tag.getAttribute('profiles') ?? '',
    }));

  /** @param {'tags' | 'tags-by-hand'} type */
  async function report(type) {
    const tags = read();
    reported = JSON.stringify(tags);
    /** @type {{state: string} | undefined} */
    const answer = await chrome.runtime.sendMessage({ type, tags }).catch(() => undefined);
    // The page can tell by this attribute, without any script, that nothing needs to be installed.
    if (answer) found[0]?.setAttribute('state', answer.state);
  }

  function look() {
    if (found.length === 0 || document.visibilityState !== 'visible') return;
    if (JSON.stringify(read()) !== reported) void report('tags');
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
