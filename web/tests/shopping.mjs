// SPDX-License-Identifier: Apache-2.0
// What tests share that buy in the demo shop.
import { findArticle } from "./shelf.mjs";

/**
 * Fills the cart, beginning at the shop's front page; what is returned leads to the payment page.
 * @param {import("playwright-core").Page} page @param {string | string[]} skus
 */
export async function toPayment(page, skus) {
  for (const sku of [skus].flat()) {
    await findArticle(page, sku);
    await page.click("#add");
    await page.waitForSelector("#checkout");
  }
  return () => page.click("#checkout");
}
