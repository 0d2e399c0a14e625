// SPDX-License-Identifier: Apache-2.0
// The page that verifies receipts in Debian's Chromium, on receipts with one thing wrong each, at each of the addresses:
//   node web/tests/verify_bad_receipts.mjs '{"addresses":["file:…","http:…"],"cases":[{"name":…,"receipt":…,"root":…,"policy":…,"valid":…,"says":…}]}'
// `valid` is what `countersign verify` said. Prints a line per address; exits 1 at the first case that differs.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { CHROMIUM, given, play } from "./support.mjs";

/** @typedef {{ name: string, receipt: string, root: string, policy: string | null, valid: boolean, says: string }} Case */

const VIEW = { locale: "en-GB", timezoneId: "Asia/Seoul", viewport: { width: 780, height: 900 } };
const browser = await chromium.launch(CHROMIUM);

/** @param {string} address @param {Case} one */
async function judges(address, { name, receipt, root, policy, valid, says }) {
  const context = await browser.newContext(VIEW);
  /** @type {string[]} */
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  const page = await context.newPage();
  page.on("websocket", (socket) => asked.push(socket.url()));
  page.on("pageerror", (error) => assert.fail(`${name}: the page failed: ${error}`));
  await page.goto(address);
  await page.setInputFiles("#root-file", root);
  await page.waitForSelector("#root-chosen");
  if (policy) {
    await page.setInputFiles("#policy-file", policy);
    await page.waitForSelector("#policy-chosen");
  }
  await page.setInputFiles("#receipt-file", receipt);
  await page.waitForSelector("#verdict");
  const verdict = await page.locator("#verdict").getAttribute("data-verdict");
  const text = await page.locator("#verdict").innerText();
  assert.equal(verdict !== "invalid", valid, `${name}: ${verdict}, and countersign says ${valid ? "valid" : "not valid"}: ${text}`);
  assert.ok(text.includes(says), `${name}: the page does not say “${says}”: ${text}`);
  if (!valid) assert.match(text, /Not proven[^]*Do not rely on this receipt/, name);
  assert.deepEqual(asked, [address], `${name}: nothing is asked for but the page`);
  const kept = await page.evaluate(async () => localStorage.length + sessionStorage.length + (await indexedDB.databases()).length + document.cookie.length);
  assert.equal(kept, 0, `${name}: nothing is kept`);
  await context.close();
}

await play(async () => {
  for (const address of given.addresses) {
    for (const one of given.cases) await judges(address, one);
    console.log(`${given.cases.length} receipts at ${new URL(address).protocol}`);
  }
}, () => browser.contexts(), () => browser.close());
