// SPDX-License-Identifier: Apache-2.0
// The receipts of receipt_cases.ts: what differs is named, and so is every finding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Code } from '../src/base/refusal.js';
import type { Finding, Report } from '../src/evidence/report.js';
import { verifyReceipt } from '../src/evidence/verify_receipt.js';
import { Policy } from '../src/log/policy.js';
import { certificatesFromPem } from '../src/x509/certificate.js';
import { BAD, GOOD, network, otherRoot } from './receipt_cases.js';
import { type Holder, NOW, pemOf } from './sample_network.js';
import { makeReceipt, policyOf } from './sample_receipt.js';

const { root } = network;

async function verify(file: Uint8Array, policy: string | null = null, ...roots: Holder[]): Promise<Report> {
  const [first, ...more] = await certificatesFromPem(pemOf(...(roots.length > 0 ? roots : [root])));
  const trusted = policy === null ? null : await Policy.parse(new TextEncoder().encode(policy));
  return verifyReceipt(new Uint8Array(file), { roots: [first!, ...more], policy: trusted });
}

const described = ({ path, code, reason }: Finding): string => `${path} ${reason ?? code}`;

for (const { name, changes, policy, verdict, also } of GOOD) {
  test(`a receipt is ${verdict ?? 'proven'}: ${name}`, async () => {
    const report = await verify(await makeReceipt(network, changes), policy ?? null);
    assert.deepEqual(report.findings, []);
    assert.equal(report.verdict, verdict ?? 'proven');
    also?.(report);
  });
}

test('what a good receipt says is all there', async () => {
  const report = await verify(await makeReceipt(network));
  assert.equal(report.order?.lines[0]?.description, '녹차 100 g');
  assert.deepEqual(report.order?.total, { minorUnits: 62000, currency: 'KRW' });
  assert.deepEqual(report.signatures.map(({ role, isValid }) => [role, isValid]), [['confirmation-signer', true], ['merchant', true], ['purchaser', true]]);
  assert.deepEqual(report.statuses.map(({ answer }) => answer?.status), ['good', 'good']);
  assert.equal(report.decidedAt, NOW.getTime() / 1000);
  assert.deepEqual([report.log?.index, report.log?.size], [5, 8]);
});

test('several roots count each as much', async () => {
  const report = await verify(await makeReceipt(network), null, otherRoot, root);
  assert.deepEqual([report.verdict, report.findings], ['proven', []]);
});

test('nothing depends on the present time: a receipt of years ago is as good', async () => {
  const report = await verify(await makeReceipt(network), policyOf(network));
  assert.ok(report.signatures.every(({ signer }) => signer.notAfter < Date.UTC(2040, 0) / 1000));
  assert.equal(report.verdict, 'proven');
});

for (const { name, changes, policy, root: trusted, finds } of BAD) {
  test(`a receipt is refused for ${name}`, async () => {
    const made = typeof changes === 'function' ? await changes() : changes;
    const report = await verify(await makeReceipt(network, made), policy ?? null, ...(trusted ? [trusted] : []));
    assert.deepEqual(report.findings.map(described), finds, JSON.stringify(report.findings, null, 1));
    assert.equal(report.verdict, 'invalid');
  });
}

test('every octet of a receipt counts', async () => {
  const file = await makeReceipt(network);
  const text = Buffer.from(file).toString();
  let refused = 0;
  // Every 397th octet of what is signed or hashed: the confirmation, the nonce, the proof.
  const end = text.indexOf(',"maps"');
  for (let place = text.indexOf('"confirmation"') + 20; place < end; place += 397) {
    const copy = file.slice();
    copy[place] = copy[place] === 0x41 ? 0x42 : 0x41;
    const report = await verify(copy);
    assert.notEqual(report.verdict, 'proven', `octet ${place}`);
    refused += 1;
  }
  assert.ok(refused > 30);
});

test('what is no root is named', async () => {
  for (const [pem, code] of [['', 'malformed'], ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'unsupported'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'malformed'], [pemOf(root).repeat(9), 'too_large']] as const)
    await assert.rejects(certificatesFromPem(pem), { code: code as Code });
});
