// SPDX-License-Identifier: Apache-2.0
// The PC's side alone of purchases in the demo shop; somebody else is at the terminal:
//   node web/tests/buy_on_computer.mjs '{"shop":…,"home":…,"environment":{…}}'
// Reads a line `PROFILE` (which the shop takes) or `PROFILE until-the-last-look` for each purchase, and tells by lines how far it is: `asking`,
// `last-look` where it stays there, `ended OUTCOME`. Ends with its input.
import path from "node:path";
import { createInterface } from "node:readline";
import { chromiumWithExtension, extensionWindow } from "./browsers.mjs";
import { toPayment } from "./shopping.mjs";
import { given, play } from "./support.mjs";

const computer = await chromiumWithExtension(path.join(given.home, ".config/chromium"), null, given.environment);
const page = await computer.newPage();

/** @param {string} profile @param {boolean} staysAtTheLastLook */
async function buy(profile, staysAtTheLastLook) {
  const asked = await extensionWindow(computer, await toPayment(page, "CUP-1"));
  await asked.click("#consent:not([disabled])");
  console.log("asking");
  const end = asked.locator("main[data-outcome]");
  if (profile === "session") {
    await asked.locator("#continue").or(end).first().waitFor();
    if (staysAtTheLastLook) console.log("last-look");
    else await asked.click("#continue");
  }
  await end.waitFor();
  const outcome = await end.getAttribute("data-outcome");
  const code = await asked.locator("#error").getAttribute("data-code", { timeout: 100 }).catch(() => "");
  if (outcome === "confirmed") await page.waitForSelector('#outcome[data-outcome="confirmed"]');
  await asked.close();
  console.log(`ended ${outcome} ${code}`.trimEnd());
}

await play(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const [profile, stays] = line.split(" ");
    await buy(profile ?? "", stays === "until-the-last-look");
  }
}, () => [computer], () => computer.close());
