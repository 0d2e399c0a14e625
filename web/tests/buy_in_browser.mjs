// SPDX-License-Identifier: Apache-2.0
// Buys in the demo shop with the real programs: page, extension, mediator, terminal, gateway, authority:
//   node web/tests/buy_in_browser.mjs '{"shop":…,"wallet":…,"pin":…,"home":…,"environment":{…},"profile":"session"}' [SCREENSHOTS]
// The PC's browser and the terminal's screen are different browsers. Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import path from "node:path";
import { chromiumWithExtension, extensionWindow, extensionWindowOfFirefox, firefoxWithExtension } from "./browsers.mjs";
import { toPayment } from "./shopping.mjs";
import { given, picture, play } from "./support.mjs";
import { approve, isAsked, openWallet, terminal } from "./terminal.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { browser, wallet } = await terminal();
const isSplit = given.profile === "set";
const computer = await chromiumWithExtension(path.join(given.home, ".config/chromium"), null, given.environment);
const page = await computer.newPage();

/** @param {string} sku */
const order = (sku) => toPayment(page, sku);

/**
 * Answers whatever terminal and extension ask until the extension's window ends; pays with the first of the means,
 * and with the next where that was declined.
 * @param {Page} asked @param {string[]} means @param {(shown: Page, name: string) => Promise<void>} keep
 */
async function answerBoth(asked, means, keep) {
  const steps = [];
  const left = [...means];
  for (let tries = 0; tries < 600; tries += 1) {
    const outcome = await asked.locator("main").getAttribute("data-outcome");
    if (outcome) return { outcome, steps };
    if (await asked.locator("#continue").isVisible()) {
      await keep(asked, "buy-last-look");
      assert.ok((await asked.locator("#order").innerText()).includes("Celadon cup"));
      steps.push("last look");
      await asked.click("#continue");
    } else if (await isAsked(wallet)) {
      const declined = await wallet.locator(".notice.bad[role=alert]").count();
      const showsOrder = await wallet.locator("td").count() > 0;
      if (isSplit) await keep(wallet, declined ? "set-declined" : showsOrder ? "set-sign" : "set-tell");
      else await keep(wallet, declined ? "buy-declined" : showsOrder ? "buy-sign" : "buy-tell");
      steps.push(await wallet.locator("h1").innerText());
      if (declined) steps.push("declined");
      await approve(wallet, (declined ? left.splice(0, 2)[1] : left[0]) ?? "");
    }
    await asked.waitForTimeout(50);
  }
  assert.fail(`no end after ${steps.join(", ")}`);
}

/** @param {{means: string[], name: string, pictured?: boolean, start?: () => Promise<void>}} how */
async function buy(how) {
  const keep = async (/** @type {Page} */ shown, /** @type {string} */ name) => {
    if (how.pictured) await picture(shown, name);
  };
  const asked = await extensionWindow(computer, how.start ?? (await order("CUP-1")));
  await asked.waitForSelector("#consent:not([disabled])");
  const begun = Date.now();
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]", { timeout: 15000 });
  const spent = Date.now() - begun;
  const shown = await wallet.locator("main").innerText();
  for (const fact of ["Hanok Books", given.shop, "Desk PC"]) assert.ok(shown.includes(fact), `the terminal shows ${fact}`);
  const { outcome, steps } = await answerBoth(asked, how.means, keep);
  assert.equal(outcome, "confirmed");
  assert.equal(steps.includes("declined"), how.means.length > 1, "the terminal tells of a declined payment");
  assert.equal(steps.includes("last look"), given.profile === "session", "the last look belongs to the session profile");
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="confirmed"]', { timeout: 10000 });
  await keep(page, isSplit ? "set-order" : "buy-order");
  await page.click("#receipt");
  await page.waitForSelector("#confirmation-id");
  if (isSplit) await keep(wallet, "set-end");
  if (isSplit) assert.match(await wallet.locator("main").innerText(), /Han River Card/, "who approved it");
  await wallet.click("main button.primary");
  console.log(`${how.name}: ${steps.join(" → ")}; the terminal asked ${spent} ms after the consent`);
}

/** What only adults may buy: the age alone first, as yes or no; without an answer there is no order. */
async function buyWine() {
  const unanswered = await extensionWindow(computer, await order("WINE-375"));
  await picture(page, "shop-age-check");
  await unanswered.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  await wallet.click("main button.danger");
  await page.waitForSelector('#outcome[data-outcome="age-not-shown"]');
  await picture(page, "shop-age-not-shown");
  await unanswered.close();
  await wallet.click("main button.primary");
  await page.click("#to-cart");
  const asked = await extensionWindow(computer, () => page.click("#checkout"));
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  await picture(wallet, "wallet-age-check");
  const shown = await wallet.locator("main").innerText();
  assert.ok(shown.includes("over 19") && !shown.includes("KRW"), shown);
  await approve(wallet, "");
  await asked.waitForSelector('[data-outcome="confirmed"]');
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="age-shown"]');
  await picture(page, "shop-age-shown");
  await wallet.locator("p.good").waitFor();
  await picture(wallet, "wallet-identified");
  await wallet.click("main button.primary");
  await page.click("#to-cart");
  await page.waitForSelector("#checkout");
  await buy({ means: ["1111"], name: "wine", start: () => page.click("#checkout") });
}

/** The terminal says no. */
async function refuse() {
  const asked = await extensionWindow(computer, await order("TEA-100"));
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  await wallet.click("main button.danger");
  await asked.waitForSelector('[data-outcome="cancelled"]');
  await wallet.getByText("You said no.").waitFor();
  await picture(wallet, "wallet-said-no");
  await asked.close();
  await page.waitForSelector('#outcome[data-outcome="cancelled"]');
  await wallet.click("main button.primary");
  console.log("no on the terminal ends it on the page, too");
}

/** The browser says no while the terminal asks, whose home screen was slow to come and must not cover the question. */
async function cancel() {
  let answer = () => {};
  const isAnswered = new Promise((/** @type {(value?: unknown) => void} */ resolve) => { answer = resolve; });
  await wallet.route("**/api/state", (route) => isAnswered.then(() => route.continue()), { times: 1 });
  await wallet.click("#tab-home");
  const asked = await extensionWindow(computer, await order("TEA-100"));
  await asked.click("#consent");
  await wallet.waitForSelector("input[name=pin]");
  const late = wallet.waitForResponse("**/api/state");
  answer();
  await (await late).finished();
  await wallet.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  assert.ok(await isAsked(wallet), "the question stays in sight");
  await asked.click("#cancel");
  await asked.waitForSelector('[data-outcome="cancelled"]');
  await asked.close();
  await wallet.waitForFunction(() => !document.querySelector("input[name=pin]"));
  await wallet.click("main button.primary");
  console.log("cancel in the browser ends it on the terminal");
}

async function startInFirefox() {
  const browser = await firefoxWithExtension(given.home, null);
  try {
    const shop = await browser.newPage();
    await shop.goto(`${given.shop}/shop`);
    await shop.click('.card a[href*="CUP-1"]');
    await shop.waitForSelector("#add");
    await shop.click("#add");
    await shop.waitForSelector("#checkout");
    await shop.click("#checkout");
    const asked = await extensionWindowOfFirefox(browser);
    await asked.waitForSelector("#consent:not([disabled])");
    await asked.click("#consent");
    await wallet.waitForSelector("input[name=pin]", { timeout: 15000 });
    await wallet.click("main button.danger");
    await asked.waitForSelector('[data-outcome="cancelled"]');
    await wallet.click("main button.primary");
  } finally {
    await browser.close();
  }
  console.log("Firefox ESR starts the mediator, and the terminal asks");
}

await play(async () => {
  await openWallet(wallet);
  const isSession = given.profile === "session";
  await buy({ means: ["1111"], name: `${given.profile}-card`, pictured: isSession || isSplit });
  if (!isSplit) await buy({ means: ["890"], name: `${given.profile}-account` });
  if (isSplit) {
    await buy({ means: ["9995", "1111"], name: "declined-split", pictured: true });
  } else if (isSession) {
    await refuse();
    await cancel();
    await startInFirefox();
  } else {
    await buy({ means: ["9995", "1111"], name: "declined-card", pictured: true });
    await buyWine();
  }
}, () => [computer, ...browser.contexts()], async () => {
  await computer.close();
  await browser.close();
});
