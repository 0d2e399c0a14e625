// SPDX-License-Identifier: Apache-2.0
// How long the terminal takes to ask after the click of consent, purchase by purchase, each cancelled in the browser:
//   node web/tests/time_consent.mjs '{"shop":…,"wallet":…,"home":…,"environment":{…},"count":40}'
// Prints their milliseconds. Both clocks are this machine's; the first purchase is not counted.
import path from "node:path";
import { chromiumWithExtension, extensionWindow } from "./browsers.mjs";
import { toPayment } from "./shopping.mjs";
import { given, play } from "./support.mjs";
import { openWallet, terminal } from "./terminal.mjs";

const { browser, wallet } = await terminal();
const computer = await chromiumWithExtension(path.join(given.home, ".config/chromium"), null, given.environment);
const page = await computer.newPage();

/** When the wallet's page shows its question. */
function question() {
  return wallet.evaluate(() => new Promise((/** @type {(at: number) => void} */ tell) => {
    const watching = new MutationObserver(() => {
      if (!document.querySelector("input[name=pin]")) return;
      watching.disconnect();
      tell(Date.now());
    });
    watching.observe(document, { childList: true, subtree: true });
  }));
}

async function time() {
  const asked = await extensionWindow(computer, await toPayment(page, "CUP-1"));
  await asked.waitForSelector("#consent:not([disabled])");
  const clicked = asked.evaluate(() => new Promise((/** @type {(at: number) => void} */ tell) => {
    document.addEventListener("click", () => tell(Date.now()), { capture: true, once: true });
  }));
  const shown = question();
  await asked.click("#consent");
  const spent = (await shown) - (await clicked);
  await asked.click("#cancel");
  await asked.waitForSelector('[data-outcome="cancelled"]');
  await asked.close();
  await wallet.waitForFunction(() => !document.querySelector("input[name=pin]"));
  await wallet.click("main button.primary");
  return spent;
}

await play(async () => {
  await openWallet(wallet);
  await time();
  const times = [];
  for (let number = 0; number < given.count; number += 1) times.push(await time());
  console.log(JSON.stringify(times));
}, () => [computer, ...browser.contexts()], async () => {
  await computer.close();
  await browser.close();
});
