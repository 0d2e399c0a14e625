// SPDX-License-Identifier: Apache-2.0
// Browsers with the extension and a native host, each with a profile of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { CHROMIUM } from "./support.mjs";

export const EXTENSION = fileURLToPath(new URL("../extension", import.meta.url));
const HOST = "org.countersign.mediator";
export const CHROMIUM_ID = "npnojofcjaheidmphkghbkebghaadhek";
const FIREFOX_ID = "extension@countersign.org";

/** @param {string} folder @param {string} program @param {object} permitted */
function registerHost(folder, program, permitted) {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: HOST, description: "Countersign mediator", path: program, type: "stdio", ...permitted };
  writeFileSync(path.join(folder, `${HOST}.json`), JSON.stringify(manifest));
}

/**
 * Chromium with the extension. `host` is the program to put behind native messaging; without one the profile stays as it is.
 * @param {string} profile @param {string | null} host @param {Record<string, string>} [environment]
 */
export async function chromiumWithExtension(profile, host, environment = {}) {
  if (host) registerHost(path.join(profile, "NativeMessagingHosts"), host, { allowed_origins: [`chrome-extension://${CHROMIUM_ID}/`] });
  return chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM.executablePath,
    env: /** @type {Record<string, string>} */ ({ ...process.env, ...environment }),
    headless: true, ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1400, height: 900 },
    ignoreDefaultArgs: ["--disable-extensions"],
    args: [...CHROMIUM.args, "--headless=new", `--disable-extensions-except=${EXTENSION}`, `--load-extension=${EXTENSION}`,
      "--disable-features=DisableLoadExtensionCommandLineSwitch"],
  });
}

/** The extension's window that comes next. @param {import("playwright-core").BrowserContext} context @param {() => Promise<unknown>} work */
export async function extensionWindow(context, work) {
  const [page] = await Promise.all([context.waitForEvent("page", { timeout: 15000 }), work()]);
  await page.waitForURL(/^chrome-extension:.*window\.html/);
  await page.setViewportSize({ width: 480, height: 720 });
  return page;
}

/** As chromiumWithExtension, for Firefox ESR and a home. @param {string} home @param {string | null} host */
export async function firefoxWithExtension(home, host) {
  if (host) registerHost(path.join(home, ".mozilla/native-messaging-hosts"), host, { allowed_extensions: [FIREFOX_ID] });
  const browser = await puppeteer.launch({
    browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true, acceptInsecureCerts: true,
    env: { ...process.env, HOME: home },
  });
  await browser.installExtension(EXTENSION);
  return browser;
}

/** The extension's window, which Firefox shows as a page whose address only the page itself knows. @param {import("puppeteer-core").Browser} browser */
export async function extensionWindowOfFirefox(browser) {
  for (let tries = 0; tries < 150; tries += 1) {
    for (const page of await browser.pages()) {
      const address = await page.evaluate(() => location.href).catch(() => "");
      if (/^moz-extension:.*window\.html/.test(address)) return page;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the extension opened no window");
}
