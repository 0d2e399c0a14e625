// SPDX-License-Identifier: Apache-2.0
// A purchaser registers and pays through the pages alone, by keyboard, in Debian's Chromium:
//   node web/tests/register_and_pay.mjs '{"shop":…,"wallet":…,"mail":…,"email":…,"pin":…,"checkout":…,"authority":…}' [SCREENSHOTS]
// Shop and wallet are different browser profiles. Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { CHROMIUM, given, isAccessible, picture, play, tabTo, watch } from "./support.mjs";

const browser = await chromium.launch(CHROMIUM);

/** @returns {Promise<string>} the enrolment link */
async function registerAtTheShop() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1100, height: 800 } });
  const page = await context.newPage();
  const origins = watch(page);
  await page.goto(given.shop);
  await isAccessible(page);
  await picture(page, "shop-front");
  await tabTo(page, 'a[href^="/register"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector("#email");
  await isAccessible(page);
  await picture(page, "shop-register");

  await tabTo(page, "#email");
  await page.keyboard.type(given.email);
  await tabTo(page, "form button[type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#consent[aria-invalid=true]");
  assert.equal(await page.locator("#email").inputValue(), given.email, "what was typed is not lost");
  assert.equal(await page.locator("#consent").isChecked(), false);
  await picture(page, "shop-register-without-consent");
  console.log("without consent nothing is applied for, and the page says so");

  await tabTo(page, "#consent");
  await page.keyboard.press("Space");
  await tabTo(page, "form button[type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#enrolment-link", { state: "attached" });
  assert.ok(await page.locator(".qr svg").isVisible());
  await isAccessible(page);
  await picture(page, "shop-registered");
  const link = (await page.locator("#enrolment-link").textContent()) ?? "";
  assert.match(link, /^countersign:enrol\?/);
  assert.deepEqual([...origins], [new URL(given.shop).origin]);
  await page.goto(new URL("/register?lang=ko", given.shop).href);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ko");
  await picture(page, "shop-register-ko");
  await page.goto(new URL("/renew?lang=en", given.shop).href);
  await isAccessible(page);
  await picture(page, "shop-renew");
  await context.close();
  console.log("the shop's page registered the purchaser");
  return link;
}

/** @returns {Promise<string>} the password that the mail brought */
async function readTheMail() {
  const page = await browser.newPage({ viewport: { width: 900, height: 1500 } });
  watch(page);
  for (let tries = 0; ; tries += 1) {
    await page.goto(given.mail);
    if ((await page.locator('a[href^="/mail/"]').count()) > 0) break;
    assert.ok(tries < 100, "no mail came");
    await page.waitForTimeout(200);
  }
  await picture(page, "mail-box");
  await page.locator('a[href^="/mail/"]').first().click();
  await page.waitForLoadState("networkidle");
  const text = await page.locator("body").innerText();
  await picture(page, "mail");
  const password = /^\s*([0-9A-Z]{4}(?:-[0-9A-Z]{4}){4,})\s*$/m.exec(text)?.[1];
  assert.ok(password, "the mail holds a password");
  await page.close();
  console.log("the password came by mail");
  return password;
}

const context = await browser.newContext({ locale: "en-GB", viewport: { width: 430, height: 880 } });
const wallet = await context.newPage();
const origins = watch(wallet);

async function openTheWallet() {
  await wallet.goto(given.wallet);
  await wallet.waitForSelector("#tabs:not([hidden])");
  assert.equal(new URL(wallet.url()).hash, "", "the token has left the address");
  await isAccessible(wallet);
  await picture(wallet, "wallet-home-empty");
  await wallet.reload();
  await wallet.waitForSelector("#tabs:not([hidden])");
  await wallet.goto(given.wallet);
  await wallet.waitForSelector("#tabs:not([hidden])");
  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  for (const address of [given.wallet.split("#")[0] ?? "", given.wallet]) {
    await page.goto("about:blank");
    await page.goto(address);
    await page.waitForSelector("input[name=token]");
  }
  await picture(page, "wallet-start");
  assert.equal((await page.request.get(new URL("/api/state", given.wallet).href)).status() >= 400, true);
  await stranger.close();
  console.log("the wallet's screen opens with its token, once, and not without");
}

/** @param {string} link @param {() => Promise<string>} readPassword
 * @returns {Promise<{serial: string, code: string}>} what the holder writes down, to stop a lost terminal */
async function enrol(link, readPassword) {
  await tabTo(wallet, "main button.primary");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("textarea[name=link]");
  await tabTo(wallet, "textarea[name=link]");
  await wallet.keyboard.insertText(link);
  await picture(wallet, "wallet-enrol");
  await tabTo(wallet, "form button[type=submit], form button.primary");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("input[name=password]");
  await isAccessible(wallet);
  await picture(wallet, "wallet-consent");
  const password = await readPassword();

  await tabTo(wallet, "input[name=password]");
  await wallet.keyboard.type("0000-0000-0000-0000-0000-0000-0000");
  await tabTo(wallet, "input[name=pin]");
  await wallet.keyboard.type(given.pin);
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("[role=alert]");
  assert.equal(await wallet.locator("[role=alert]").textContent(),
    "The password does not open the key file" + "Copy it exactly from the newest mail.",
    "words for people, and nothing of the log");
  await picture(wallet, "wallet-wrong-password");
  console.log("a wrong password is named, and can be corrected");
  await wallet.locator("input[name=password]").fill(password);
  await wallet.locator("input[name=pin]").fill(given.pin);
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("p.card.code", { timeout: 20000 });
  await picture(wallet, "wallet-active");
  const code = await wallet.locator("p.card.code").innerText();
  await tabTo(wallet, "main button.primary");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("main span.code");
  await picture(wallet, "wallet-home");
  console.log("the wallet holds its keys");
  return { serial: await wallet.locator("main span.code").first().innerText(), code };
}

async function pay() {
  await tabTo(wallet, "#tab-pay");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("textarea[name=link]");
  await tabTo(wallet, "textarea[name=link]");
  await wallet.keyboard.insertText(given.checkout);
  await wallet.keyboard.press("Tab");
  await tabTo(wallet, "form button[type=submit], form button.primary");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("p.total");
  const shown = await wallet.locator("main").innerText();
  for (const fact of ["Hanok Books", new URL(given.shop).origin, "Celadon cup", "62,000"])
    assert.ok(shown.includes(fact), `the request shows ${fact}`);
  await isAccessible(wallet);
  await picture(wallet, "wallet-request");

  await tabTo(wallet, "input[name=pin]");
  await wallet.keyboard.type("000000");
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("[role=alert], .bad");
  await picture(wallet, "wallet-wrong-pin");
  await wallet.locator("input[name=pin]").fill(given.pin);
  await wallet.keyboard.press("Enter");
  await wallet.waitForSelector("p.good", { timeout: 30000 });
  await isAccessible(wallet);
  await picture(wallet, "wallet-confirmed");
  console.log("the order is signed, and confirmed by merchant and authority");

  await wallet.locator("#language").click();
  await wallet.waitForFunction(() => document.documentElement.lang === "ko");
  await picture(wallet, "wallet-confirmed-ko");
  await wallet.locator("#tab-settings").click();
  await wallet.waitForSelector("input[name=email]", { state: "attached" });
  await picture(wallet, "wallet-settings-ko");
  assert.deepEqual([...origins], [new URL(given.wallet).origin]);
  const stored = await wallet.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!stored.includes(given.pin), "no PIN in the browser's storage");
}

/** Opens the newest link of that kind in the mails to an address, at the authority. @param {string} kind @param {string} address */
async function followMail(kind, address) {
  const page = await browser.newPage({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 900, height: 420 } });
  for (let tries = 0; tries < 100; tries += 1) {
    await page.goto(given.mail);
    const mails = await page.locator('a[href^="/mail/"]').evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
    for (const mail of mails) {
      await page.goto(mail);
      const text = await page.locator("body").innerText();
      const link = new RegExp(`https://\\S+/${kind}\\?code=\\S+`).exec(text)?.[0];
      if (!link || !(await page.locator("dl").innerText()).includes(address)) continue;
      await page.goto(link);
      await isAccessible(page);
      return page;
    }
    await page.waitForTimeout(200);
  }
  return assert.fail(`no mail to ${address} with a link to ${kind}`);
}

const NEW_ADDRESS = "gildong@other.example";

async function changeTheAddress() {
  await wallet.locator("#language").click();
  await wallet.locator("#tab-settings").click();
  const details = wallet.locator("details", { has: wallet.locator("[name=email]") });
  await details.locator("summary").click();
  await details.locator("[name=email]").fill(NEW_ADDRESS);
  await details.locator("[name=pin]").fill(given.pin);
  await details.locator("button[type=submit]").click();
  await wallet.getByText("Look into both mailboxes").waitFor();
  for (const [address, said] of /** @type {const} */ ([[given.email, "when the other address confirms too"], [NEW_ADDRESS, "was changed"]])) {
    const page = await followMail("address-changes/[^?]+", address);
    await picture(page, "authority-address");
    await page.click("form button");
    await page.getByText(said).waitFor();
    await isAccessible(page);
    await picture(page, "authority-address-done");
    await page.close();
  }
  console.log("the address is changed once both addresses agreed");
}

async function object() {
  const page = await followMail("objection", given.email);
  await picture(page, "authority-objection");
  await page.click("form button");
  await page.getByText("The certificates are revoked.").waitFor();
  await isAccessible(page);
  await picture(page, "authority-objected");
  await page.close();
  console.log("the link in the mail revokes the certificates");
}

/** @param {{serial: string, code: string}} kept */
async function stopTheLostTerminal({ serial, code }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 900, height: 700 } });
  const page = await context.newPage();
  const origins = watch(page);
  await page.goto(new URL("/suspension", given.authority).href);
  await isAccessible(page);
  /** @param {string} value */
  const submit = async (value) => {
    await tabTo(page, "#serial");
    await page.keyboard.press("Control+A");
    await page.keyboard.type(serial);
    await tabTo(page, "#code");
    await page.keyboard.type(value);
    await page.keyboard.press("Enter");
  };
  await submit("0000-0000-0000-0000");
  await page.waitForSelector("[role=alert]");
  assert.equal(await page.locator("#serial").inputValue(), serial, "what was typed is not lost");
  await isAccessible(page);
  await picture(page, "authority-suspension-wrong-code");
  await submit(code);
  await page.waitForSelector("[role=status]");
  await isAccessible(page);
  await picture(page, "authority-suspended");
  assert.deepEqual([...origins], [new URL(given.authority).origin]);
  await context.close();
  console.log("the form of the authority stopped the certificates of the lost terminal");
}

/** Whoever has the terminal and tries PINs. */
async function lockTheCard() {
  await wallet.locator("#tab-settings").click();
  const failure = wallet.locator(".failure");
  for (let tries = 1; tries <= 5; tries += 1) {
    const form = wallet.locator("details", { has: wallet.locator("summary", { hasText: "Personal information" }) }).locator("form");
    if (tries === 1) await wallet.locator("summary", { hasText: "Personal information" }).click();
    await form.locator("[name=pin]").fill("000000");
    await Promise.all([wallet.waitForResponse(/api\/personal/), form.locator("button[type=submit]").click()]);
    await failure.waitFor();
    if (tries === 1) assert.match(await failure.innerText(), /PIN tries left: 4/);
  }
  assert.match(await failure.innerText(), /The card is locked/);
  await wallet.click("#tab-home");
  await wallet.getByText("The card is locked after too many wrong PINs.").waitFor();
  await isAccessible(wallet);
  await picture(wallet, "wallet-locked");
  console.log("wrong PINs lock the card, and the wallet says so");
}

await play(async () => {
  const link = await registerAtTheShop();
  await openTheWallet();
  const kept = await enrol(link, readTheMail);
  await pay();
  await changeTheAddress();
  await stopTheLostTerminal(kept);
  await object();
  await lockTheCard();
}, () => browser.contexts(), () => browser.close());
