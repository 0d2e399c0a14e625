// SPDX-License-Identifier: Apache-2.0
// What the extension judges and remembers, without a browser: node --test web/tests/extension.test.mjs
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { afterConsent, afterDeclining, afterShowing, mayAskUnbidden, nothing } from "../extension/asking.js";
import { codeOfDisconnection, readMessage } from "../extension/message.js";
import { MOST, originOfPage, readOffer } from "../extension/offer.js";
import { ASKING, next, saidOf, sumsOf } from "../extension/purchase_view.js";
import { money, tables } from "../extension/words.js";

const ID = "npnojofcjaheidmphkghbkebghaadhek";
const TAG = { gateway: "https://127.0.0.1:8543", checkout: "0190a7c2-8d3e-7000-8000-000000000001", token: "a".repeat(43), profiles: "session plain" };
const SENDER = { id: ID, frameId: 0, url: "https://shop.example/checkout/1", origin: "https://shop.example", tab: { id: 7, active: true } };
const ORDER = {
  merchant: "Hanok Books", origin: "https://shop.example", total: 62000, currency: "KRW",
  lines: [{ sku: "T", description: "녹차", quantity: 2, unitPrice: 12000 }, { sku: "C", description: "Cup", quantity: 1, unitPrice: 38000 }],
};
/** @param {string} path */
const file = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

test("an offer of the page that is looked at is taken, with the origin that the browser names", () => {
  const read = readOffer([TAG], false, SENDER, ID);
  assert.ok("offer" in read);
  assert.deepEqual(read.offer, {
    purchases: [{ gateway: TAG.gateway, checkout: TAG.checkout, token: TAG.token, profiles: ["session", "plain"] }],
    origin: "https://shop.example", tab: 7,
  });
});

test("frames, other extensions, other schemes, tabs in the background and pages without an origin are not heard", () => {
  const others = [
    { ...SENDER, frameId: 3 }, { ...SENDER, id: "another" }, { ...SENDER, url: "http://shop.example/" },
    { ...SENDER, tab: { id: 7, active: false } }, { ...SENDER, tab: undefined }, { ...SENDER, origin: "null" },
    { ...SENDER, url: "https://user@shop.example/" }, { ...SENDER, url: undefined },
  ];
  for (const sender of others) {
    assert.equal(originOfPage(sender, ID), null, JSON.stringify(sender));
    assert.deepEqual(readOffer([TAG], false, sender, ID), { refusal: "not_here" });
  }
});

test("of two tags on a page none is taken", () => {
  assert.deepEqual(readOffer([TAG, TAG], false, SENDER, ID), { refusal: "several" });
});

const OTHER = { ...TAG, gateway: "https://other.example", checkout: "0190a7c2-8d3e-7000-8000-000000000002" };

test("several tags that one element holds are one offer, each at another gateway", () => {
  const read = readOffer([TAG, OTHER], true, SENDER, ID);
  assert.ok("offer" in read);
  assert.deepEqual(read.offer.purchases.map(({ gateway }) => gateway), [TAG.gateway, OTHER.gateway]);
  assert.equal(read.offer.origin, "https://shop.example");
  const many = Array.from({ length: 9 }, (_, number) => ({ ...TAG, gateway: `https://shop-${number}.example` }));
  assert.ok("offer" in readOffer(many.slice(1), true, SENDER, ID), "eight are taken");
  for (const tags of [many, [TAG, { ...OTHER, gateway: TAG.gateway }], [TAG, { ...OTHER, token: "short" }], [TAG, null]])
    assert.deepEqual(readOffer(tags, true, SENDER, ID), { refusal: "malformed" }, JSON.stringify(tags));
});

test("several orders are looked at together, and their ends told one by one", () => {
  const another = { ...ORDER, merchant: "Other Books", currency: "USD" };
  const review = { type: "review", orders: [ORDER, another], notShown: 1 };
  assert.deepEqual(readMessage(review), review);
  const checkouts = [{ gateway: TAG.gateway, outcome: "confirmed", code: null }, { gateway: OTHER.gateway, outcome: "refused", code: "expired" }];
  assert.deepEqual(readMessage({ type: "ended", outcome: "partly", code: "expired", remedy: "r", checkouts }), {
    type: "ended", outcome: "partly", code: "expired", remedy: "r",
    checkouts: [{ gateway: TAG.gateway, outcome: "confirmed", code: "" }, { gateway: OTHER.gateway, outcome: "refused", code: "expired" }],
  });
  const wrong = [
    { ...review, orders: [ORDER] }, { ...review, orders: [ORDER, { ...another, total: 1 }] }, { ...review, orders: Array(9).fill(ORDER) },
    { type: "review", orders: [ORDER, another] }, { ...review, notShown: 7 }, { ...review, notShown: -1 }, { ...review, notShown: "1" },
    { type: "ended", outcome: "partly" }, { type: "ended", outcome: "failed", checkouts: [{ gateway: "", outcome: "failed" }] },
    { type: "ended", outcome: "failed", checkouts: [{ gateway: "https://x.example", outcome: "partly" }] },
  ];
  for (const message of wrong) {
    const read = readMessage(message);
    assert.ok(read.type === "error" && read.code === "malformed", JSON.stringify(message));
  }
});

test("as many orders go under one approval as the other programs take", () => {
  const defined = (/** @type {string} */ path, /** @type {RegExp} */ form) => Number(form.exec(file(path))?.[1]);
  assert.equal(MOST, defined("../../src/documents/order_group.h", /kMostInGroup = (\d+);/));
  assert.equal(MOST, defined("../extension/content.js", /const MOST = (\d+);/), "content scripts import nothing");
});

test("the total of a last look is not taken for the whole where orders are not shown", () => {
  const dollars = { ...ORDER, currency: "USD" };
  assert.deepEqual(sumsOf([ORDER, ORDER, dollars]), [{ currency: ORDER.currency, total: 2 * ORDER.total }, { currency: "USD", total: ORDER.total }]);
  const look = next({ at: "working", state: "review" }, readMessage({ type: "review", orders: [ORDER, dollars], notShown: 2 }));
  assert.ok(look.at === "review" && look.notShown === 2, "the terminal says how many more are bought");
  const without = next(look, readMessage({ type: "review", order: ORDER, notShown: 0 }));
  assert.ok(without.at === "review" && without.orders.length === 1 && without.notShown === 0, "one was left out meanwhile");
});

test("what may be bought yet is not said to have failed, nor to be tried again", () => {
  const undecided = { gateway: OTHER.gateway, outcome: "undecided", code: "unavailable" };
  const confirmed = { gateway: TAG.gateway, outcome: "confirmed", code: null };
  /** @param {unknown} outcome @param {unknown[]} checkouts @param {string} [code] */
  const said = (outcome, checkouts, code = "unavailable") => {
    const view = next({ at: "working", state: "confirming" }, readMessage({ type: "ended", outcome, code, remedy: "r", checkouts }));
    assert.ok(view.at === "ended");
    return saidOf(view);
  };
  assert.deepEqual(said("partly", [confirmed, undecided]), { title: "partly", texts: ["partlyText", "undecidedText"], code: "" });
  for (const checkouts of [[], [undecided, undecided]])
    assert.deepEqual(said("undecided", checkouts), { title: "undecided", texts: ["undecidedText"], code: "" });
  assert.deepEqual(said("partly", [confirmed, { ...undecided, outcome: "failed" }]), { title: "partly", texts: ["partlyText"], code: "unavailable" });
  assert.deepEqual(said("failed", []), { title: "failed", texts: [], code: "unavailable" });
  for (const words of [tables.en, tables.ko]) assert.doesNotMatch(words.partlyText, /the rest is not|주문만/);
  const leftOut = { gateway: OTHER.gateway, outcome: "left_out", code: "cancelled" };
  assert.deepEqual(said("partly", [confirmed, leftOut], "cancelled"), { title: "partly", texts: ["partlyText"], code: "" });
  assert.equal(readMessage({ type: "ended", outcome: "left_out", code: "cancelled" }).type, "error", "of one of several only");
  // Nor when the mediator is gone, or says something else than an end.
  const gone = /** @type {const} */ ({ type: "disconnected", code: "mediator_ended" });
  for (const state of /** @type {const} */ (["approved", "confirming"])) {
    for (const event of [gone, readMessage({})]) {
      const view = next({ at: "working", state }, event);
      assert.ok(view.at === "ended" && view.outcome === "undecided");
      assert.deepEqual(saidOf(view), { title: "undecided", texts: ["undecidedText"], code: "" });
    }
  }
  const before = next({ at: "working", state: "asked" }, gone);
  assert.ok(before.at === "ended" && before.outcome === "failed");
});

test("a tag is taken in its one form only", () => {
  const wrong = [
    { gateway: "http://127.0.0.1:8543" }, { gateway: "https://127.0.0.1:8543/" }, { gateway: "https://127.0.0.1:8543/path" }, { gateway: 7 },
    { gateway: "https://HOST.example" }, { checkout: "" }, { checkout: "../x" }, { token: "short" }, { token: `${"a".repeat(20)} ` },
    { profiles: "" }, { profiles: "none" }, { profiles: "plain\nsession" }, { profiles: undefined },
  ];
  for (const one of wrong) assert.deepEqual(readOffer([{ ...TAG, ...one }], false, SENDER, ID), { refusal: "malformed" }, JSON.stringify(one));
  for (const tags of [[], null, "tag", [null], ["tag"]]) assert.deepEqual(readOffer(tags, false, SENDER, ID), { refusal: "malformed" });
});

test("a checkout opens a window by itself once, and a declined origin none until the person consents to it", () => {
  const offer = { purchases: [{ ...TAG, profiles: [] }], origin: "https://shop.example", tab: 7 };
  const another = { ...offer, purchases: [{ ...TAG, profiles: [], checkout: "another" }] };
  let memory = nothing();
  assert.ok(mayAskUnbidden(memory, offer));
  memory = afterShowing(memory, offer);
  assert.ok(!mayAskUnbidden(memory, offer));
  assert.ok(mayAskUnbidden(memory, another));
  memory = afterDeclining(memory, offer.origin);
  assert.ok(!mayAskUnbidden(memory, another));
  assert.ok(mayAskUnbidden(memory, { ...another, origin: "https://other.example" }));
  assert.ok(mayAskUnbidden(afterConsent(memory, offer.origin), another));
});

test("what is remembered does not grow without end", () => {
  let memory = nothing();
  for (let number = 0; number < 1000; number += 1) memory = afterDeclining(memory, `https://${number}.example`);
  assert.ok(memory.declined.length <= 200);
  assert.ok(memory.declined.includes("https://999.example"));
});

test("the mediator's messages are read", () => {
  assert.deepEqual(readMessage({ type: "progress", state: "asked" }), { type: "progress", state: "asked" });
  assert.deepEqual(readMessage({ type: "review", order: ORDER, notShown: 0 }), { type: "review", orders: [ORDER], notShown: 0 });
  assert.deepEqual(readMessage({ type: "ended", outcome: "confirmed" }), { type: "ended", outcome: "confirmed", code: "", remedy: "", checkouts: [] });
  assert.deepEqual(readMessage({ type: "error", code: "unavailable", detail: "d", remedy: "r" }),
    { type: "error", code: "unavailable", detail: "d", remedy: "r" });
  assert.deepEqual(readMessage({ type: "status", version: "0.3", pairings: 1, parts: [{ name: "wallet", state: "asleep" }] }),
    { type: "status", version: "0.3", pairings: 1, parts: [{ name: "wallet", state: "asleep", remedy: "" }] });
});

test("an order for the last look is shown complete and adding up, or not at all", () => {
  const line = ORDER.lines[0];
  const wrong = [
    { ...ORDER, total: 61999 }, { ...ORDER, lines: [] }, { ...ORDER, currency: "won" }, { ...ORDER, merchant: "" }, { ...ORDER, total: 0.5 },
    { ...ORDER, lines: [{ ...line, quantity: 0 }] }, { ...ORDER, lines: [{ ...line, description: "a\u202eb" }] },
    { ...ORDER, lines: [{ ...line, unitPrice: -1 }] }, { ...ORDER, lines: "none" }, null, "order",
    { ...ORDER, total: 2 ** 53, lines: [{ ...line, quantity: 1, unitPrice: 2 ** 53 }] },
  ];
  for (const order of wrong) {
    const read = readMessage({ type: "review", order, notShown: 0 });
    assert.ok(read.type === "error" && read.code === "malformed", JSON.stringify(order));
  }
});

test("anything else that arrives is named malformed", () => {
  for (const value of [null, "text", [], {}, { type: "progress", state: "elsewhere" }, { type: "ended", outcome: "perhaps" }, { type: "error" },
    { type: "status", version: "1", pairings: -1, parts: [] }, { type: "status", version: "1", pairings: 1, parts: [{}] }]) {
    const read = readMessage(value);
    assert.ok(read.type === "error" && read.code === "malformed", JSON.stringify(value));
  }
});

test("the browsers' words for a host that is not there become a code", () => {
  assert.equal(codeOfDisconnection("Specified native messaging host not found."), "mediator_missing");
  assert.equal(codeOfDisconnection("No such native application org.countersign.mediator"), "mediator_missing");
  assert.equal(codeOfDisconnection("Access to the specified native messaging host is forbidden."), "mediator_forbidden");
  assert.equal(codeOfDisconnection("Native host has exited."), "mediator_ended");
  assert.equal(codeOfDisconnection(""), "mediator_ended");
});

test("the window goes from the question to the end, and holds the order only while it is looked at", () => {
  const order = /** @type {import("../extension/message.js").Order} */ (ORDER);
  let view = next(ASKING, { type: "progress", state: "asked" });
  assert.deepEqual(view, ASKING, "nothing happens before consent");
  view = next(view, { type: "consented" });
  view = next(view, { type: "progress", state: "searching" });
  assert.deepEqual(view, { at: "working", state: "searching" });
  view = next(view, { type: "progress", state: "review" });
  view = next(view, { type: "review", notShown: 0, orders: [order] });
  assert.deepEqual(next(view, { type: "progress", state: "review" }), view, "the order stays in sight");
  view = next(view, { type: "answered" });
  assert.ok(!JSON.stringify(view).includes("Hanok"));
  view = next(view, { type: "ended", outcome: "confirmed", code: "", remedy: "", checkouts: [] });
  assert.equal(view.at, "ended");
  assert.deepEqual(next(view, { type: "disconnected", code: "mediator_ended" }), view, "the end stays");
});

test("a mediator that goes away in between is a failure with a name", () => {
  const view = next(next(ASKING, { type: "consented" }), { type: "disconnected", code: "mediator_missing" });
  assert.deepEqual(view, { at: "ended", outcome: "failed", code: "mediator_missing", remedy: "", detail: "", checkouts: [] });
});

test("every word is there in both languages, and every code that a person can meet has words", () => {
  assert.deepEqual(Object.keys(tables.ko).sort(), Object.keys(tables.en).sort());
  assert.deepEqual(Object.keys(tables.errorsKo).sort(), Object.keys(tables.errorsEn).sort());
  const names = [...file("../../src/base/error.cpp").matchAll(/return "([a-z_]+)";/g)].map((found) => found[1]);
  assert.ok(names.length > 20, "the names were found");
  // Of enrolment alone.
  const elsewhere = new Set(["consent_missing", "wrong_password"]);
  for (const name of names) assert.ok(elsewhere.has(String(name)) || String(name) in tables.errorsEn, name);
});

test("sums of money have as many decimals as their currency", () => {
  assert.match(money(62000, "KRW"), /62,000$/);
  assert.match(money(1250, "EUR"), /12\.50$/);
  assert.match(money(1250, "BHD"), /1\.250$/);
});

test("the key in the manifest gives the id that the native host's manifest names", () => {
  const manifest = JSON.parse(file("../extension/manifest.json"));
  const digest = createHash("sha256").update(Buffer.from(manifest.key, "base64")).digest("hex").slice(0, 32);
  const id = [...digest].map((digit) => String.fromCharCode("a".charCodeAt(0) + parseInt(digit, 16))).join("");
  assert.equal(id, ID);
  assert.ok(file("../extension/README.md").includes(id));
  assert.deepEqual(manifest.permissions, ["nativeMessaging", "storage"]);
  assert.equal(manifest.content_scripts[0].all_frames, false);
});
