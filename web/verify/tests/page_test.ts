// SPDX-License-Identifier: Apache-2.0
// What the page says of a report, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../src/evidence/report.js';
import { verifyReceipt } from '../src/evidence/verify_receipt.js';
import { Policy } from '../src/log/policy.js';
import { isOf, parseAddress } from '../src/page/address.js';
import { kindOf } from '../src/page/files.js';
import { type Statement, isIncomplete, markOfLog, missingOf, statementsOf } from '../src/page/statements.js';
import { placeOf, t, tables, useLocale, wordsOf } from '../src/page/words.js';
import { certificatesFromPem } from '../src/x509/certificate.js';
import { NOW, NoteKey, after, base64, makeNetwork, makeRoot, pemOf } from './sample_network.js';
import { type Changes, makeMap, makeReceipt, policyOf } from './sample_receipt.js';

const network = await makeNetwork();
const roots = await certificatesFromPem(pemOf(network.root));
const now = NOW.getTime() / 1000;
const YEAR = 366 * 86_400;

async function reportOf(changes: Changes = {}): Promise<Report> {
  return verifyReceipt(await makeReceipt(network, changes), { roots: [roots[0]!], policy: null });
}

test('each statement of a proven receipt holds, from the purchaser to the root', async () => {
  const statements = statementsOf(await reportOf(), now);
  assert.deepEqual(statements.map(({ kind, mark }) => [kind, mark]), ['purchaser', 'merchant', 'status', 'status', 'authority', 'log', 'witness', 'map', 'root']
    .map((kind) => [kind, 'holds']));
  assert.match(statements[0]!.until, /until 21 Nov 2028\. After that by the witnesses/);
});

test('a certificate that has ended meanwhile is said to, and the witnesses bear its signature out', async () => {
  const [purchaser] = statementsOf(await reportOf(), now + 3 * YEAR);
  assert.match(purchaser!.until, /that day has passed\. After that by the witnesses/);
});

const beforeDay = /After that by the witnesses/;

test('who saw the log after a certificate had ended shows nothing of the time before', async () => {
  const statements = statementsOf(await reportOf({ witnessedAt: after(NOW, 3 * YEAR) }), now);
  for (const { kind, until } of statements.filter(({ kind }) => ['purchaser', 'merchant', 'authority'].includes(kind))) {
    assert.doesNotMatch(until, beforeDay, kind);
    assert.match(until, /enough witnesses had seen it only at/, kind);
  }
});

test('with a policy it is seen when enough witnesses have seen it, and not when the first one had', async () => {
  const late = after(NOW, 3 * YEAR);
  const newspaper = new (class extends NoteKey {
    override sign(text: string): string {
      return super.sign(text, late);
    }
  })('newspaper.example/witness', 4);
  const policy = await Policy.parse(new TextEncoder().encode(policyOf(network, 'both', `witness newspaper ${newspaper.vkey}\ngroup both all osaka newspaper\n`)));
  const file = await makeReceipt(network, { witnesses: [network.osaka.witness, newspaper] });
  const report = await verifyReceipt(file, { roots: [roots[0]!], policy });
  assert.deepEqual([report.verdict, report.log?.witnessedAt], ['proven', late.getTime() / 1000]);
  assert.doesNotMatch(statementsOf(report, now)[0]!.until, beforeDay);
  const nobody = await Policy.parse(new TextEncoder().encode(policyOf(network, 'none')));
  const unasked = await verifyReceipt(file, { roots: [roots[0]!], policy: nobody });
  assert.deepEqual([unasked.verdict, unasked.log?.witnessedAt], ['proven', null]);
});

const ofKind = (report: Report, kind: Statement['kind']): Statement[] => statementsOf(report, now).filter((each) => each.kind === kind);

test('of several roots the one is named that it was proven under, and only until that ends', async () => {
  const brief = await certificatesFromPem(pemOf(await makeRoot([['O', 'Countersign Demo']]), network.root));
  const report = await verifyReceipt(await makeReceipt(network), { roots: [brief[0]!, brief[1]!], policy: null });
  assert.equal(report.verdict, 'proven');
  assert.deepEqual(report.roots.map(({ fingerprint }) => fingerprint), [roots[0]!.fingerprint]);
  assert.equal(ofKind(report, 'root').length, 1);
});

test('of several maps the one is named that says the key of the log', async () => {
  const silent = await makeMap(network, { map: (m) => { for (const centre of m.dataCentres as Record<string, unknown>[]) delete centre.log; m.mapVersion = 6; } });
  const report = await reportOf({ receipt: (r) => ({ ...r, maps: [base64(silent), ...(r.maps as string[])] }) });
  assert.deepEqual([report.verdict, report.map?.version], ['proven', 7]);
  assert.match(ofKind(report, 'map')[0]!.says, /Version 7/);
});

test('without witnesses a signature is relied on as long as its certificate', async () => {
  const report = await reportOf({ witnesses: [] });
  assert.match(statementsOf(report, now)[0]!.until, /After that nothing shows when it was signed/);
  assert.deepEqual(missingOf(report), ['missingWitnessesPending']);
});

const BLAMED: readonly { name: string; changes: Changes; kinds: readonly string[] }[] = [
  { name: 'the authority for another total', changes: { confirmation: (c) => { (c.order as Record<string, unknown>).total = 1; } }, kinds: ['authority'] },
  { name: 'the purchaser for an order that does not add up', changes: { order: (o) => ({ ...o, total: 1 }) }, kinds: ['purchaser'] },
  { name: 'the status that was not good', changes: { merchantStatus: { status: 'revoked' } }, kinds: ['status'] },
  { name: 'the log that has something else there', changes: { entry: () => Buffer.from('x') }, kinds: ['log'] },
];
for (const { name, changes, kinds } of BLAMED) {
  test(`what does not hold is ${name}`, async () => {
    const wrong = statementsOf(await reportOf(changes), now).filter(({ mark }) => mark === 'holdsNot');
    assert.deepEqual([...new Set(wrong.map(({ kind }) => kind))], kinds);
    assert.ok(wrong.every(({ kind, until }) => kind === 'status' || until === t('untilNot')));
  });
}

test('what is missing from a receipt is said with a remedy', async () => {
  assert.deepEqual(missingOf(await reportOf({ witnesses: [network.seoul.witness] })), ['missingOwnWitness']);
  assert.deepEqual(missingOf(await reportOf({ witnesses: [], receipt: (r) => ({ ...r, states: 'unwitnessed' }) })), ['missingWitnesses']);
});

test('what is only incomplete is told from what is wrong, and neither is valid', async () => {
  const withoutKey = await reportOf({ withoutMap: true });
  assert.deepEqual([withoutKey.verdict, isIncomplete(withoutKey), markOfLog(withoutKey)], ['invalid', true, 'open']);
  const policy = await Policy.parse(new TextEncoder().encode(policyOf(network)));
  const tooFew = await verifyReceipt(await makeReceipt(network, { witnesses: [] }), { roots: [roots[0]!], policy });
  assert.deepEqual([tooFew.verdict, isIncomplete(tooFew), markOfLog(tooFew)], ['invalid', true, 'holds']);
  const forged = await reportOf({ withoutMap: true, entry: () => Buffer.from('x') });
  assert.deepEqual([forged.verdict, isIncomplete(forged), markOfLog(forged)], ['invalid', false, 'holdsNot']);
  assert.equal(isIncomplete(await reportOf()), false);
});

const DIGEST = '9f'.repeat(32);

test('the link of a printed receipt says which one it is of', () => {
  assert.equal(parseAddress(''), null);
  assert.deepEqual(parseAddress(`#log=seoul-1.example/log&index=300&order=${DIGEST}`), { origin: 'seoul-1.example/log', index: 300, order: DIGEST });
  for (const bad of ['#x', `#log=a/b&index=01&order=${DIGEST}`, `#log=a/b&index=-1&order=${DIGEST}`, '#log=a/b&index=1&order=9F', `#log=a b&index=1&order=${DIGEST}`,
    `#log=&index=1&order=${DIGEST}`, `#index=1&log=a/b&order=${DIGEST}`, `#log=a/b&index=1&order=${DIGEST}&more=1`, `#log=a/b&index=9007199254740993&order=${DIGEST}`,
    `#log=<b>&index=1&order=${DIGEST}`, `#log=${'a'.repeat(256)}&index=1&order=${DIGEST}`])
    assert.equal(parseAddress(bad), 'damaged', bad);
});

test('another receipt is not taken for the one that the link is of', async () => {
  const report = await reportOf();
  const address = { origin: 'seoul-1.example/log', index: 5, order: report.orderDigest! };
  assert.equal(isOf(address, report), true);
  for (const other of [{ ...address, origin: 'osaka-1.example/log' }, { ...address, index: 4 }, { ...address, order: DIGEST }])
    assert.equal(isOf(other, report), false);
});

test('every place that a finding can name has words', () => {
  for (const locale of ['en', 'ko'] as const) {
    useLocale(locale);
    for (const path of ['receipt', 'receipt.states', 'root', 'confirmation.signer', 'confirmation.countersignedOrder.signer',
      'confirmation.countersignedOrder.signedOrder.order.total', 'confirmation.merchant.ocsp', 'confirmation.purchaser.serial', 'receipt.maps[0]', 'log.index',
      'log.origin', 'log.witnesses', 'log.witnesses.a.example/w'])
      assert.notEqual(placeOf(path), path, path);
    assert.match(placeOf('log.witnesses.a.example/w'), /a\.example\/w/);
    assert.equal(placeOf('log.witnesses'), t('whereWitnesses'));
    assert.equal(wordsOf({ code: 'conflict', reason: 'not_in_log' }), tables[locale].wrong.not_in_log);
    assert.equal(wordsOf({ code: 'malformed', reason: null }), tables[locale].wrong.malformed);
  }
  useLocale('en');
});

test('placeholders are the same in both languages', () => {
  const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
  for (const [word, text] of Object.entries(tables.en.words))
    assert.deepEqual(holes(tables.ko.words[word as keyof typeof tables.en.words]), holes(text), word);
});

test('files are told apart by what is in them', () => {
  const of = (text: string): string => kindOf(new TextEncoder().encode(text));
  assert.deepEqual([of(' {"type"'), of('text\n-----BEGIN CERTIFICATE-----'), of('log x\nquorum none\n'), of('Dear customer'), kindOf(Uint8Array.of(0x30, 0x82))],
    ['receipt', 'root', 'policy', 'unknownFile', 'notAReceipt']);
});
