// SPDX-License-Identifier: Apache-2.0
// Buys from two merchants with one approval, with the real programs: page, extension, mediator, terminal, two gateways:
//   node web/tests/buy_from_two.mjs '{"shop":…,"partner":…,"wallet":…,"pin":…,"home":…,"environment":{…},"profile":"session"}' [SCREENSHOTS]
import assert from "node:assert/strict";
import path from "node:path";
import { chromiumWithExtension, extensionWindow } from "./browsers.mjs";
import { toPayment } from "./shopping.mjs";
import { given, picture, play } from "./support.mjs";
import { approve, isAsked, openWallet, terminal } from "./terminal.mjs";

const { browser, wallet } = await terminal();
const computer = await chromiumWithExtension(path.join(given.home, ".config/chromium"), null, given.environment);
const page = await computer.newPage();

// That both shops take.
const isSession = given.profile === "session";

/** Of purchases in one profile. @param {import("playwright-core").Page} shown @param {string} name */
const keep = async (shown, name) => {
  if (isSession) await picture(shown, name);
};

/** @param {(asked: import("playwright-core").Page) => Promise<void>} [also] */
async function begin(also = async () => {}) {
  const start = await toPayment(page, ["CUP-1", "JAR-MOON"]);
  await keep(page, "two-cart");
  const asked = await extensionWindow(computer, start);
  await asked.waitForSelector("#consent:not([disabled])");
  assert.equal(await asked.locator("#gateways li").count(), 2, "it says where the orders are made");
  await also(asked);
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]", { timeout: 15000 });
  return asked;
}

async function buy() {
  const asked = await begin((one) => keep(one, "two-asks"));
  if (isSession) {
    assert.equal(await wallet.locator("section.merchant").count(), 2);
    await approve(wallet, "");
    await asked.waitForSelector("#continue");
    const look = await asked.locator("#order").innerText();
    for (const fact of ["Celadon cup", "Moon jar", "Hanok Books", "Namsan Ceramics"]) assert.ok(look.includes(fact), look);
    await picture(asked, "two-last-look");
    await asked.click("#continue");
    await wallet.waitForSelector("section.merchant td");
  }
  assert.ok(await isAsked(wallet));
  const shown = await wallet.locator("main").innerText();
  for (const fact of ["Hanok Books", "Namsan Ceramics", "KRW 38,000", "KRW 240,000", "KRW 278,000", "decided by itself"])
    assert.ok(shown.replaceAll("\u00a0", " ").includes(fact), `the terminal shows ${fact}: ${shown}`);
  await keep(wallet, "two-sign");
  await approve(wallet, "1111");
  await asked.waitForSelector('[data-outcome="confirmed"]');
  assert.equal(await asked.locator('#outcomes li[data-outcome="confirmed"]').count(), 2);
  await asked.close();
  await wallet.waitForSelector('section.merchant[data-result="confirmed"]');
  assert.equal(await wallet.locator('section.merchant[data-result="confirmed"]').count(), 2);
  await keep(wallet, "two-confirmed");
  await page.waitForSelector('#outcome[data-outcome="confirmed"]', { timeout: 10000 });
  await keep(page, "two-orders");
  const receipts = await page.locator("a.see-receipt").evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
  assert.equal(receipts.length, 2);
  const numbers = new Set();
  for (const receipt of receipts) {
    await page.goto(receipt);
    numbers.add(await page.locator("#confirmation-id").innerText());
  }
  assert.equal(numbers.size, 2, "two confirmations");
  await keep(page, "two-receipt");
  await wallet.click("main button.primary");
  console.log(`${given.profile}: one approval, two receipts`);
}

/** The terminal goes on without one of them. */
async function leaveOut() {
  const asked = await begin();
  await wallet.locator("section.merchant", { hasText: "Namsan Ceramics" }).locator("button.leave-out").click();
  await wallet.waitForSelector('section.merchant[data-result="left_out"]');
  assert.equal(await wallet.locator("button.leave-out").count(), 0, "the last one is bought or refused");
  await approve(wallet, "1111");
  await asked.waitForSelector('[data-outcome="partly"]');
  assert.equal(await asked.locator('#outcomes li[data-outcome="confirmed"]').count(), 1);
  assert.equal(await asked.locator('#outcomes li[data-outcome="left_out"]').count(), 1);
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="partly"]', { timeout: 10000 });
  assert.equal(await page.locator('.seller-order[data-state="cancelled"]').count(), 1);
  await wallet.click("main button.primary");
  console.log("one is left out, the other bought");
}

/** The terminal says no to both. */
async function refuse() {
  const asked = await begin();
  await wallet.click("main button.danger");
  await asked.waitForSelector('[data-outcome="cancelled"]');
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="none"]');
  assert.equal(await page.locator('.seller-order[data-state="cancelled"]').count(), 2);
  await wallet.click("main button.primary");
  console.log("no on the terminal cancels both");
}

await play(async () => {
  await openWallet(wallet);
  await buy();
  if (!isSession) await leaveOut();
  await refuse();
}, () => [computer, ...browser.contexts()], async () => {
  await computer.close();
  await browser.close();
});
