// SPDX-License-Identifier: Apache-2.0
// The holder at the wallet's screen, which is in a browser of its own.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { CHROMIUM, given } from "./support.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** A browser, and in it a page as small as a terminal. */
export async function terminal() {
  const browser = await chromium.launch(CHROMIUM);
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 430, height: 880 } });
  return { browser, wallet: await context.newPage() };
}

/** @param {Page} wallet */
export async function openWallet(wallet) {
  await wallet.goto(given.wallet);
  await wallet.waitForSelector("#tabs:not([hidden])");
}

/** The form that asks for the PIN, when it is there. @param {Page} wallet */
export const isAsked = (wallet) => wallet.locator("input[name=pin]").isVisible();

/** Says yes, to be paid with these means where there is a choice. @param {Page} wallet @param {string} means */
export async function approve(wallet, means) {
  const choice = wallet.locator("label", { hasText: means }).locator("input[type=radio]");
  if (await choice.count()) await choice.check();
  await wallet.fill("input[name=pin]", given.pin);
  const form = await wallet.locator("main form").elementHandle();
  await wallet.click("main form button.primary");
  await wallet.waitForFunction((answered) => !answered?.isConnected || document.querySelector(".failure"), form);
  assert.equal(await wallet.locator(".failure").count(), 0, await wallet.locator("main").innerText());
}
