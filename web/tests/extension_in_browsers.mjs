// SPDX-License-Identifier: Apache-2.0
// The extension in Debian's Chromium and in Firefox ESR, with a stand-in for the mediator:
//   node web/tests/extension_in_browsers.mjs '{"folder":…,"host":…,"log":…,"key":…,"certificate":…}'
// Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { CHROMIUM_ID, chromiumWithExtension, extensionWindow, extensionWindowOfFirefox, firefoxWithExtension } from "./browsers.mjs";
import { given, picture, play } from "./support.mjs";

const CANARY = "canary-of-the-last-look";

/** @param {string} checkout */
const tag = (checkout) =>
  `<countersign-purchase gateway="https://127.0.0.1:8543" checkout="${checkout}" token="${"t".repeat(43)}" profiles="session plain" hidden></countersign-purchase>`;

/** @param {string} checkout @param {string} gateway */
const tagAt = (checkout, gateway) => tag(checkout).replace("https://127.0.0.1:8543", gateway);
const together = `<countersign-purchases hidden>${tag("first-of-two")}${tagAt("second-of-two", "https://other.example")}</countersign-purchases>`;

/** A site; `/one/ID` carries a tag, `/two` two, `/together` two that belong together, `/frame?URL` a frame, `/late` one that a script puts in. */
async function site() {
  const server = https.createServer({ key: readFileSync(given.key), cert: readFileSync(given.certificate) }, (request, response) => {
    const [place, rest] = (request.url ?? "/").slice(1).split(/[/?](.*)/s);
    const bodies = { one: tag(rest ?? ""), two: tag("a") + tag("b"), together, frame: `<iframe src="${rest}"></iframe>`,
      late: `<script>setTimeout(() => { document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(tag("late"))}); }, 50)</script>` };
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${bodies[/** @type {"one"} */ (place)] ?? ""}`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { origin: `https://127.0.0.1:${port}`, close: () => server.close() };
}

/** Messages that the stand-in got. */
const heard = () => readFileSync(given.log, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** Whether any file below a folder holds a text. @param {string} folder @param {string} text @returns {string[]} */
function filesWith(folder, text) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesWith(name, text);
    return entry.isFile() && readFileSync(name).includes(text) ? [name] : [];
  });
}

/** @param {Awaited<ReturnType<typeof site>>} shop @param {Awaited<ReturnType<typeof site>>} other */
async function inChromium(shop, other) {
  const profile = path.join(given.folder, "chromium");
  const context = await chromiumWithExtension(profile, given.host);
  const page = await context.newPage();
  const windows = () => context.pages().filter((one) => one.url().startsWith("chrome-extension://"));
  /** @param {string} place */
  const goes = (place) => () => page.goto(shop.origin + place);
  const state = () => page.locator("countersign-purchase").first().getAttribute("state");
  try {
    await goes("/two")();
    await page.waitForSelector('countersign-purchase[state="several"]', { state: "attached" });
    await goes(`/frame?${other.origin}/one/framed`)();
    await goes(`/frame?${shop.origin}/one/framed`)();
    await page.waitForTimeout(400);
    assert.equal(windows().length, 0);
    console.log("two tags, or one in a frame, start nothing");

    const own = `chrome-extension://${CHROMIUM_ID}/`;
    await goes(`/frame?${own}window.html`)();
    assert.deepEqual(page.frames().map((frame) => frame.url()).filter((url) => url.startsWith(own)), [], "no page frames the window");
    assert.equal(await page.evaluate(async (id) => {
      const { runtime } = /** @type {any} */ (globalThis).chrome ?? {};
      return runtime?.sendMessage ? runtime.sendMessage(id, { type: "tags", tags: [] }).catch(() => "refused") : "no way";
    }, CHROMIUM_ID), "no way", "no site may send the extension a message");
    assert.equal(windows().length, 0);
    console.log("a site can neither frame the window nor send a message");

    let asked = await extensionWindow(context, goes("/one/first"));
    assert.equal(await asked.locator("#origin").innerText(), shop.origin);
    assert.equal(await state(), "found");
    assert.ok(!asked.url().includes("first"), "the window's address tells nothing");
    await picture(asked, "extension-asks");
    assert.equal(heard().length, 0, "nothing starts before consent");
    await asked.click("#consent");
    await asked.waitForSelector("#continue");
    assert.ok((await asked.locator("#order").innerText()).includes(CANARY));
    assert.ok(!(await asked.title()).includes(CANARY));
    await picture(asked, "extension-last-look");
    await asked.click("#continue");
    await asked.waitForSelector('[data-outcome="confirmed"]');
    assert.ok(!(await asked.content()).includes(CANARY), "the order is gone");
    await picture(asked, "extension-confirmed");
    const [start, answer] = heard();
    assert.deepEqual(start, { type: "start", origin: shop.origin, purchase: { gateway: "https://127.0.0.1:8543", checkout: "first",
      token: "t".repeat(43), profiles: ["session", "plain"] } });
    assert.deepEqual(answer, { type: "answer", answer: "continue" });
    await asked.close();
    console.log("consent, last look and end, with the origin that the browser knows");

    await page.reload();
    await page.waitForTimeout(400);
    assert.equal(windows().length, 0);
    console.log("the same checkout asks once");

    for (const [checkout, code] of [["asleep", "unavailable"], ["unreadable", "malformed"], ["dies", "mediator_ended"]]) {
      asked = await extensionWindow(context, goes(`/one/${checkout}`));
      await asked.click("#consent");
      await asked.waitForSelector(`#error[data-code="${code}"]`);
      if (code === "unavailable") {
        assert.equal(await asked.locator("#error p:visible").count(), 1, "one remedy is shown");
        assert.ok((await asked.locator("#error details").textContent())?.includes("Wake the terminal."));
        await picture(asked, "extension-error");
      }
      await asked.close();
    }
    asked = await extensionWindow(context, goes("/one/refused-here"));
    await asked.click("#consent");
    await asked.click("main:has(#order) #cancel");
    await asked.waitForSelector('[data-outcome="cancelled"]');
    await asked.close();
    console.log("failures have their names, and cancel ends it");

    asked = await extensionWindow(context, goes("/together"));
    assert.equal(await page.locator("countersign-purchases").getAttribute("state"), "found");
    assert.deepEqual(await asked.locator("#gateways li").allInnerTexts(), ["https://127.0.0.1:8543", "https://other.example"]);
    await asked.click("#consent");
    await asked.waitForSelector("#continue");
    assert.equal(await asked.locator("table.order").count(), 2);
    await picture(asked, "extension-look-at-two");
    await asked.click("#continue");
    await asked.waitForSelector('[data-outcome="partly"]');
    assert.equal(await asked.locator('#outcomes li[data-outcome="failed"]').count(), 1);
    await picture(asked, "extension-partly");
    assert.deepEqual(heard().find((message) => message.purchases)?.purchases.map((/** @type {any} */ one) => one.checkout),
      ["first-of-two", "second-of-two"]);
    await asked.close();
    console.log("two orders are looked at together, and each end is named");

    asked = await extensionWindow(context, goes("/late"));
    await asked.click("#decline").catch(() => {});
    await page.waitForTimeout(200);
    await goes("/one/after-declining")();
    await page.waitForTimeout(400);
    assert.equal(windows().length, 0);
    console.log("a tag put in later is found; who declined is left alone");
  } finally {
    await context.close();
  }
  assert.deepEqual(filesWith(profile, CANARY), [], "the order of the last look is in no file of the profile");
  console.log("the order of the last look lies in no file");
}

/** @param {Awaited<ReturnType<typeof site>>} shop */
async function withoutMediator(shop) {
  const context = await chromiumWithExtension(path.join(given.folder, "bare"), null);
  try {
    const page = await context.newPage();
    const asked = await extensionWindow(context, () => page.goto(`${shop.origin}/one/first`));
    await asked.click("#consent");
    await asked.waitForSelector('#error[data-code="mediator_missing"]');
    await picture(asked, "extension-without-mediator");
  } finally {
    await context.close();
  }
  console.log("without the mediator the window says what to install");
}

/** @param {Awaited<ReturnType<typeof site>>} shop */
async function inFirefox(shop) {
  const before = heard().length;
  const browser = await firefoxWithExtension(path.join(given.folder, "firefox"), given.host);
  try {
    const page = await browser.newPage();
    await page.goto(`${shop.origin}/one/in-firefox`);
    const asked = await extensionWindowOfFirefox(browser);
    await asked.waitForSelector("#consent:not([disabled])");
    assert.equal(await asked.$eval("#origin", (element) => element.textContent), shop.origin);
    await asked.click("#consent");
    await asked.waitForSelector("#continue");
    await asked.click("#continue");
    await asked.waitForSelector('[data-outcome="confirmed"]');
    assert.equal(heard()[before].purchase.checkout, "in-firefox");
  } finally {
    await browser.close();
  }
  console.log("Firefox ESR does the same");
}

/** @type {Array<Awaited<ReturnType<typeof site>>>} */
const sites = [];
await play(async () => {
  sites.push(await site(), await site());
  const [shop, other] = /** @type {[typeof sites[0], typeof sites[0]]} */ (sites);
  await Promise.all([inChromium(shop, other).then(() => inFirefox(shop)), withoutMediator(shop)]);
}, () => [], async () => sites.forEach((one) => one.close()));
