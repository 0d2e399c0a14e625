// SPDX-License-Identifier: Apache-2.0
// What tests share that buy in the demo shop.
import { findArticle } from "./shelf.mjs";

/**
 * A page whose purchase tags say what toPayment wants of them, before the extension looks.
 * @param {import("playwright-core").BrowserContext} computer
 */
export async function shoppingPage(computer) {
  const page = await computer.newPage();
  await page.addInitScript(() => {
    const narrow = () => {
      const wanted = sessionStorage.getItem("profiles");
      for (const tag of document.getElementsByTagName("countersign-purchase"))
        if (wanted && tag.getAttribute("profiles") !== wanted) tag.setAttribute("profiles", wanted);
    };
    new MutationObserver(narrow).observe(document, { childList: true, subtree: true });
  });
  return page;
}

/**
 * Fills the cart, beginning at the shop's front page; what is returned leads to the payment page, whose shop then accepts these profiles only.
 * @param {import("playwright-core").Page} page @param {string | string[]} skus @param {string} [profiles]
 */
export async function toPayment(page, skus, profiles = "") {
  for (const sku of [skus].flat()) {
    await findArticle(page, sku);
    await page.evaluate((wanted) => sessionStorage.setItem("profiles", wanted), profiles);
    await page.click("#add");
    await page.waitForSelector("#checkout");
  }
  return () => page.click("#checkout");
}
