// SPDX-License-Identifier: Apache-2.0
// Writes every receipt of receipt_cases.ts into a folder, each with its root and policy and with what the page says of it, for
// another program to judge: node build/tests/write_cases.js DIR
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { verifyReceipt } from '../src/evidence/verify_receipt.js';
import { Policy } from '../src/log/policy.js';
import { certificatesFromPem } from '../src/x509/certificate.js';
import { BAD, GOOD, network } from './receipt_cases.js';
import { type Holder, pemOf } from './sample_network.js';
import { type Changes, makeReceipt } from './sample_receipt.js';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node build/tests/write_cases.js DIR');
  process.exit(2);
}

async function write(number: number, name: string, changes: Changes, policy: string | null, root: Holder): Promise<void> {
  const file = await makeReceipt(network, changes);
  const [first] = await certificatesFromPem(pemOf(root));
  const trusted = policy === null ? null : await Policy.parse(new TextEncoder().encode(policy));
  const { verdict, findings } = await verifyReceipt(file, { roots: [first!], policy: trusted });
  const place = path.join(folder!, String(number).padStart(3, '0'));
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'case.countersign-receipt.json'), file);
  writeFileSync(path.join(place, 'root.pem'), pemOf(root));
  if (policy !== null) writeFileSync(path.join(place, 'trust.policy'), policy);
  const found = findings.map(({ path: at, code }) => `${at}: ${code}`);
  writeFileSync(path.join(place, 'verdict.json'), JSON.stringify({ name, verdict, findings: found }));
}

let number = 0;
for (const { name, changes, policy } of GOOD) await write((number += 1), name, changes ?? {}, policy ?? null, network.root);
for (const { name, changes, policy, root } of BAD)
  await write((number += 1), name, typeof changes === 'function' ? await changes() : changes, policy ?? null, root ?? network.root);
console.log(number);
