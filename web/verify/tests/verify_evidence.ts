// SPDX-License-Identifier: Apache-2.0
// Verifies evidence of real programs with the page's modules: node build/tests/verify_evidence.js DIR [MAP ROOT]…
// DIR holds confirmation.p7m and network-root.pem; a MAP is verified under its ROOT as of its issue. Prints the findings, or “verified”;
// exits 1 where there are findings.
import './sample_network.js';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asRefusal } from '../src/base/refusal.js';
import { verifyMapAsIssued } from '../src/documents/network_map.js';
import { Examination } from '../src/evidence/examination.js';
import { Findings } from '../src/evidence/report.js';
import { certificatesFromPem } from '../src/x509/certificate.js';

const [folder, ...maps] = process.argv.slice(2);
if (folder === undefined || maps.length % 2 !== 0) {
  console.error('usage: node build/tests/verify_evidence.js DIR [MAP ROOT]…');
  process.exit(2);
}
const read = (file: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(file));
const findings = new Findings();
const examination = new Examination(await certificatesFromPem(readFileSync(path.join(folder, 'network-root.pem'), 'utf8')), findings);
await examination.read(read(path.join(folder, 'confirmation.p7m')));
await examination.judge();
for (let i = 0; i < maps.length; i += 2) {
  try {
    const [root] = await certificatesFromPem(readFileSync(maps[i + 1]!, 'utf8'));
    await verifyMapAsIssued(read(maps[i]!), root!);
  } catch (thrown) {
    const { code, detail } = asRefusal(thrown);
    findings.add(code, maps[i]!, null, detail);
  }
}
for (const { path: place, code, detail } of findings.all) console.log(`${place}: ${code}: ${detail}`);
const isVerified = findings.all.length === 0 && examination.signatures.length === 3;
console.log(isVerified ? 'verified' : 'NOT VERIFIED');
process.exitCode = isVerified ? 0 : 1;
