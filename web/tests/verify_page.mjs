// SPDX-License-Identifier: Apache-2.0
// The page that verifies receipts, opened from the disk in Debian's Chromium and Firefox ESR:
//   node web/tests/verify_page.mjs '{"page":"…/dist/index.html","samples":"…"}' [SCREENSHOTS]
// The samples are those of web/verify/tests/write_samples.ts. Prints a line per step; exits 1 at the first that fails.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { CHROMIUM, given, isAccessible, picture, play, tabTo, watch } from "./support.mjs";

/** @typedef {import("playwright-core").Page} Page */

const ADDRESS = pathToFileURL(given.page).href;
const VIEW = { locale: "en-GB", timezoneId: "Asia/Seoul", viewport: { width: 780, height: 900 } };
const browser = await chromium.launch(CHROMIUM);
/** @param {string} name */
const sample = (name) => path.join(given.samples, name);
/** @param {string} name */
const receipt = (name) => sample(`${name}.countersign-receipt.json`);

/** The order inside of a receipt, found by its JSON. @param {string} name */
function orderOf(name) {
  let octets = Buffer.from(JSON.parse(readFileSync(receipt(name), "utf8")).confirmation, "base64");
  const nested = /"countersignedOrder":"([A-Za-z0-9+/=]+)"/.exec(octets.toString("latin1"))?.[1] ?? "";
  octets = Buffer.from(nested, "base64");
  const start = octets.indexOf('{"type":"order"');
  // The order's length stands in the two octets before it (DER, over 255 octets).
  return octets.subarray(start, start + octets.readUInt16BE(start - 2));
}

/** A page in a context of its own, which may ask for nothing. @param {object} [more] @param {string} [hash] @param {string} [address] */
async function open(more = {}, hash = "", address = ADDRESS) {
  const context = await browser.newContext({ ...VIEW, ...more });
  const page = await context.newPage();
  const asked = watch(page);
  page.on("request", (request) => assert.equal(request.url(), address, "the page asks for nothing but itself"));
  await page.goto(`${address}${hash}`);
  return { page, asked };
}

/** @param {Page} page @param {string} name @param {string} [root] */
async function check(page, name, root = "root.pem") {
  await page.setInputFiles("#root-file", sample(root));
  await page.waitForSelector("#root-chosen");
  await page.setInputFiles("#receipt-file", receipt(name));
  return verdictOf(page);
}

/** Of what is chosen now: a choice takes the verdict before it away at once. @param {Page} page */
async function verdictOf(page) {
  await page.waitForSelector("#verdict");
  return page.locator("#verdict").getAttribute("data-verdict");
}

/** A picture from the verdict on, of that height. @param {Page} page @param {string} name @param {number} height */
async function keep(page, name, height) {
  const clip = await page.locator("#verdict").evaluate((verdict, most) => {
    const top = verdict.getBoundingClientRect().top + window.scrollY - 16;
    return { x: 0, y: top, width: window.innerWidth, height: Math.min(most, document.documentElement.scrollHeight - top) };
  }, height);
  await picture(page, name, clip);
}

async function provesAReceipt() {
  const { page, asked } = await open();
  await isAccessible(page);
  await picture(page, "verify-start");
  await page.setInputFiles("#receipt-file", receipt("proven"));
  await page.waitForSelector("#root-missing"); // it says what is missing
  await page.setInputFiles("#root-file", sample("root.pem"));
  assert.equal(await verdictOf(page), "proven");
  await isAccessible(page);
  const text = await page.locator("main").innerText();
  for (const said of ["Proven", "one witness", "p-7f3a", "Sample Shop", "https://shop.example:8443", "녹차 100 g", "KRW 62,000", "seoul-1, kr, Countersign Demo",
    "osaka-1.example/witness", "seoul-1.example/log", "17:31:00"])
    assert.ok(text.includes(said), `the page says ${said}: ${text}`);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "verdict-title", "the verdict is read first");
  assert.equal(await page.locator("svg.picture .sign.holds").count(), 5);
  assert.equal(await page.locator(".statement").count(), 9);
  assert.match(await page.locator("svg.picture desc").textContent() ?? "", /Witness saw the log: osaka-1\.example\/witness \(holds\)/);
  await keep(page, "verify-proven", 1330);
  await page.click("#language");
  assert.match(await page.locator("#verdict-title").innerText(), /증명됨/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ko");
  await keep(page, "verify-proven-ko", 1330);
  assert.deepEqual([...asked], [], "no network");
  await page.context().close();
  console.log("a receipt is proven, in English and in Korean");
}

async function proves(/** @type {Page} */ page, /** @type {string} */ name, /** @type {string} */ verdict, /** @type {RegExp[]} */ ...says) {
  assert.equal(await check(page, name), verdict, name);
  const text = await page.locator("#verdict").innerText();
  for (const said of says) assert.match(text, said, name);
  await isAccessible(page);
}

async function namesWhatIsWrong() {
  const { page } = await open();
  await proves(page, "pending", "confirmed", /Confirmed, not witnessed/, /again in a few minutes/);
  await keep(page, "verify-pending", 560);
  await proves(page, "degraded", "proven", /nothing newer was known/);
  await proves(page, "another-amount", "invalid", /another total than the order/, /the authority’s confirmation/, /What to do/, /only what the receipt claims/);
  assert.deepEqual(await page.locator(".statement .mark.holdsNot").count(), 1, "the one who said it");
  await keep(page, "verify-invalid", 1330);
  await proves(page, "altered", "invalid", /amounts do not add up/);
  await proves(page, "not-in-log", "invalid", /does not stand in the log/);
  await proves(page, "forged", "proven");
  assert.equal(await page.locator("main img").count(), 0, "text never becomes markup");
  assert.ok((await page.locator("main").innerText()).includes("<img src=x"));
  assert.equal(await check(page, "proven", "another-root.pem"), "invalid");
  assert.match(await page.locator("#verdict").innerText(), /another network than that of the root/);
  await keep(page, "verify-wrong-root", 560);
  await page.context().close();
  console.log("what is wrong is named, and what to do");
}

async function refusesOtherFiles() {
  const { page } = await open();
  /** @param {string} place @param {string} name @param {RegExp} says */
  const refuses = async (place, name, says) => {
    await page.setInputFiles(`#${place}-file`, sample(name));
    await page.waitForSelector(`#${place}-problem`);
    assert.match(await page.locator(`#${place}-problem`).innerText(), says, name);
  };
  await refuses("receipt", "large.countersign-receipt.json", /2 MiB/);
  await refuses("receipt", "confirmation.p7m", /signed evidence by itself/);
  await refuses("receipt", "words.txt", /neither a receipt nor/);
  await refuses("root", "ca.pem", /not the certificate of a network root/);
  await refuses("root", "words.txt", /not the certificate of a network root/);
  await refuses("policy", "spoilt.policy", /cannot be used[^]*line 6/);
  assert.equal(await page.locator("#verdict").count(), 0);
  await page.context().close();
  console.log("files that are something else are refused by name");
}

// What would be judged by less than was wanted is not judged.
async function judgesNothingByHalf() {
  const { page } = await open();
  /** @param {string} place @param {string} bad @param {() => Promise<void>} mend */
  const stops = async (place, bad, mend) => {
    assert.equal(await verdictOf(page), "proven");
    await page.setInputFiles(`#${place}-file`, sample(bad));
    await page.waitForSelector(`#${place}-problem`);
    assert.equal(await page.locator(`#${place}-chosen`).count(), 0, `${bad} leaves the place empty`);
    assert.equal(await page.locator("#verdict").count(), 0, `nothing is judged by ${bad}, nor without`);
    await page.click("#language");
    assert.equal(await page.locator("#verdict").count(), 0);
    await page.click("#language");
    await mend();
    await page.waitForSelector("#verdict");
  };
  await check(page, "proven");
  await stops("policy", "spoilt.policy", () => page.setInputFiles("#policy-file", sample("trust.policy")));
  await stops("policy", "words.txt", () => page.setInputFiles("#policy-file", sample("trust.policy")));
  await stops("root", "ca.pem", () => page.setInputFiles("#root-file", sample("root.pem")));
  await stops("receipt", "words.txt", () => page.setInputFiles("#receipt-file", receipt("proven")));
  await stops("receipt", "another-root.pem", () => page.setInputFiles("#receipt-file", receipt("proven")));
  assert.match(await page.locator("#root-chosen").innerText(), /Root of Countersign Demo/);
  await drop(page, "another-root.pem");
  await page.waitForSelector("#dropped-problem");
  assert.equal(await page.locator("#verdict").count(), 0);
  await page.setInputFiles("#receipt-file", receipt("proven"));
  assert.equal(await verdictOf(page), "proven", "by the root that was chosen");
  await page.context().close();
  console.log("what cannot be used stops the verification");
}

async function showsTheNewestAlone() {
  const { page } = await open();
  await check(page, "proven");
  // Both in one turn of the page, before either is judged.
  const files = [receipt("proven"), receipt("altered")].map((name) => readFileSync(name, "utf8"));
  await page.evaluate((texts) => {
    for (const text of texts) {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "receipt.json"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
    }
  }, files);
  await page.waitForSelector('#verdict[data-verdict="invalid"]');
  await page.click("#forget");
  await page.waitForSelector("#root-missing");
  assert.equal(await page.locator("#verdict").count(), 0);
  await page.context().close();
  console.log("of two at once the later one is shown");
}

async function asksThePolicy() {
  const { page } = await open();
  await page.setInputFiles("#policy-file", sample("strict.policy"));
  assert.match(await page.locator("#policy-chosen").innerText(), /one log and 2 witnesses/);
  assert.equal(await check(page, "proven"), "invalid");
  assert.match(await page.locator("#verdict").innerText(), /yet\. Nothing in it is wrong[^]*fewer or others than your policy asks for[^]*in a few minutes/);
  await keep(page, "verify-incomplete", 560);
  await page.setInputFiles("#receipt-file", receipt("both"));
  await page.waitForSelector('#verdict[data-verdict="proven"]');
  assert.match(await page.locator("#verdict").innerText(), /2 witnesses[^]*what your policy asks for/);
  await page.click("#remove-policy");
  await page.waitForSelector("#policy-chosen", { state: "detached" });
  await page.waitForSelector('#verdict[data-verdict="proven"]');
  assert.equal(await page.locator("#policy-chosen").count(), 0);
  assert.match(await page.locator("#without-policy").innerText(), /nobody says/, "what nobody vouches for");
  await page.context().close();
  console.log("a policy says which witnesses it takes");
}

async function remembersOnlyWhereAsked() {
  const server = createServer((_, response) => void response.setHeader("Content-Type", "text/html; charset=utf-8").end(readFileSync(given.page)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { page } = await open({}, "", `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`);
  await page.setInputFiles("#root-file", sample("root.pem"));
  await page.setInputFiles("#policy-file", sample("trust.policy"));
  await page.waitForSelector("#policy-chosen");
  await page.reload();
  assert.equal(await page.locator("#root-chosen").count(), 0, "nothing is kept unasked");
  await page.setInputFiles("#root-file", sample("root.pem"));
  await page.check("#remember");
  await page.setInputFiles("#policy-file", sample("trust.policy"));
  await page.waitForSelector("#policy-chosen");
  assert.equal(await page.isChecked("#remember"), false, "not this too, unasked");
  await page.check("#remember");
  await page.setInputFiles("#policy-file", sample("spoilt.policy"));
  await page.waitForSelector("#policy-problem");
  assert.equal(await page.locator("#remember").count(), 0);
  await page.setInputFiles("#root-file", sample("another-root.pem"));
  await page.reload();
  await page.waitForSelector("#policy-chosen");
  assert.ok(await page.isChecked("#remember"));
  await page.setInputFiles("#receipt-file", receipt("proven"));
  assert.equal(await verdictOf(page), "proven");
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).sort()), ["countersign-verify.policy", "countersign-verify.root"], "never the receipt");
  await page.click("#forget");
  await page.waitForSelector("#root-chosen", { state: "detached" });
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  // What is kept and can be used no more is neither left out nor lost.
  await page.setInputFiles("#root-file", sample("root.pem"));
  await page.check("#remember");
  await page.evaluate(() => localStorage.setItem("countersign-verify.policy", "of a later version"));
  await page.reload();
  await page.waitForSelector("#policy-problem");
  await page.setInputFiles("#receipt-file", receipt("proven"));
  await page.waitForSelector("#not-judged");
  assert.equal(await page.locator("#verdict").count(), 0);
  assert.equal(await page.evaluate(() => localStorage.getItem("countersign-verify.policy")), "of a later version");
  await page.context().close();
  server.close();
  console.log("root and policy are remembered where it was asked for, the receipt never");
}

async function remembersNothingOnADisk() {
  const { page } = await open();
  const planted = readFileSync(sample("another-root.pem"), "utf8");
  await page.evaluate((pem) => localStorage.setItem("countersign-verify.root", pem), planted); // as any other file of the disk can
  await page.reload();
  assert.equal(await page.locator("#root-chosen").count(), 0);
  assert.equal(await check(page, "proven"), "proven");
  assert.equal(await page.locator("#remember").count(), 0, "it is not offered");
  await page.context().close();
  console.log("opened from a disk the page remembers nothing");
}

/** @param {Page} page @param {string[]} names */
async function drop(page, ...names) {
  const dropped = names.map((name) => ({ name, text: readFileSync(sample(name), "utf8") }));
  const transfer = await page.evaluateHandle((files) => {
    const made = new DataTransfer();
    for (const { name, text } of files) made.items.add(new File([text], name));
    return made;
  }, dropped);
  await page.dispatchEvent("h1", "drop", { dataTransfer: transfer });
}

async function takesWhatIsDropped() {
  const { page } = await open();
  await drop(page, "proven.countersign-receipt.json", "root.pem", "trust.policy");
  assert.equal(await verdictOf(page), "proven");
  assert.ok(await page.locator("#policy-chosen").isVisible());
  await page.context().close();
  console.log("what is dropped anywhere is told apart by its content");
}

async function reachesNothing() {
  const context = await browser.newContext(VIEW);
  const page = await context.newPage();
  await page.goto(ADDRESS);
  const found = await page.evaluate(async () => {
    /** @param {() => unknown} work */
    const attempt = async (work) => {
      try {
        await work();
        return "done";
      } catch (error) {
        return String(/** @type {Error} */ (error).name);
      }
    };
    /** @type {string[]} */
    const violated = [];
    document.addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
    const fetched = await attempt(() => fetch("https://example.com/"));
    navigator.sendBeacon("https://example.com/", "x");
    const markup = await attempt(() => { document.createElement("p").innerHTML = "<b>x</b>"; });
    const script = document.createElement("script");
    const injected = await attempt(() => { script.textContent = "window.injected = true"; document.body.append(script); });
    const image = new Image();
    image.src = "https://example.com/x.png";
    document.body.append(image);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { fetched, markup, injected, hasRun: "injected" in window, violated };
  });
  assert.equal(found.fetched, "TypeError");
  assert.equal(found.markup, "TypeError", "trusted types");
  assert.equal(found.injected, "TypeError", "trusted types");
  assert.equal(found.hasRun, false, "no other script runs");
  /** @param {string} directive */
  const refused = (directive) => found.violated.filter((each) => each.startsWith(directive)).length;
  assert.deepEqual([refused("connect-src"), refused("img-src")], [2, 1], `fetch and beacon, and the image: ${found.violated}`);
  assert.ok(refused("require-trusted-types-for") >= 2, `markup and script: ${found.violated}`);
  await context.close();
  console.log("the page can reach no network and run no other script");
}

async function worksByKeyboard() {
  const { page } = await open();
  await page.setInputFiles("#root-file", sample("root.pem"));
  await page.setInputFiles("#receipt-file", receipt("proven"));
  await verdictOf(page);
  for (const selector of ["summary", "#print", "#language", "#receipt-file", "#root-file", "#policy-file", "#forget"]) await tabTo(page, selector);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#root-chosen", { state: "detached" });
  await page.context().close();
  console.log("everything is reached by keyboard");
}

async function looksRightEverywhere() {
  const dark = await open({ colorScheme: "dark" });
  await check(dark.page, "another-amount");
  await keep(dark.page, "verify-dark", 1330);
  await dark.page.context().close();
  const phone = await open({ viewport: { width: 390, height: 800 }, locale: "ko-KR" });
  assert.equal(await check(phone.page, "proven"), "proven");
  assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing stands out at the side");
  await keep(phone.page, "verify-phone", 1500);
  assert.equal(await check(phone.page, "another-amount"), "invalid");
  assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing stands out at the side");
  await keep(phone.page, "verify-phone-invalid", 1500);
  await phone.page.context().close();
  const wide = await open({ viewport: { width: 1600, height: 1000 } });
  assert.equal(await check(wide.page, "proven"), "proven");
  await keep(wide.page, "verify-wide", 1330);
  await wide.page.context().close();
  const paper = await open();
  await check(paper.page, "proven");
  await paper.page.emulateMedia({ media: "print" });
  assert.ok(!(await paper.page.locator("#receipt-file").isVisible()), "paper shows the result alone");
  assert.ok(await paper.page.locator("#verdict").isVisible());
  await paper.page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  assert.ok(await paper.page.getByText("OU=seoul-1,OU=kr,O=Countersign Demo", { exact: true }).first().isVisible(), "nothing is folded away on paper");
  await paper.page.context().close();
  console.log("dark, small and on paper");
}

async function followsTheLinkOfAPrintedReceipt() {
  const digest = createHash("sha256").update(orderOf("proven")).digest("hex");
  const { page, asked } = await open({}, `#log=seoul-1.example/log&index=5&order=${digest}`);
  assert.match(await page.locator("#address").innerText(), /number 5 of the log seoul-1\.example\/log[^]*fetches none/);
  await picture(page, "verify-link");
  await check(page, "proven");
  assert.match(await page.locator("#address").innerText(), /This is the receipt/);
  await page.evaluate((hash) => { location.hash = hash; }, `#log=seoul-1.example/log&index=6&order=${digest}`);
  await page.waitForSelector("#address.bad");
  assert.match(await page.locator("#address").innerText(), /not the receipt that the link is of/);
  await page.evaluate(() => { location.hash = "#log=<b>x</b>"; });
  await page.waitForFunction(() => document.querySelector("#address")?.textContent?.includes("damaged"));
  assert.deepEqual([...asked], [], "no network");
  await page.context().close();
  console.log("the link of a printed receipt is understood, and nothing is fetched by it");
}

async function worksInFirefox() {
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true });
  try {
    for (const [name, verdict] of [["proven", "proven"], ["another-amount", "invalid"]]) {
      const page = await firefox.newPage();
      await page.goto(ADDRESS);
      await page.waitForSelector("#root-file");
      for (const [place, file] of [["root", sample("root.pem")], ["receipt", receipt(name)]]) {
        const input = await page.waitForSelector(`#${place}-file`);
        await /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (input).uploadFile(file);
        await page.waitForSelector(`#${place}-chosen`);
      }
      await page.waitForSelector("#verdict");
      assert.equal(await page.$eval("#verdict", (element) => element.getAttribute("data-verdict")), verdict);
      await page.close();
    }
  } finally {
    await firefox.close();
  }
  console.log("Firefox ESR says the same");
}

await play(async () => {
  await provesAReceipt();
  await namesWhatIsWrong();
  await refusesOtherFiles();
  await judgesNothingByHalf();
  await showsTheNewestAlone();
  await asksThePolicy();
  await remembersOnlyWhereAsked();
  await remembersNothingOnADisk();
  await takesWhatIsDropped();
  await reachesNothing();
  await worksByKeyboard();
  await looksRightEverywhere();
  await followsTheLinkOfAPrintedReceipt();
  await worksInFirefox();
}, () => browser.contexts(), () => browser.close());
