// SPDX-License-Identifier: Apache-2.0
// What the browser tests share: what they demand of every page, pictures, and what is shown when a test fails.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} Context */

export const CHROMIUM = {
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

// The facts of a test, and where its pictures go, if they are wanted.
export const given = JSON.parse(process.argv[2] ?? "{}");
const screenshots = process.argv[3] ?? process.env.COUNTERSIGN_SCREENSHOTS;
if (screenshots) mkdirSync(screenshots, { recursive: true });

/** Of the whole page, or of a part of it. @param {Page} page @param {string} name @param {{x: number, y: number, width: number, height: number}} [clip] */
export async function picture(page, name, clip) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true, animations: "disabled", ...(clip ? { clip } : {}) });
}

/** Has who runs this test do something, and waits until it is done. @param {string} word */
export async function have(word) {
  console.log(`have ${word}`);
  const lines = createInterface({ input: process.stdin });
  await once(lines, "line");
  lines.close();
}

/** What a program shows in a terminal window. @param {import("playwright-core").Browser | Context} browser @param {string} name @param {string} text */
export async function windowPicture(browser, name, text) {
  if (!screenshots) return;
  const page = await browser.newPage();
  await page.setViewportSize({ width: 780, height: 120 });
  await page.setContent("<title>Terminal</title><style>body{margin:0;background:#1c1f24;color:#e8eaed}"
    + "pre{margin:0;padding:1rem;font:13px/1.15 monospace;white-space:pre-wrap;overflow-wrap:anywhere}"
    + ".bright{background:#fff;color:#000}</style><pre></pre>");
  // The QR code is black on bright white, whatever the window's colours are.
  await page.locator("pre").evaluate((pre, parts) => {
    for (const { bright, words } of parts) {
      const span = document.createElement("span");
      span.className = bright ? "bright" : "";
      span.textContent = words;
      pre.append(span);
    }
  }, text.split("\u001b[").map((part, place) => ({ bright: place > 0 && part.startsWith("30;107m"), words: place > 0 ? part.replace(/^[0-9;]*m/, "") : part })));
  await picture(page, name);
  await page.close();
}

/** Pages must not load anything from elsewhere, nor complain. @param {Page} page */
export function watch(page) {
  const own = new Set();
  page.on("request", (request) => {
    if (request.url().startsWith("http")) own.add(new URL(request.url()).origin);
  });
  page.on("pageerror", (error) => assert.fail(`the page failed: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) assert.fail(`the console says: ${message.text()}`);
  });
  return own;
}

/** Moves the focus with Tab until it is on what the selector names. @param {Page} page @param {string} selector */
export async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${selector} cannot be reached by keyboard`);
}

/** Every input has a label, every page a language and a title, and one first heading. @param {Page} page */
export async function isAccessible(page) {
  const found = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    unlabelled: [...document.querySelectorAll("input:not([type=hidden]), textarea")].filter(
      (input) => !(/** @type {HTMLInputElement} */ (input).labels?.length)).length,
    pictures: [...document.querySelectorAll("img:not([alt])")].length,
  }));
  assert.ok(found.language && found.title && found.headings === 1 && found.unlabelled === 0 && found.pictures === 0, JSON.stringify(found));
}

/**
 * Runs the test; where it fails, says what every page showed.
 * @param {() => Promise<void>} test @param {() => Context[]} contexts @param {() => Promise<unknown>} close
 */
export async function play(test, contexts, close) {
  try {
    await test();
    console.log("done");
  } catch (error) {
    for (const [number, page] of contexts().flatMap((one) => one.pages()).entries()) {
      console.error(`--- page ${number} ${page.url()}\n${await page.locator("body").innerText({ timeout: 1000 }).catch(() => "")}`);
      await picture(page, `failed-${number}`).catch(() => {});
    }
    console.error(error);
    process.exitCode = 1;
  } finally {
    await close();
  }
}
