// SPDX-License-Identifier: Apache-2.0
import { type Bytes, base64Encode } from '../base/bytes.js';
import { asRefusal } from '../base/refusal.js';
import { madePlain } from '../base/text.js';
import { TOLERANCE, type Time } from '../base/time.js';
import type { Confirmation } from '../documents/confirmation.js';
import { type VerifiedMap, dataCentreOf, verifyMapAsIssued } from '../documents/network_map.js';
import { type Receipt, entryOfConfirmation, parseReceipt } from '../documents/receipt.js';
import { type Checkpoint, type LogProof, parseCheckpoint, parseLogProof } from '../log/checkpoint.js';
import { leafHash, verifyInclusion } from '../log/merkle.js';
import { type VerifierKey, signatureOf, verifyCosignature, verifySignature } from '../log/note.js';
import type { Policy } from '../log/policy.js';
import type { Certificate } from '../x509/certificate.js';
import { Examination } from './examination.js';
import { type CosignatureFact, Findings, type KeySource, type LogFact, type MapFact, type Report, type SignatureFact } from './report.js';

/** What the person who verifies trusts. */
export interface Trust {
  /** The network's root; further ones are those that the network had before and after it, each trusted as much. */
  readonly roots: readonly [Certificate, ...Certificate[]];
  readonly policy: Policy | null;
}

/** A witness that could have cosigned: the policy's, or one that a data centre of the map runs. */
interface KnownWitness {
  readonly name: string; // of the policy's line, or of the key
  readonly label: string;
  readonly key: VerifierKey;
  readonly counts: boolean;
}

/**
 * Verifies a receipt, offline, by the steps of docs/protocols/receipt.md. What the confirmation says is proven from the root
 * alone; which key is the log's and whose cosignatures count is what the policy says, or without one the network map in the
 * receipt, which a key that the root certified has signed. What the receipt says of its witnesses decides nothing, and neither
 * does the present time. Never fails: what cannot be read is a finding.
 */
class ReceiptExamination {
  private readonly findings = new Findings();
  private readonly evidence: Examination;
  private receipt: Receipt | null = null;
  private readonly maps: VerifiedMap[] = [];
  private log: LogFact | null = null;

  constructor(private readonly trust: Trust) {
    this.evidence = new Examination(trust.roots, this.findings);
  }

  async run(bytes: Bytes): Promise<Report> {
    this.receipt = await this.attempt('receipt', () => parseReceipt(bytes));
    if (this.receipt !== null) {
      await this.evidence.read(this.receipt.confirmation);
      await this.evidence.judge();
      const { confirmation } = this.evidence;
      if (confirmation !== null) {
        await this.judgeMaps(this.receipt, confirmation);
        await this.judgeLog(this.receipt, confirmation);
      }
    }
    return this.report();
  }

  private async attempt<T>(path: string, work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (thrown) {
      const { code, detail } = asRefusal(thrown);
      this.findings.add(code, path, null, detail);
      return null;
    }
  }

  // --- the maps

  private async judgeMaps(receipt: Receipt, confirmation: Confirmation): Promise<void> {
    for (const [place, der] of receipt.maps.entries()) {
      const path = `receipt.maps[${place}]`;
      const verified = await this.attempt(path, () => this.verifyMap(der));
      if (verified === null) continue;
      if (verified.map.expires <= confirmation.time) this.findings.add('expired', path, 'map_over', 'it was over when this was confirmed');
      else this.maps.push(verified);
    }
  }

  /** Under the root that certified its signer; of one that no root certified the first root speaks. */
  private async verifyMap(der: Bytes): Promise<VerifiedMap> {
    let first: unknown;
    for (const root of this.trust.roots) {
      try {
        return await verifyMapAsIssued(der, root);
      } catch (thrown) {
        first ??= thrown;
      }
    }
    throw first;
  }

  // --- the log

  private async judgeLog(receipt: Receipt, confirmation: Confirmation): Promise<void> {
    const parts = await this.attempt('receipt.proof', () => {
      const proof = parseLogProof(receipt.proof);
      return { proof, checkpoint: parseCheckpoint(proof.checkpoint) };
    });
    if (parts === null) return;
    const { proof, checkpoint } = parts;
    this.judgePlace(confirmation, proof, checkpoint);
    const isIncluded = await this.judgeInclusion(receipt, confirmation, proof, checkpoint);
    const { key, source } = await this.judgeLogSignature(confirmation, checkpoint);
    const cosignatures = await this.judgeCosignatures(confirmation, checkpoint);
    const valid = cosignatures.filter(({ time, counts }) => time !== null && counts);
    const { policy } = this.trust;
    const isWitnessed = this.isEnough(valid);
    if (policy !== null && !isWitnessed)
      this.findings.add('not_found', 'log.witnesses', 'too_few_witnesses', 'too few witnesses of the policy have cosigned the checkpoint');
    this.log = {
      origin: checkpoint.origin, size: checkpoint.size, index: proof.index, root: base64Encode(checkpoint.root),
      key, keySource: source, isIncluded, cosignatures,
      unknownSignatures: checkpoint.note.signatures.length - cosignatures.length - (key === null ? 0 : 1),
      isWitnessed,
      witnessedAt: this.witnessedAt(valid),
      asksNobody: policy?.asksNobody ?? false,
    };
  }

  private isEnough(cosignatures: readonly CosignatureFact[]): boolean {
    const { policy } = this.trust;
    return policy === null ? cosignatures.length > 0 : policy.isSatisfiedBy(new Set(cosignatures.map(({ label }) => label)));
  }

  private witnessedAt(cosignatures: readonly CosignatureFact[]): Time | null {
    if (this.trust.policy?.asksNobody) return null;
    const times = cosignatures.flatMap(({ time }) => time ?? []).sort((a, b) => a - b);
    return times.find((until) => this.isEnough(cosignatures.filter(({ time }) => time! <= until))) ?? null;
  }

  private judgePlace(confirmation: Confirmation, { index }: LogProof, { origin }: Checkpoint): void {
    if (confirmation.log === null)
      this.findings.add('not_found', 'confirmation.log', 'no_log_named', 'it names no log: it is from before the log');
    else if (origin !== confirmation.log)
      this.findings.add('conflict', 'log.origin', 'other_log', `the checkpoint is of ${origin}, the confirmation in ${confirmation.log}`);
    if (index !== confirmation.index)
      this.findings.add('conflict', 'log.index', 'other_index', `the proof is of number ${index}, the confirmation is number ${confirmation.index}`);
  }

  private async judgeInclusion(receipt: Receipt, confirmation: Confirmation, proof: LogProof, checkpoint: Checkpoint): Promise<boolean> {
    try {
      const leaf = await leafHash(await entryOfConfirmation(confirmation.id, receipt.nonce, receipt.confirmation));
      await verifyInclusion(leaf, proof.index, checkpoint.size, checkpoint.root, proof.hashes);
      return true;
    } catch (thrown) {
      const { code, detail } = asRefusal(thrown);
      this.findings.add(code, 'log.inclusion', 'not_in_log', detail);
      return false;
    }
  }

  /** The keys of the log: the policy's for that origin; without a policy those that maps name for the confirmation's data centre. */
  private logKeys(origin: string, confirmation: Confirmation): VerifierKey[] {
    const { policy } = this.trust;
    if (policy !== null) return policy.logs.filter(({ name }) => name === origin);
    const keys = this.maps.flatMap(({ map }) => dataCentreOf(map, confirmation.dataCentre)?.log?.key ?? []).filter(({ name }) => name === origin);
    return keys.filter((key, place) => keys.findIndex(({ text }) => text === key.text) === place);
  }

  private async judgeLogSignature(confirmation: Confirmation, { origin, note }: Checkpoint): Promise<{ key: string | null; source: KeySource | null }> {
    const keys = this.logKeys(origin, confirmation);
    if (keys.length === 0) {
      if (this.trust.policy === null) {
        this.findings.add('not_found', 'log.key', 'no_log_key', `no policy was given, and no network map in the receipt names ${origin} for the data centre`);
        return { key: null, source: null };
      }
      this.findings.add('not_found', 'log.key', 'log_not_trusted', `the policy names no key of the log ${origin}`);
      return { key: null, source: 'policy' };
    }
    const source: KeySource = this.trust.policy === null ? 'map' : 'policy';
    let signedWith: string | null = null;
    for (const key of keys) {
      const signature = signatureOf(note, key);
      if (signature === null) continue;
      const isValid = await this.attempt('log.signature', () => verifySignature(note.text, signature, key).then(() => true));
      if (isValid === null) return { key: null, source };
      signedWith ??= key.text;
    }
    if (signedWith === null) this.findings.add('signature_invalid', 'log.signature', 'log_not_signed', `carries no signature of the log ${origin}`);
    return { key: signedWith, source };
  }

  /** A data centre's own witness says nothing about its log that it did not say itself. */
  private knownWitnesses(confirmation: Confirmation): KnownWitness[] {
    const { policy } = this.trust;
    if (policy !== null) return policy.witnesses.map(({ name, key }) => ({ name, label: name, key, counts: true }));
    const known = new Map<string, KnownWitness>();
    for (const { map } of this.maps) {
      for (const { name, witness } of map.dataCentres) {
        const counts = !name.equals(confirmation.dataCentre) && (known.get(witness?.key.text ?? '')?.counts ?? true);
        if (witness !== null) known.set(witness.key.text, { name: witness.key.name, label: name.text, key: witness.key, counts });
      }
    }
    return [...known.values()];
  }

  private async judgeCosignatures(confirmation: Confirmation, { note }: Checkpoint): Promise<CosignatureFact[]> {
    const facts: CosignatureFact[] = [];
    for (const { name, label, key, counts } of this.knownWitnesses(confirmation)) {
      const signature = signatureOf(note, key);
      if (signature === null) continue;
      const path = `log.witnesses.${madePlain(name, 100)}`;
      const time = await this.attempt(path, () => verifyCosignature(note.text, signature, key));
      const isEarly = time !== null && time + TOLERANCE < confirmation.time;
      if (isEarly) this.findings.add('conflict', path, 'cosigned_before_decision', 'it was cosigned before the confirmation that it covers was decided');
      facts.push({ name: key.name, label, time: isEarly ? null : time, counts });
    }
    return facts;
  }

  // --- the result

  private mapOf(log: LogFact | null): MapFact | null {
    const naming = this.maps.filter(({ map }) => log?.keySource === 'map' && map.dataCentres.some((each) => each.log?.key.text === log.key));
    const [first = null] = this.maps.map(mapFact);
    return naming.map(mapFact).reduce((least, each) => (least === null || each.until < least.until ? each : least), null as MapFact | null) ?? first;
  }

  private async report(): Promise<Report> {
    const { evidence, findings, log, receipt, trust } = this;
    const isSigned = evidence.signatures.length === 3;
    if (findings.all.length === 0 && !isSigned) findings.add('signature_invalid', 'confirmation', null, 'not every part of it is signed');
    const isInLog = log !== null && log.isIncluded && log.key !== null; // else there are findings
    const verdict = findings.all.length > 0 || !isInLog ? 'invalid' : log.isWitnessed ? 'proven' : 'confirmed';
    return {
      verdict, findings: findings.all, decidedAt: evidence.decidedAt, receipt, confirmation: evidence.confirmation, order: evidence.order,
      orderDigest: await evidence.orderDigest(), signatures: evidence.signatures, statuses: evidence.statuses,
      roots: rootsOf(evidence.signatures, trust.roots[0]), map: this.mapOf(log), log, hasPolicy: trust.policy !== null,
    };
  }
}

function mapFact({ map, signer }: VerifiedMap): MapFact {
  return { version: map.version, issued: map.issued, expires: map.expires, signer, until: Math.min(signer.notAfter, map.root.notAfter) };
}

function rootsOf(signatures: readonly SignatureFact[], chosen: Certificate): [Certificate, ...Certificate[]] {
  const [first = chosen, ...more] = signatures.map(({ root }) => root).filter((root, place, all) => all.findIndex((each) => each.equals(root)) === place);
  return [first, ...more];
}

export function verifyReceipt(bytes: Bytes, trust: Trust): Promise<Report> {
  return new ReceiptExamination(trust).run(bytes);
}
