// SPDX-License-Identifier: Apache-2.0
// What the page takes from the person, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Choice } from '../src/page/choice.js';
import { makeNetwork, makeRoot, pemOf } from './sample_network.js';
import { policyOf } from './sample_receipt.js';

const network = await makeNetwork();
const octets = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const root = octets(pemOf(network.root));
const otherRoot = octets(pemOf(await makeRoot()));
const policy = octets(policyOf(network));
const receipt = octets('{"type":"receipt"}');

async function chosen(): Promise<Choice> {
  const choice = new Choice();
  await choice.take(root, 'root.pem', 'root');
  await choice.take(policy, 'trust.policy', 'policy');
  await choice.take(receipt, 'one.json', 'receipt');
  assert.ok(choice.root && choice.policy && choice.receipt && !choice.hasProblems);
  return choice;
}

test('what cannot be used leaves its place empty, and stands in the way', async () => {
  const bad = [
    { place: 'root', content: octets(pemOf(network.seoul.ca)), word: 'wrongRoot' },
    { place: 'root', content: 'unreadable', word: 'unreadable' },
    { place: 'policy', content: octets(`${policyOf(network)}quorum none\n`), word: 'wrongPolicy' },
    { place: 'policy', content: octets('Dear customer'), word: 'wrongPolicy' },
    { place: 'policy', content: 'tooLarge', word: 'tooLarge' },
    { place: 'receipt', content: octets('Dear customer'), word: 'unknownFile' },
    { place: 'receipt', content: 'tooLarge', word: 'tooLarge' },
  ] as const;
  for (const { place, content, word } of bad) {
    const choice = await chosen();
    await choice.take(content, 'bad', place);
    assert.equal(choice[place], null, `${place} ${word}`);
    assert.equal(choice.problemOf(place)?.word, word);
    assert.ok(choice.hasProblems);
  }
});

test('what is put right stands no longer in the way', async () => {
  const choice = await chosen();
  await choice.take(octets('x'), 'bad', 'policy');
  await choice.take(policy, 'trust.policy', 'policy');
  assert.ok(choice.policy !== null && !choice.hasProblems);
  await choice.take(octets('x'), 'bad', 'policy');
  choice.clear('policy');
  assert.ok(choice.policy === null && !choice.hasProblems);
});

test('a root or a policy in the place of the receipt is neither', async () => {
  for (const content of [otherRoot, policy]) {
    const choice = new Choice();
    await choice.take(content, 'receipt.json', 'receipt');
    assert.deepEqual([choice.root, choice.policy, choice.receipt, choice.problemOf('receipt')?.word], [null, null, null, 'noReceiptHere']);
  }
});

test('what is dropped fills an empty place, and takes none', async () => {
  const choice = new Choice();
  for (const [content, name] of [[receipt, 'one.json'], [root, 'root.pem'], [policy, 'trust.policy']] as const) await choice.take(content, name, 'dropped');
  assert.ok(choice.root && choice.policy && choice.receipt && !choice.hasProblems);
  const pem = choice.root.pem;
  await choice.take(otherRoot, 'other.pem', 'dropped');
  assert.deepEqual([choice.root.pem, choice.problemOf('dropped')?.word, choice.hasProblems], [pem, 'notReplaced', true]);
  choice.clearDropped();
  await choice.take(octets('quorum none\n'), 'other.policy', 'dropped');
  assert.equal(choice.policy.policy.asksNobody, false);
  choice.clearDropped();
  await choice.take(octets('{"type":"another"}'), 'two.json', 'dropped');
  assert.deepEqual([choice.receipt.name, choice.hasProblems], ['two.json', false], 'receipts are judged, and not trusted');
});

test('what is dropped takes no place of something that could not be used', async () => {
  const choice = await chosen();
  await choice.take(octets('x'), 'bad', 'policy');
  await choice.take(policy, 'trust.policy', 'dropped');
  assert.deepEqual([choice.policy, choice.problemOf('policy')?.word, choice.problemOf('dropped')?.word], [null, 'wrongPolicy', 'notReplaced']);
});

test('something unknown that is dropped stands in the way of the receipt that comes with it', async () => {
  const choice = new Choice();
  await choice.take(root, 'root.pem', 'root');
  await choice.take(octets('log x\n'), 'damaged.policy', 'dropped');
  await choice.take(receipt, 'one.json', 'dropped');
  assert.ok(choice.receipt !== null && choice.hasProblems);
});
