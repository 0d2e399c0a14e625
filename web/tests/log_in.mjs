// SPDX-License-Identifier: Apache-2.0
// Logs in at the demo shop with the real programs: page, extension, mediator, terminal, gateway:
//   node web/tests/log_in.mjs '{"shop":…,"wallet":…,"pin":…,"home":…,"environment":{…}}' [SCREENSHOTS]
// Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import path from "node:path";
import { chromiumWithExtension, extensionWindow } from "./browsers.mjs";
import { given, isAccessible, picture, play, watch } from "./support.mjs";
import { approve, openWallet, terminal } from "./terminal.mjs";

const COOKIE = "__Host-countersign-login";

const { browser, wallet } = await terminal();
const computer = await chromiumWithExtension(path.join(given.home, ".config/chromium"), null, given.environment);
const page = await computer.newPage();
const origins = watch(page);

const cookie = async () => (await computer.cookies(given.shop)).find(({ name }) => name === COOKIE);

/** Presses the button at the shop and consents in the extension's window. */
async function begin() {
  await page.goto(`${given.shop}/shop`);
  const asked = await extensionWindow(computer, () => page.click("#log-in"));
  await asked.waitForSelector("#consent:not([disabled])");
  return asked;
}

/** @returns {Promise<string>} the name that the shop shows */
async function logIn() {
  const asked = await begin();
  await isAccessible(page);
  await picture(page, "shop-login");
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  const shown = await wallet.locator("main").innerText();
  for (const fact of ["Log in at this shop?", "Hanok Books", given.shop, "nothing but your certificate"])
    assert.ok(shown.includes(fact), `the terminal shows ${fact}: ${shown}`);
  await isAccessible(wallet);
  await picture(wallet, "wallet-login");
  await approve(wallet, "");
  await asked.waitForSelector('[data-outcome="confirmed"]');
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="logged-in"]');
  await isAccessible(page);
  await picture(page, "shop-logged-in");
  await wallet.click("main button.primary");
  return page.locator("#customer").innerText();
}

async function isLoggedInHereAlone() {
  const kept = await cookie();
  assert.ok(kept?.httpOnly && kept.secure && kept.sameSite === "Lax");
  await page.goto(`${given.shop}/shop/cart`);
  assert.ok(await page.locator("#customer").isVisible(), "every page shows who is logged in");
  const stranger = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await stranger.newPage();
  await other.goto(`${given.shop}/shop`);
  assert.equal(await other.locator("#customer").count(), 0);
  await stranger.close();
}

async function logOut() {
  await page.goto(`${given.shop}/shop`);
  await page.click("#log-out");
  await page.waitForSelector("#log-in");
  assert.equal(await cookie(), undefined);
}

async function sayNo() {
  const asked = await begin();
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  await wallet.click("main button.danger");
  await asked.waitForSelector('[data-outcome="cancelled"]');
  await asked.close();
  await wallet.click("main button.primary");
  await page.waitForSelector('#outcome[data-outcome="not-logged-in"]');
  await picture(page, "shop-not-logged-in");
  assert.equal(await page.locator("#customer").count(), 0);
}

await play(async () => {
  await openWallet(wallet);
  const name = await logIn();
  assert.match(name, /^\S+$/);
  await isLoggedInHereAlone();
  console.log(`the shop greets ${name}, in this browser alone`);
  await logOut();
  console.log("logged out");
  assert.equal(await logIn(), name, "the same pseudonym at every log-in");
  await logOut();
  await sayNo();
  console.log("whoever says no on the terminal is not logged in");
  assert.deepEqual([...origins], [new URL(given.shop).origin]);
}, () => [computer, ...browser.contexts()], async () => {
  await computer.close();
  await browser.close();
});
