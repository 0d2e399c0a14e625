// SPDX-License-Identifier: Apache-2.0
// Buys in the demo shop by the page's countersign: link, in a Chromium without the extension. The desktop (xdg-open) starts the
// mediator in a terminal window, for which a program of the test stands: it puts the window's output into the file `home/window`
// and takes its keys from the FIFO `home/keys`.
//   node web/tests/buy_by_link.mjs '{"shop":…,"wallet":…,"pin":…,"home":…,"environment":{…}}' [SCREENSHOTS]
// With "skus" it buys these, of several merchants where they are.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { toPayment } from "./shopping.mjs";
import { CHROMIUM, given, picture, play, windowPicture } from "./support.mjs";
import { approve, isAsked, openWallet, terminal } from "./terminal.mjs";

const LIMIT = 60_000;

const { browser, wallet } = await terminal();
const profile = path.join(given.home, "plain-chromium");
// As after a tick at “always allow” in the browser's question whether to open such links.
mkdirSync(path.join(profile, "Default"), { recursive: true });
writeFileSync(path.join(profile, "Default/Preferences"),
              JSON.stringify({ protocol_handler: { allowed_origin_protocol_pairs: { [given.shop]: { countersign: true } } } }));
const computer = await chromium.launchPersistentContext(profile, {
  ...CHROMIUM, env: /** @type {Record<string, string>} */ ({ ...process.env, ...given.environment }),
  headless: true, ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1400, height: 900 },
});
const page = await computer.newPage();
const keys = openSync(path.join(given.home, "keys"), "r+");

/** What the mediator's window shows. */
const shown = () => (existsSync(path.join(given.home, "window")) ? readFileSync(path.join(given.home, "window"), "utf8") : "");

/** @param {() => boolean | Promise<boolean>} condition @param {string} what */
async function until(condition, what) {
  for (const deadline = Date.now() + LIMIT; !(await condition()); await wallet.waitForTimeout(50))
    assert.ok(Date.now() < deadline, `waited in vain for ${what}; the window shows:\n${shown()}`);
}

/** @param {string[]} asks  The questions on both devices, in their order. */
async function buy(asks) {
  await (await toPayment(page, given.skus ?? "CUP-1"))();
  await page.waitForSelector("#wallet-link");
  assert.ok(await page.locator(".without-extension").isVisible(), "the page says what could be installed");
  const before = shown().length;
  const said = () => shown().slice(before);
  await page.click("#wallet-link");
  await until(() => said().includes("shows this code"), "the mediator");
  await wallet.waitForSelector("#code", { timeout: LIMIT });
  const code = (await wallet.locator("#code").innerText()).trim();
  assert.match(code, /^\d{6}$/);
  assert.ok(said().replace(/\s/g, "").includes(`code:${code}`), `the PC shows the terminal's number: ${said()}`);
  await picture(wallet, "buy-link");
  await windowPicture(browser, "mediator-open", said());
  for (const ask of asks) {
    if (ask === "last look") {
      await until(() => said().includes("Continue? [y/N]"), "the last look");
      assert.ok(said().includes("Celadon cup"));
      writeSync(keys, "y\n");
    } else {
      await until(() => isAsked(wallet), ask);
      assert.equal(await wallet.locator("td").count() > 0, ask === "sign", await wallet.locator("main").innerText());
      await wallet.check("input[name=code]");
      await approve(wallet, "1111");
    }
  }
  await until(() => /^window closed with \d+$/m.test(said()), "the mediator's end");
  assert.match(said(), /The purchase is confirmed\.\n(?: {2}https:\S+: confirmed\n)*window closed with 0\n/);
  await page.waitForSelector('#outcome[data-outcome="confirmed"]', { timeout: 10000 });
  await wallet.click("main button.primary");
  console.log(`by the link, with a number to compare: ${asks.join(" → ")}`);
}

await play(async () => {
  await openWallet(wallet);
  await buy(["tell", "last look", "sign"]);
}, () => [computer, ...browser.contexts()], async () => {
  await computer.close();
  await browser.close();
});
