// SPDX-License-Identifier: Apache-2.0
// How a customer comes from the shop's front page to an article.
import { readFileSync } from "node:fs";
import { given } from "./support.mjs";

/** @type {{items: Array<{sku: string, name: {en: string}}>}} */
const catalogue = JSON.parse(readFileSync(new URL("../../etc/shop-catalogue.json", import.meta.url), "utf8"));

/** @param {string} sku */
export function nameOf(sku) {
  const item = catalogue.items.find((one) => one.sku === sku);
  if (!item) throw new Error(`the catalogue has no ${sku}`);
  return item.name.en;
}

/** Searches the shop for the article's name and opens its card. @param {import("playwright-core").Page} page @param {string} sku */
export async function findArticle(page, sku) {
  await page.goto(`${given.shop}/shop`);
  await page.fill("#q", nameOf(sku));
  await page.press("#q", "Enter");
  await page.waitForURL(/[?&]q=/);
  await page.click(`.card a[href*="/items/${sku}"]`);
  await page.waitForSelector("#add");
}
