// SPDX-License-Identifier: Apache-2.0
// Writes receipts, roots and policies of a sample network into a folder, for the browser test: node build/tests/write_samples.js DIR
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NOW, NoteKey, after, iso, makeNetwork, makeRoot, pemOf } from './sample_network.js';
import { type Changes, makeReceipt, policyOf } from './sample_receipt.js';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node build/tests/write_samples.js DIR');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const write = (name: string, content: string | Uint8Array): void => writeFileSync(path.join(folder, name), content);

const network = await makeNetwork();
const newspaper = new NoteKey('newspaper.example/witness', 4);
write('root.pem', pemOf(network.root));
write('another-root.pem', pemOf(await makeRoot()));
write('ca.pem', pemOf(network.seoul.ca));
write('trust.policy', policyOf(network));
write('strict.policy', policyOf(network, 'both', `witness newspaper ${newspaper.vkey}\ngroup both all osaka newspaper\n`));
write('spoilt.policy', `${policyOf(network)}quorum none\n`);

type Members = Record<string, unknown>;
const receipts: Readonly<Record<string, Changes>> = {
  proven: {},
  both: { witnesses: [network.osaka.witness, newspaper] },
  pending: { witnesses: [] },
  degraded: { confirmation: (c) => { Object.assign(c.purchaser as Members, { asOf: iso(after(NOW, -50)), degraded: true }); } },
  altered: { orderText: (text) => text.replace('"quantity":2', '"quantity":3') },
  'another-amount': { confirmation: (c) => { (c.order as Members).total = 6200; } },
  'not-in-log': { entry: () => Buffer.from('something else') },
  forged: { order: (o) => { (o.lines as Members[])[0]!.description = '<img src=x onerror=alert(1)>'; } },
};
for (const [name, changes] of Object.entries(receipts)) write(`${name}.countersign-receipt.json`, await makeReceipt(network, changes));
write('confirmation.p7m', Buffer.from(JSON.parse(Buffer.from(await makeReceipt(network)).toString()).confirmation, 'base64'));
write('large.countersign-receipt.json', '{'.padEnd((2 << 20) + 1, ' '));
write('words.txt', 'Dear customer');
console.log(folder);
