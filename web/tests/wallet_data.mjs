// SPDX-License-Identifier: Apache-2.0
// The wallet's settings in a real browser: personal data, ways to pay, paired PCs.
//   node web/tests/wallet_data.mjs '{"wallet":…,"pin":…,"mediator":[…],"environment":{…}}' [SCREENSHOTS]
// "mediator" is the command line of a PC's mediator, to which a subcommand is appended. Prints a line per step; exits 1 at the
// first that fails.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { given, isAccessible, picture, play, watch, windowPicture } from "./support.mjs";
import { openWallet, terminal } from "./terminal.mjs";

const CARD = "4111 1111 1111 1111";
const COMPANY = "CN=Hanok Card,OU=card-companies,O=Countersign Demo";
const PERSON = { name: "홍길동", address: "서울특별시 종로구 북촌로 1", birthDate: "1990-12-31", telephone: "+82 10 1234 5678", bloodType: "AB+" };

const { browser, wallet } = await terminal();
const origins = watch(wallet);
const environment = { ...process.env, ...given.environment };
const [program = "", ...words] = given.mediator;

/** Opens the settings anew, and in them what is folded away under this title. @param {string} title */
async function section(title) {
  await wallet.click("#tab-settings");
  const details = wallet.locator("details", { has: wallet.locator("summary", { hasText: title }) });
  await details.locator("summary").click();
  return details;
}

/** @param {import("playwright-core").Locator} form @param {Record<string, string>} values */
async function send(form, values) {
  for (const [name, value] of Object.entries(values)) await form.locator(`[name=${name}]`).fill(value);
  await form.locator("button[type=submit]").click();
}

async function keepPersonalData() {
  const details = await section("Personal information");
  await send(details.locator("form"), { pin: given.pin });
  const form = details.locator("form", { has: wallet.locator("[name=birthDate]") });
  await form.waitFor();
  await isAccessible(wallet);
  await send(form, { ...PERSON, bloodType: "Z", pin: given.pin });
  await wallet.waitForSelector(".failure");
  assert.equal(await form.locator("[name=name]").inputValue(), PERSON.name, "what was typed is not lost");
  await picture(wallet, "wallet-personal-refused");
  await send(form, { bloodType: PERSON.bloodType, pin: given.pin });
  await wallet.waitForFunction(() => document.querySelector("#status")?.textContent === "Kept.");

  const again = await section("Personal information");
  assert.equal(await again.locator("[name=name]").count(), 0, "it is shown after the PIN");
  await send(again.locator("form"), { pin: given.pin });
  await again.locator("[name=birthDate]").waitFor();
  for (const [name, value] of Object.entries(PERSON)) assert.equal(await again.locator(`[name=${name}]`).inputValue(), value);
  await picture(wallet, "wallet-personal");
  console.log("personal data is kept on the card, and shown after the PIN");
}

async function keepWaysToPay() {
  const details = await section("Ways to pay");
  await details.getByText("None yet.").waitFor();
  const form = (/** @type {string} */ name) => details.locator("form", { has: wallet.locator("button", { hasText: name }) });
  await send(form("Add a card"), { number: "4111 1111 1111 1112", expiry: "2031-12", holder: "HONG GILDONG", pin: given.pin });
  await wallet.waitForSelector(".failure");
  assert.equal(await details.locator("ul li").innerText(), "None yet.", "a number with a wrong digit is not kept");
  await send(form("Add a card"), { number: CARD, pin: given.pin });
  await details.locator("ul").getByText("···1111").waitFor();
  await send(form("Add a card"), { number: "5555 5555 5555 4444", expiry: "2031-12", holder: "HONG GILDONG", company: COMPANY, pin: given.pin });
  await details.locator("ul").getByText("···4444 (2031-12) · Hanok Card").waitFor();
  await form("Remove one").getByLabel("···4444").check();
  await send(form("Remove one"), { pin: given.pin });
  await details.locator("ul").getByText("···4444").waitFor({ state: "detached" });
  await send(form("Add an account"), { bank: "Hanok Bank", number: "110-234-567890", holder: "HONG GILDONG", pin: given.pin });
  await details.locator("ul").getByText("···890").waitFor();
  await isAccessible(wallet);
  await picture(wallet, "wallet-means");
  await form("Remove one").getByLabel("···890").check();
  await send(form("Remove one"), { pin: given.pin });
  await details.locator("ul").getByText("···890").waitFor({ state: "detached" });
  assert.ok((await details.locator("ul").innerText()).includes("1111"));
  const typed = await details.locator("input:not([type=radio])").evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value));
  assert.ok(typed.length >= 8 && typed.every((value) => value === ""), "the numbers that were typed do not stay on the screen");
  console.log("cards and accounts are added, shown by their last digits, and removed");
}

/** What the PC says of the terminals that it knows. */
const known = () => execFileSync(program, [...words, "pairings", "list"], { env: environment, encoding: "utf8" });

async function pairAndUnpair() {
  const details = await section("Paired PCs");
  await details.getByText("No PC is paired.").waitFor();
  await send(details.locator("form"), { link: "countersign:pair?made=up" });
  await wallet.waitForSelector(".failure");
  const pairing = spawn(program, [...words, "pair"], { env: environment });
  let said = "";
  try {
    pairing.stdout.on("data", (data) => (said += data));
    const ended = new Promise((resolve) => pairing.on("exit", resolve));
    while (!said.includes("Waiting for your terminal")) await wallet.waitForTimeout(20);
    const link = /countersign:pair\?\S+/.exec(said)?.[0] ?? "";
    await windowPicture(browser, "mediator-pair", `$ countersign-mediator pair\n${said}`);
    await send(details.locator("form"), { link });
    await details.getByText("Desk PC").waitFor();
    await picture(wallet, "wallet-pair");
    assert.equal(await ended, 0, said);
  } finally {
    pairing.kill();
  }
  assert.match(said, /Paired with Demo wallet/);
  assert.match(known(), /Demo wallet/);

  const again = await section("Paired PCs");
  await again.getByText("Desk PC · last used").waitFor();
  await isAccessible(wallet);
  await picture(wallet, "wallet-computers");
  await again.locator("button.danger", { hasText: "Unpair" }).click();
  await again.getByText("No PC is paired.").waitFor();
  console.log("a PC is paired by its code, listed, and unpaired");
}

await play(async () => {
  await openWallet(wallet);
  await wallet.click("#tab-settings");
  await isAccessible(wallet);
  await picture(wallet, "wallet-settings");
  await keepPersonalData();
  await keepWaysToPay();
  await pairAndUnpair();
  const stored = await wallet.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  for (const secret of [given.pin, "4111", PERSON.name]) assert.ok(!stored.includes(secret), "nothing of it in the browser's storage");
  assert.deepEqual([...origins], [new URL(given.wallet).origin]);
}, () => browser.contexts(), () => browser.close());
