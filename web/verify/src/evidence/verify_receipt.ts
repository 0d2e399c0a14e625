// SPDX-License-Identifier: Apache-2.0
import { type Bytes, base64Encode } from '../base/bytes.js';
import { asRefusal } from '../base/refusal.js';
import { TOLERANCE, type Time } from '../base/time.js';
import type { Confirmation } from '../documents/confirmation.js';
import { type MappedDataCentre, type VerifiedMap, dataCentreOf, verifyNetworkMap } from '../documents/network_map.js';
import { type Receipt, entryOfConfirmation, parseReceipt } from '../documents/receipt.js';
import { type Checkpoint, type LogProof, parseCheckpoint, parseLogProof } from '../log/checkpoint.js';
import { leafHash, verifyInclusion } from '../log/merkle.js';
import { type VerifierKey, signatureOf, verifyCosignature, verifySignature } from '../log/note.js';
import type { Policy } from '../log/policy.js';
import type { Certificate } from '../x509/certificate.js';
import { verifyPath } from '../x509/path.js';
import { Examination } from './examination.js';
import { type CosignatureFact, Findings, type KeySource, type LogFact, type MapFact, type Report } from './report.js';

/** What the person who verifies trusts. */
export interface Trust {
  /** The network's root; further ones are those that the network had before and after it, each trusted as much. */
  readonly roots: readonly [Certificate, ...Certificate[]];
  readonly policy: Policy | null;
}

/** A witness that could have cosigned: the policy's, or one that a data centre of the map runs. */
interface KnownWitness {
  readonly label: string;
  readonly key: VerifierKey;
  readonly counts: boolean;
}

/**
 * Verifies a receipt, offline. What the confirmation says is proven from the root alone; which key is the log's and whose
 * cosignatures count is what the policy says, or without one the network map in the receipt, which a key that the root
 * certified has signed. Nothing is judged by the present time. Never fails: what cannot be read is a finding.
 */
class ReceiptExamination {
  private readonly findings = new Findings();
  private readonly evidence: Examination;
  private receipt: Receipt | null = null;
  private map: VerifiedMap | null = null;
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

  // --- the map

  private async judgeMaps(receipt: Receipt, confirmation: Confirmation): Promise<void> {
    for (const [place, der] of receipt.maps.entries()) {
      const path = `maps[${place}]`;
      const verified = await this.attempt(path, () => this.verifyMap(der, confirmation.time));
      if (verified === null) continue;
      if (verified.map.expires <= confirmation.time) {
        this.findings.add('expired', path, 'map_over', 'was over when the confirmation was made');
        continue;
      }
      this.map ??= verified;
      await this.judgeByMap(verified, confirmation, path);
    }
  }

  /** Under the root that the map itself names, if it is trusted. */
  private async verifyMap(der: Bytes, at: Time): Promise<VerifiedMap> {
    let first: unknown;
    for (const root of this.trust.roots) {
      try {
        return await verifyNetworkMap(der, root, at);
      } catch (thrown) {
        first ??= thrown;
      }
    }
    throw first;
  }

  /** Who signed may confirm by the map: its CA is one of that very data centre, which had not retired. */
  private async judgeByMap({ map, anchor }: VerifiedMap, confirmation: Confirmation, path: string): Promise<void> {
    const centre = dataCentreOf(map, confirmation.dataCentre);
    if (centre === null)
      return this.findings.add('certificate_unknown', path, 'map_lacks_data_centre', `names no data centre ${confirmation.dataCentre.text}`);
    if (centre.retired !== null && centre.retired <= confirmation.time)
      this.findings.add('expired', path, 'retired', 'the data centre had retired when it confirmed');
    if (centre.log !== null && confirmation.log !== null && centre.log.origin !== confirmation.log)
      this.findings.add('conflict', path, 'map_other_log', `names the log ${centre.log.origin}`);
    const signer = this.evidence.confirmationSigner()?.signer ?? null;
    if (signer === null) return; // found already
    try {
      await verifyPath(signer, anchor, 'confirmation-signer', Math.max(confirmation.time, map.issued));
    } catch (thrown) {
      const { code, detail } = asRefusal(thrown);
      this.findings.add(code, path, 'map_lacks_ca', detail);
    }
  }

  private ownDataCentre(confirmation: Confirmation): MappedDataCentre | null {
    return this.map === null ? null : dataCentreOf(this.map.map, confirmation.dataCentre);
  }

  // --- the log

  private async judgeLog(receipt: Receipt, confirmation: Confirmation): Promise<void> {
    if (confirmation.log === null)
      return this.findings.add('conflict', 'confirmation.log', 'no_log_named', 'the confirmation is from before there was a log');
    const proof = await this.attempt('proof', () => parseLogProof(receipt.proof));
    const checkpoint = proof === null ? null : await this.attempt('checkpoint', () => parseCheckpoint(proof.checkpoint));
    if (proof === null || checkpoint === null) return;
    if (checkpoint.origin !== confirmation.log)
      this.findings.add('conflict', 'checkpoint.origin', 'other_log', `is ${checkpoint.origin}, and the confirmation names ${confirmation.log}`);
    if (proof.index !== confirmation.index)
      this.findings.add('conflict', 'proof.index', 'other_index', `is ${proof.index}, and the confirmation has the number ${confirmation.index}`);
    const isIncluded = await this.judgeInclusion(receipt, confirmation, proof, checkpoint);
    const log = await this.judgeLogSignature(confirmation, checkpoint);
    const cosignatures = await this.judgeCosignatures(confirmation, checkpoint);
    const valid = cosignatures.filter(({ time, counts }) => time !== null && counts);
    const { policy } = this.trust;
    const known = cosignatures.length + (log.key === null ? 0 : 1);
    this.log = {
      origin: checkpoint.origin, size: checkpoint.size, index: proof.index, root: base64Encode(checkpoint.root),
      key: log.key, keySource: log.source, isIncluded, cosignatures, unknownSignatures: checkpoint.note.signatures.length - known,
      isWitnessed: policy === null ? valid.length > 0 : policy.isSatisfiedBy(new Set(valid.map(({ label }) => label))),
      asksNobody: policy?.asksNobody ?? false,
    };
    this.judgeState(receipt, checkpoint);
  }

  private async judgeInclusion(receipt: Receipt, confirmation: Confirmation, proof: LogProof, checkpoint: Checkpoint): Promise<boolean> {
    try {
      const leaf = await leafHash(await entryOfConfirmation(confirmation.id, receipt.nonce, receipt.confirmation));
      await verifyInclusion(leaf, proof.index, checkpoint.size, checkpoint.root, proof.hashes);
      return true;
    } catch (thrown) {
      const { code, detail } = asRefusal(thrown);
      this.findings.add(code, 'proof', 'not_in_log', detail);
      return false;
    }
  }

  /** The policy's logs; where it lists none, or there is none, the log of the data centre in the map. */
  private logKey(origin: string, confirmation: Confirmation): { key: VerifierKey | null; source: KeySource | null } {
    const { policy } = this.trust;
    if (policy !== null && policy.logs.length > 0) return { key: policy.logs.find(({ name }) => name === origin) ?? null, source: 'policy' };
    const mapped = this.ownDataCentre(confirmation)?.log ?? null;
    return mapped !== null && mapped.origin === origin ? { key: mapped.key, source: 'map' } : { key: null, source: null };
  }

  private async judgeLogSignature(confirmation: Confirmation, checkpoint: Checkpoint): Promise<{ key: string | null; source: KeySource | null }> {
    const { key, source } = this.logKey(checkpoint.origin, confirmation);
    const without = { key: null, source };
    if (key === null) {
      if (source === 'policy')
        this.findings.add('signature_invalid', 'checkpoint', 'log_not_trusted', `the policy trusts no log ${checkpoint.origin}`);
      return without;
    }
    const signature = signatureOf(checkpoint.note, key);
    if (signature === null) {
      this.findings.add('signature_invalid', 'checkpoint', 'log_not_signed', `carries no signature of ${key.text}`);
      return without;
    }
    const isValid = (await this.attempt('checkpoint', async () => {
      await verifySignature(checkpoint.note.text, signature, key);
      return true;
    })) ?? false;
    return isValid ? { key: key.text, source } : without;
  }

  /** A data centre's own witness says nothing about its log that it did not say itself. */
  private knownWitnesses(confirmation: Confirmation): KnownWitness[] {
    const { policy } = this.trust;
    if (policy !== null) return policy.witnesses.map(({ name, key }) => ({ label: name, key, counts: true }));
    return (this.map?.map.dataCentres ?? []).flatMap(({ name, witness }) =>
      witness === null ? [] : [{ label: name.text, key: witness.key, counts: !name.equals(confirmation.dataCentre) }]);
  }

  private async judgeCosignatures(confirmation: Confirmation, { note }: Checkpoint): Promise<CosignatureFact[]> {
    const facts: CosignatureFact[] = [];
    for (const { label, key, counts } of this.knownWitnesses(confirmation)) {
      const signature = signatureOf(note, key);
      if (signature === null) continue;
      const path = `cosignature.${key.name}`;
      const time = await this.attempt(path, () => verifyCosignature(note.text, signature, key));
      if (time !== null && time + TOLERANCE < confirmation.time)
        this.findings.add('clock_skew', path, 'cosigned_before_decision', 'is of a time before the confirmation that it has seen');
      facts.push({ name: key.name, label, time, counts });
    }
    return facts;
  }

  /** That there are witnesses is the authority's word alone; it must at least have asked them. */
  private judgeState({ state }: Receipt, { note }: Checkpoint): void {
    if (state === 'witnessed' && note.signatures.length < 2)
      this.findings.add('conflict', 'receipt.states', 'state_contradicts', 'says that witnesses cosigned, and there is no cosignature');
  }

  // --- the result

  private async report(): Promise<Report> {
    const { evidence, findings, log, map, receipt, trust } = this;
    const isBornOut = log !== null && log.isIncluded && log.key !== null && log.isWitnessed;
    const isSigned = evidence.signatures.length === 3;
    const verdict = findings.all.length > 0 || !isSigned ? 'invalid' : isBornOut ? 'proven' : 'confirmed';
    if (findings.all.length === 0 && !isSigned) findings.add('signature_invalid', 'confirmation', null, 'not every part of it is signed');
    return {
      verdict, findings: findings.all, decidedAt: evidence.decidedAt, receipt, confirmation: evidence.confirmation, order: evidence.order,
      orderDigest: await evidence.orderDigest(), signatures: evidence.signatures, statuses: evidence.statuses, root: trust.roots[0],
      map: map === null ? null : this.mapFact(map), log, hasPolicy: trust.policy !== null,
    };
  }

  private mapFact({ map, signer }: VerifiedMap): MapFact {
    const centre = this.evidence.confirmation === null ? null : this.ownDataCentre(this.evidence.confirmation);
    return { version: map.version, issued: map.issued, expires: map.expires, signer, namesLog: (centre?.log ?? null) !== null };
  }
}

export function verifyReceipt(bytes: Bytes, trust: Trust): Promise<Report> {
  return new ReceiptExamination(trust).run(bytes);
}
