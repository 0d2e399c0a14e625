// SPDX-License-Identifier: Apache-2.0
// Vectors that other programs made or accepted: Go's x/mod/sumdb, RFC 8032, and the examples of the C2SP specifications.
import './sample_network.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { base64Encode, hexDecode, hexEncode } from '../src/base/bytes.js';
import { parseTime } from '../src/base/time.js';
import { entryOfConfirmation } from '../src/documents/receipt.js';
import { parseCheckpoint, parseLogProof } from '../src/log/checkpoint.js';
import { verifyByNoble, verifyEd25519 } from '../src/log/ed25519.js';
import { leafHash, verifyInclusion } from '../src/log/merkle.js';
import { VerifierKey, parseNote, signatureOf, verifyCosignature, verifySignature } from '../src/log/note.js';
import { Policy } from '../src/log/policy.js';
import { pathOf, rootOf } from './sample_network.js';

const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(hexDecode);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map(hexDecode);
const INCLUSION_OF_5_IN_8 = [
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
].map(hexDecode);

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

const vectorRows = (kind: string): string[][] =>
  readFileSync('../../tests/vectors/log/entries.txt', 'utf8').split('\n').map((line) => line.split(' ')).filter(([first]) => first === kind);

test('entries and leaves are those of the vectors', async () => {
  const rows = vectorRows('entry');
  assert.ok(rows.length >= 5);
  for (const [, id, nonce, confirmation, entry, leaf] of rows) {
    const made = await entryOfConfirmation(id!, own(hexDecode(nonce!)), own(hexDecode(confirmation!)));
    assert.deepEqual([hexEncode(made), hexEncode(await leafHash(made))], [entry, leaf]);
  }
});

test('a message that begins otherwise than ours has no entry', async () => {
  const rows = vectorRows('refused-confirmation');
  assert.ok(rows.length >= 7);
  for (const [, confirmation] of rows)
    await assert.rejects(entryOfConfirmation('f3d1c2b4-5a69-4788-9abc-def012345678', own(new Uint8Array(32)), own(hexDecode(confirmation!))), confirmation);
});

test("Go's proof of inclusion leads to Go's root", async () => {
  await verifyInclusion(await leafHash(LEAVES[5]!), 5, 8, ROOTS[7]!, INCLUSION_OF_5_IN_8);
});

test('every leaf of every tree proves itself, and itself alone', async () => {
  for (let size = 1; size <= LEAVES.length; size += 1) {
    const leaves = LEAVES.slice(0, size);
    assert.deepEqual(own(rootOf(leaves)), ROOTS[size - 1]);
    for (let index = 0; index < size; index += 1) {
      const proof = pathOf(index, leaves).map(own);
      const leaf = await leafHash(leaves[index]!);
      await verifyInclusion(leaf, index, size, ROOTS[size - 1]!, proof);
      const root = ROOTS[size - 1]!;
      const other = await leafHash(hexDecode('ff'));
      const wrong: (() => Promise<void>)[] = [
        () => verifyInclusion(other, index, size, root, proof),
        () => verifyInclusion(leaf, index, size, hexDecode('00'.repeat(32)), proof),
        () => verifyInclusion(leaf, index, size, root, [...proof, leaf]),
      ];
      if (proof.length > 0) wrong.push(() => verifyInclusion(leaf, index, size, root, proof.slice(1)));
      if (size > 1) wrong.push(() => verifyInclusion(leaf, (index + 1) % size, size, root, proof));
      for (const one of wrong) await assert.rejects(one, { code: 'conflict' });
      await assert.rejects(verifyInclusion(leaf, size, size, ROOTS[size - 1]!, proof), { code: 'malformed' });
    }
  }
});

const LOG = 'dc1.example/log+b4e29d71+AT1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM';
const WITNESS = 'witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';
const CHECKPOINT = `dc1.example/log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— dc1.example/log tOKdcRa4Dtj8kkcnFm3eR9l4MWW70q/J7ix5yEHh5HSVkAKfWRx2Ig2MLjSlMz2AHWmLWQmTKDVQaF3HKk/aXsoqCAo=
— witness.example/w1 63YswgAAAABkGFDLr51dJvBSf39T55wooAIozVvYs37xPBNSyVJzlI2AD9+b/tcDZCa1mjgHK2DEY6OIKEVOdYSujJKAaqMbkbjOCA==
`;

test('the golden checkpoint is the tree of eight, signed by its log and cosigned by its witness', async () => {
  const { origin, size, root, note } = parseCheckpoint(CHECKPOINT);
  assert.deepEqual({ origin, size, root: hexEncode(root) }, { origin: 'dc1.example/log', size: 8, root: hexEncode(ROOTS[7]!) });
  const [log, witness] = [await VerifierKey.parse(LOG), await VerifierKey.parse(WITNESS)];
  assert.deepEqual([log.text, witness.text], [LOG, WITNESS]);
  await verifySignature(note.text, signatureOf(note, log)!, log);
  assert.equal(await verifyCosignature(note.text, signatureOf(note, witness)!, witness), parseTime('2023-03-20T12:25:47Z'));
});

test('a checkpoint that says something else was signed by neither', async () => {
  const { note } = parseCheckpoint(CHECKPOINT.replace('\n8\n', '\n9\n'));
  const [log, witness] = [await VerifierKey.parse(LOG), await VerifierKey.parse(WITNESS)];
  await assert.rejects(verifySignature(note.text, signatureOf(note, log)!, log), { code: 'signature_invalid' });
  await assert.rejects(verifyCosignature(note.text, signatureOf(note, witness)!, witness), { code: 'signature_invalid' });
});

test('a cosignature with another time than the one signed does not verify', async () => {
  const { note } = parseCheckpoint(CHECKPOINT);
  const witness = await VerifierKey.parse(WITNESS);
  const signature = signatureOf(note, witness)!;
  const later = { ...signature, payload: signature.payload.slice() };
  later.payload[7]! += 1;
  await assert.rejects(verifyCosignature(note.text, later, witness), { code: 'signature_invalid' });
  const never = { ...later, payload: later.payload.slice() };
  never.payload.set([0, 0, 0, 0x3a, 0xff, 0xf4, 0x41, 0x80]);
  await assert.rejects(verifyCosignature(note.text, never, witness), { code: 'malformed' });
});

test("the specification's note opens with its key", async () => {
  const key = await VerifierKey.parse('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
  assert.equal(key.name, 'example.com/foo');
});

test("the specification's example of a note is read, with an empty line in its text", () => {
  const note = parseNote('Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n'
    + '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n');
  assert.ok(note.text.endsWith('ed è subito sera.\n'));
  assert.equal(hexEncode(note.signatures[0]!.id), '367ba04b');
});

test('Ed25519 verifies the vectors of RFC 8032 with WebCrypto and without, and nothing else', async () => {
  const vectors = [
    { key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', message: '',
      signature: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b' },
    { key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', message: 'af82',
      signature: '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a' },
  ].map(({ key, message, signature }) => ({ key: hexDecode(key), message: hexDecode(message), signature: hexDecode(signature) }));
  for (const { key, message, signature } of vectors) {
    const altered = signature.slice();
    altered[0]! ^= 1;
    for (const verify of [verifyEd25519, verifyByNoble]) {
      assert.equal(await verify(key, message, signature), true);
      assert.equal(await verify(key, message, altered).catch(() => false), false);
      assert.equal(await verify(key, hexDecode('00'), signature), false);
    }
    assert.equal(await verifyEd25519(key.slice(1), message, signature), false);
    assert.equal(await verifyEd25519(key, message, signature.slice(1)), false);
  }
});

const LINE = CHECKPOINT.split('\n')[4]!;
const NOTES: readonly { name: string; note: string; code?: string }[] = [
  { name: 'no signature', note: 'a\n1\n\n' },
  { name: 'no empty line', note: `a\n1\n${LINE}\n` },
  { name: 'no text', note: `\n\n${LINE}\n` },
  { name: 'no newline at its end', note: `a\n\n${LINE}` },
  { name: 'a hyphen for a dash', note: `a\n\n${LINE.replace('—', '-')}\n` },
  { name: 'two spaces', note: `a\n\n${LINE.replace('— ', '—  ')}\n` },
  { name: 'a key name with a plus sign', note: `a\n\n${LINE.replace('dc1', 'dc+1')}\n` },
  { name: 'a signature in another spelling', note: `a\n\n${LINE.slice(0, -1)}\n` },
  { name: 'a signature of an id alone', note: 'a\n\n— k AAAAAA==\n' },
  { name: 'a control character', note: `a\tb\n\n${LINE}\n` },
  { name: 'a carriage return', note: `a\r\n\n${LINE}\n` },
  { name: 'too many signatures', note: `a\n\n${`${LINE}\n`.repeat(101)}`, code: 'too_large' },
  { name: 'two signatures of one key', note: `a\n\n${LINE}\n${LINE}\n` },
  { name: 'length', note: `${'a'.repeat(1 << 16)}\n\n${LINE}\n`, code: 'too_large' },
];
for (const { name, note, code } of NOTES)
  test(`a note is refused for ${name}`, () => assert.throws(() => parseNote(note), { code: code ?? 'malformed' }));

const CHECKPOINTS: readonly { name: string; from: string; to: string; code?: string }[] = [
  { name: 'a size with a leading zero', from: '\n8\n', to: '\n08\n' },
  { name: 'a negative size', from: '\n8\n', to: '\n-8\n' },
  { name: 'a size beyond 2^53-1', from: '\n8\n', to: '\n9007199254740992\n' },
  { name: 'a root of 31 octets', from: 'XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=', to: 'XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==' },
  { name: 'no origin', from: 'dc1.example/log\n8', to: '\n8' },
  { name: 'extension lines', from: 'RgQyg=\n', to: 'RgQyg=\nmore\n', code: 'unsupported' },
];
for (const { name, from, to, code } of CHECKPOINTS)
  test(`a checkpoint is refused for ${name}`, () => assert.throws(() => parseCheckpoint(CHECKPOINT.replace(from, to)), { code: code ?? 'malformed' }));

const VKEYS: readonly { name: string; vkey: string; code?: string }[] = [
  { name: 'an id of another key', vkey: LOG.replace('b4e29d71', 'b4e29d72') },
  { name: 'an id in capitals', vkey: LOG.replace('b4e29d71', 'B4E29D71') },
  { name: 'another name', vkey: LOG.replace('dc1', 'dc2') },
  { name: 'a name with a space', vkey: LOG.replace('dc1', 'dc 1') },
  { name: 'no name', vkey: LOG.replace('dc1.example/log', '') },
  { name: 'a key of 31 octets', vkey: 'a+00000000+AT1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM'.slice(0, -4) },
  { name: 'a type of key that is not known', vkey: 'a+00000000+Bg==', code: 'unsupported' },
];
for (const { name, vkey, code } of VKEYS)
  test(`a key is refused for ${name}`, () => assert.rejects(VerifierKey.parse(vkey), { code: code ?? 'malformed' }));

const PROOF = `c2sp.org/tlog-proof@v1\nextra AAECAw==\nindex 5\n${INCLUSION_OF_5_IN_8.map((hash) => `${base64Encode(hash)}\n`).join('')}\n${CHECKPOINT}`;

test('a proof is taken apart, what is not signed in it left', () => {
  const proof = parseLogProof(PROOF);
  assert.equal(proof.index, 5);
  assert.deepEqual(proof.hashes, INCLUSION_OF_5_IN_8);
  assert.equal(proof.checkpoint, CHECKPOINT);
  assert.deepEqual(parseLogProof(`c2sp.org/tlog-proof@v1\nindex 0\n\n${CHECKPOINT}`).hashes, []);
});

const PROOFS: readonly { name: string; from: string; to: string; code?: string }[] = [
  { name: 'another version', from: '@v1', to: '@v2', code: 'unsupported' },
  { name: 'another format', from: 'c2sp.org/tlog-proof', to: 'c2sp.org/proof' },
  { name: 'extra data of nothing', from: 'extra AAECAw==', to: 'extra ' },
  { name: 'no index', from: 'index 5\n', to: '' },
  { name: 'an index with a leading zero', from: 'index 5', to: 'index 05' },
  { name: 'a hash cut short', from: 'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=', to: 'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZng==' },
  { name: 'extra data that is no base64', from: 'AAECAw==', to: 'AAECAw=' },
  { name: 'the index before the extra data', from: 'extra AAECAw==\nindex 5\n', to: 'index 5\nextra AAECAw==\n' },
];
for (const { name, from, to, code } of PROOFS)
  test(`a proof is refused for ${name}`, () => assert.throws(() => parseLogProof(PROOF.replace(from, to)), { code: code ?? 'malformed' }));

const read = (text: string): Promise<Policy> => Policy.parse(new TextEncoder().encode(text));

test('a policy is satisfied by the witnesses that its groups ask for', async () => {
  const w2 = await VerifierKey.create('w2', 4, hexDecode('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'));
  const head = `# comment\n\nlog ${LOG} https://dc1.example/log\n\t witness\tW1  ${WITNESS}\nwitness W2 ${w2.text} https://w2.example\n`;
  const satisfied = async (text: string): Promise<string> => {
    const policy = await read(head + text);
    return [[], ['W1'], ['W2'], ['W1', 'W2']].map((names) => Number(policy.isSatisfiedBy(new Set(names)))).join('');
  };
  assert.equal(await satisfied('quorum none\n'), '1111');
  assert.equal(await satisfied('quorum W1\n'), '0101');
  assert.equal(await satisfied('group G any W1 W2\nquorum G\n'), '0111');
  assert.equal(await satisfied('group G all W1 W2\nquorum G\n'), '0001');
  assert.equal(await satisfied('group G 2 W1 W2\nquorum G\n'), '0001');
  assert.equal(await satisfied('group A any W1\ngroup B all A W2\nquorum B\n'), '0001');
  const policy = await read(`${head}quorum W2\n`);
  assert.deepEqual([policy.logs.map(({ name }) => name), policy.witnesses.map(({ name }) => name)], [['dc1.example/log'], ['W1', 'W2']]);
});

const POLICIES: readonly { name: string; text: string; code?: string }[] = [
  { name: 'no quorum', text: `log ${LOG}\n` },
  { name: 'a last line that does not end', text: 'quorum none' },
  { name: 'two quorums', text: 'quorum none\nquorum none\n' },
  { name: 'a quorum that is not defined', text: 'quorum W1\n' },
  { name: 'a quorum before its witness', text: `quorum W1\nwitness W1 ${WITNESS}\n` },
  { name: 'a witness called none', text: `witness none ${WITNESS}\nquorum none\n` },
  { name: 'a witness twice', text: `witness A ${WITNESS}\nwitness B ${WITNESS}\nquorum none\n` },
  { name: 'a log twice', text: `log ${LOG}\nlog ${LOG}\nquorum none\n` },
  { name: 'a name twice', text: `witness A ${WITNESS}\ngroup A any A\nquorum A\n` },
  { name: 'a group of nobody', text: 'group A any\nquorum A\n' },
  { name: 'a group that asks for more than it has', text: `witness A ${WITNESS}\ngroup G 2 A\nquorum G\n` },
  { name: 'a group that asks for nobody', text: `witness A ${WITNESS}\ngroup G 0 A\nquorum G\n` },
  { name: 'a member of two groups', text: `witness A ${WITNESS}\ngroup G any A\ngroup H any A\nquorum H\n` },
  { name: 'an unknown line', text: 'quorum none\nand more\n' },
  { name: 'a carriage return', text: 'quorum none\r\n' },
  { name: 'words behind a quorum', text: 'quorum none please\n' },
  { name: 'a key of a witness for a log', text: `log ${WITNESS}\nquorum none\n`, code: 'unsupported' },
  { name: 'a key of a log for a witness', text: `witness A ${LOG}\nquorum A\n`, code: 'unsupported' },
  { name: 'length', text: `#${' '.repeat(1 << 18)}\nquorum none\n`, code: 'too_large' },
];
for (const { name, text, code } of POLICIES)
  test(`a policy is refused for ${name}`, () => assert.rejects(read(text), { code: code ?? 'malformed' }));
