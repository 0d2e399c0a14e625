// SPDX-License-Identifier: Apache-2.0
// The demo shop in Debian's Chromium, from the shelf to the receipt, the terminal being reached by the link:
//   node web/tests/shop.mjs '{"shop":…,"wallet":…,"pin":…}' [SCREENSHOTS]
// Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { CHROMIUM, given, isAccessible, picture, play, tabTo, watch } from "./support.mjs";

const browser = await chromium.launch(CHROMIUM);
const shopper = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1400, height: 900 } });

/** From the shelf to the payment page. @param {import("playwright-core").Page} page @param {(name: string) => Promise<void>} keep */
async function choose(page, keep) {
  await page.goto(`${given.shop}/shop`);
  await isAccessible(page);
  assert.equal(await page.locator(".card").count(), 13);
  await keep("shop-shelf");
  await page.fill("#q", "celadon");
  await page.press("#q", "Enter");
  await page.waitForURL(/q=celadon/);
  assert.equal(await page.locator(".card").count(), 1);
  await keep("shop-search");
  await page.click(".card a");
  await page.waitForSelector("#add");
  await isAccessible(page);
  await keep("shop-article");
  await page.fill("#quantity", "2");
  await page.click("#add");
  await page.waitForSelector("#checkout");
  await page.goto(`${given.shop}/shop/items/CLASS-TEA`);
  await page.click("#add");
  await page.waitForSelector("#checkout");
  assert.equal(await page.locator("#total").innerText(), "KRW 111,000");
  await isAccessible(page);
  await keep("shop-cart");
  await page.click("#checkout");
  await page.waitForSelector("countersign-purchase", { state: "attached" });
}

async function worksWithoutScript() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, locale: "ko-KR" });
  const page = await context.newPage();
  await page.goto(`${given.shop}/shop`);
  assert.match(await page.locator("h1").innerText(), /단말기/);
  await page.goto(`${given.shop}/shop/items/TEA-100`);
  await page.click("#add");
  await page.click("#checkout");
  assert.equal(await page.locator("countersign-purchase").count(), 1);
  assert.ok(await page.locator(".without-extension").isVisible());
  assert.ok(await page.locator(".qr svg").isVisible());
  await page.click("#cancel");
  await page.waitForSelector('#outcome[data-outcome="cancelled"]');
  await context.close();
  console.log("the shop works without script up to the payment, and says what to install");
}

/** @param {string} link */
async function signOnTheTerminal(link) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 430, height: 880 } });
  const wallet = await context.newPage();
  await wallet.goto(given.wallet);
  await wallet.click("#tab-pay");
  await wallet.fill("textarea[name=link]", link);
  await wallet.click("form button.primary");
  await wallet.waitForSelector("p.total");
  const shown = await wallet.locator("main").innerText();
  for (const fact of ["Hanok Books", given.shop, "Celadon cup", "111,000"]) assert.ok(shown.includes(fact), `the request shows ${fact}`);
  await wallet.fill("input[name=pin]", given.pin);
  await wallet.press("input[name=pin]", "Enter");
  await wallet.waitForSelector("p.good", { timeout: 30000 });
  await context.close();
}

async function buy() {
  const page = await shopper.newPage();
  const origins = watch(page);
  await choose(page, (name) => picture(page, name));
  await isAccessible(page);
  await picture(page, "shop-payment");
  await tabTo(page, "#wallet-link");
  const link = (await page.locator("#wallet-link").getAttribute("href")) ?? "";
  assert.match(link, /^countersign:pay\?/);
  console.log("the shop leads from the shelf to the payment page");
  await signOnTheTerminal(link);
  await page.waitForSelector('#outcome[data-outcome="confirmed"]', { timeout: 10000 });
  await isAccessible(page);
  await picture(page, "shop-order");
  for (const [file, size] of [["order.json", 500], ["signed-order.p7m", 1000], ["countersigned-order.p7m", 2000], ["confirmation.p7m", 3000]]) {
    const waiting = page.waitForEvent("download");
    await page.click(`a[href$="/${file}"]`);
    const { size: found } = await import("node:fs").then(async (fs) => fs.statSync(await (await waiting).path()));
    assert.ok(found > Number(size), `${file} has ${found} bytes`);
  }
  console.log("the page followed the order and offers its evidence");
  await page.click("#receipt");
  await page.waitForSelector("#confirmation-id");
  await isAccessible(page);
  await picture(page, "shop-receipt");
  await page.goto(`${given.shop}/shop/orders`);
  assert.equal(await page.locator("tbody tr").count(), 1);
  await picture(page, "shop-orders");
  await page.goto(`${given.shop}/shop/needs`);
  await isAccessible(page);
  await picture(page, "shop-needs");
  const address = await page.context().cookies();
  assert.ok(address.every((cookie) => cookie.httpOnly && cookie.secure), "no cookie for scripts");
  await page.goto(`${given.shop}/shop?lang=ko`);
  await picture(page, "shop-shelf-ko");
  assert.deepEqual([...origins], [new URL(given.shop).origin]);
  console.log("the receipt is there");
}

await play(async () => {
  await worksWithoutScript();
  await buy();
}, () => browser.contexts(), () => browser.close());
