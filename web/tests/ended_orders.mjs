// SPDX-License-Identifier: Apache-2.0
// Orders of the demo shop that do not end with a receipt: cancelled, expired, refused by the authority; on the page and in the wallet.
//   node web/tests/ended_orders.mjs '{"shop":…,"wallet":…,"pin":…}' [SCREENSHOTS]
// Who runs it makes time pass (`have an-hour-passed`), and keeps the authority from the gateway (`no-authority`) until the
// purchaser's certificates are revoked (`revoked`). Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { findArticle } from "./shelf.mjs";
import { CHROMIUM, given, have, isAccessible, picture, play, watch } from "./support.mjs";
import { openWallet, terminal } from "./terminal.mjs";

const { browser, wallet } = await terminal();
const shopping = await chromium.launch(CHROMIUM);
const shopper = await shopping.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1400, height: 900 } });
const page = await shopper.newPage();
watch(page);

/** @returns {Promise<string>} the payment page's link for a wallet */
async function order() {
  await findArticle(page, "TEA-100");
  await page.click("#add");
  await page.click("#checkout");
  await page.waitForSelector("#wallet-link");
  return (await page.locator("#wallet-link").getAttribute("href")) ?? "";
}

/** @param {string} outcome */
async function endsAs(outcome) {
  await page.waitForSelector(`#outcome[data-outcome="${outcome}"]`, { timeout: 60000 });
  await isAccessible(page);
  assert.equal(await page.locator("#receipt").count(), 0);
  await picture(page, `shop-${outcome}`);
}

/** Brings the link into the wallet. @param {string} link */
async function toWallet(link) {
  await wallet.click("#tab-pay");
  await wallet.fill("textarea[name=link]", link);
  await isAccessible(wallet);
  await picture(wallet, "wallet-pay");
  await wallet.click("form button.primary");
  await wallet.waitForSelector("p.total");
}

async function cancelAtTheShop() {
  await order();
  await page.click("#cancel");
  await endsAs("cancelled");
  await page.click("main form button");
  assert.ok((await page.locator("main").innerText()).includes("12,000"), "the article is in the cart again");
  console.log("cancelled at the shop");
}

async function refuseInTheWallet() {
  await toWallet(await order());
  await wallet.click("main button.danger");
  await page.waitForSelector('#outcome[data-outcome="cancelled"]', { timeout: 10000 });
  await wallet.click("#tab-home");
  await wallet.locator("button.card", { hasText: "Cancelled" }).first().click();
  await wallet.waitForSelector("p.total");
  assert.equal(await wallet.locator("h1").innerText(), "Cancelled");
  await isAccessible(wallet);
  await picture(wallet, "wallet-cancelled");
  console.log("refused in the wallet");
}

async function letItExpire() {
  const link = await order();
  await have("an-hour-passed");
  await endsAs("expired");
  await wallet.click("#tab-pay");
  await wallet.fill("textarea[name=link]", link);
  await wallet.click("form button.primary");
  await wallet.waitForSelector(".failure");
  await picture(wallet, "wallet-expired");
  console.log("expired, and the wallet names it");
}

async function refusedByTheAuthority() {
  await toWallet(await order());
  await have("no-authority");
  await wallet.fill("input[name=pin]", given.pin);
  await wallet.press("input[name=pin]", "Enter");
  await page.waitForSelector('#outcome[data-outcome="confirming"]', { timeout: 30000 });
  await isAccessible(page);
  await picture(page, "shop-confirming");
  await wallet.getByText("Signed; not decided yet").waitFor({ timeout: 60000 });
  await isAccessible(wallet);
  await picture(wallet, "wallet-undecided");
  await have("revoked");
  await endsAs("refused");
  assert.ok((await page.locator("main").innerText()).includes("certificate_revoked"));
  await wallet.fill("input[name=pin]", given.pin);
  await wallet.press("input[name=pin]", "Enter");
  await wallet.locator("h1", { hasText: "Refused" }).waitFor({ timeout: 30000 });
  await isAccessible(wallet);
  await picture(wallet, "wallet-refused");
  console.log("refused by the authority, on the page and in the wallet");
}

async function nothingThere() {
  await page.goto(`${given.shop}/shop/orders/none`);
  await isAccessible(page);
  await picture(page, "shop-missing");
  await page.goto(`${given.shop}/shop/cart`);
  await page.goto(`${given.shop}/shop/orders`);
  assert.ok(await page.locator("tbody tr").count() >= 4);
  await picture(page, "shop-orders-ended");
  console.log("what is not there has a page, too");
}

await play(async () => {
  await openWallet(wallet);
  await cancelAtTheShop();
  await refuseInTheWallet();
  await letItExpire();
  await refusedByTheAuthority();
  await nothingThere();
}, () => [shopper, ...browser.contexts()], async () => {
  await shopping.close();
  await browser.close();
});
