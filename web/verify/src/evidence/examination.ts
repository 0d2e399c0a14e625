// SPDX-License-Identifier: Apache-2.0
// A confirmation and everything inside of it, from the network's root alone: the rules, and their order, of
// src/evidence/examination.cpp. First it is taken apart, layer by layer, without believing any of it; then the layers are
// judged from the outside in, at the time of decision.
import { isSameAmount } from '../base/amount.js';
import { type Bytes, equal, hexEncode, sha256 } from '../base/bytes.js';
import { asRefusal } from '../base/refusal.js';
import { TOLERANCE, type Time } from '../base/time.js';
import { type Confirmation, type ConfirmedParty, parseConfirmation } from '../documents/confirmation.js';
import type { PartyReference } from '../documents/object_reader.js';
import { type Order, parseOrder } from '../documents/order.js';
import { Certificate } from '../x509/certificate.js';
import { type UnverifiedCms, parseCms, verifyCms } from '../x509/cms.js';
import { type OcspAnswer, verifyOcspResponse } from '../x509/ocsp.js';
import { TrustAnchor, subtreeOf, verifyPath } from '../x509/path.js';
import type { Role } from '../x509/profile.js';
import type { Findings, Reason, SignatureFact, StatusFact } from './report.js';

/** A status that is not called degraded is of at most so long before the decision. */
const MOST_UNDEGRADED_AGE = 10;

interface Layer {
  readonly path: string;
  readonly role: Role;
  readonly cms: UnverifiedCms;
  readonly signer: Certificate | null;
  isVerified: boolean;
}

function isReferenceTo(reference: PartyReference, certificate: Certificate): boolean {
  return reference.subject.equals(certificate.subject) && equal(reference.certificate, certificate.fingerprint);
}

export class Examination {
  confirmation: Confirmation | null = null;
  order: Order | null = null;
  orderBytes: Bytes | null = null;
  readonly signatures: SignatureFact[] = [];
  readonly statuses: StatusFact[] = [];
  private readonly layers: Layer[] = [];
  private readonly anchors: TrustAnchor[] = []; // one for each root that holds
  private orderPath = 'order';

  constructor(
    private readonly roots: readonly Certificate[],
    private readonly findings: Findings,
  ) {}

  // --- taking it apart

  async read(der: Bytes): Promise<void> {
    const outermost = await this.addLayer('confirmation', 'confirmation-signer', der);
    if (outermost === null) return;
    if (outermost.cms.isSignedDataInside) return this.findings.add('malformed', 'confirmation', null, 'its content is not a confirmation');
    this.confirmation = this.attempt('confirmation', () => parseConfirmation(outermost.cms.content));
    if (this.confirmation !== null) await this.readCountersignedOrder('confirmation.countersignedOrder', this.confirmation.countersignedOrder);
  }

  private attempt<T>(path: string, work: () => T): T | null {
    try {
      return work();
    } catch (thrown) {
      this.findThrown(thrown, path);
      return null;
    }
  }

  private findThrown(thrown: unknown, path: string, reason: Reason | null = null): void {
    const { code, detail } = asRefusal(thrown);
    this.findings.add(code, path, reason, detail);
  }

  private async addLayer(path: string, role: Role, der: Bytes): Promise<Layer | null> {
    const cms = this.attempt(path, () => parseCms(der));
    if (cms === null) return null;
    let signer: Certificate | null = null;
    try {
      signer = await Certificate.fromDer(cms.signerCertificate);
    } catch (thrown) {
      this.findThrown(thrown, `${path}.signer`);
    }
    const layer = { path, role, cms, signer, isVerified: false };
    this.layers.push(layer);
    return layer;
  }

  private async readCountersignedOrder(path: string, der: Bytes): Promise<void> {
    const layer = await this.addLayer(path, 'merchant', der);
    if (layer === null) return;
    if (!layer.cms.isSignedDataInside) return this.findings.add('malformed', path, null, 'its content is not a signed order');
    await this.readSignedOrder(`${path}.signedOrder`, layer.cms.content);
  }

  private async readSignedOrder(path: string, der: Bytes): Promise<void> {
    const layer = await this.addLayer(path, 'purchaser', der);
    if (layer === null) return;
    if (layer.cms.isSignedDataInside) return this.findings.add('malformed', path, null, 'its content is not an order');
    this.orderPath = `${path}.order`;
    const { content } = layer.cms;
    this.orderBytes = content;
    this.order = this.attempt(this.orderPath, () => parseOrder(content));
  }

  // --- judging it

  get decidedAt(): Time | null {
    return this.confirmation?.time ?? null;
  }

  async judge(): Promise<void> {
    const at = this.decidedAt;
    if (at === null) return;
    await this.collectAuthorities(at);
    for (const layer of this.layers) await this.judgeLayer(layer, at);
    if (this.confirmation !== null) await this.judgeConfirmation(this.confirmation, at);
    if (this.order !== null) this.judgeOrder(this.order);
    this.judgePayments();
  }

  /** An authority belongs to the first root that it verifies under; of one that verifies under none the first root speaks. */
  private async collectAuthorities(at: Time): Promise<void> {
    const ofRoots = this.roots.map((root) => ({ root, authorities: [] as Certificate[] }));
    const seen: Certificate[] = [];
    for (const layer of this.layers) {
      for (const der of layer.cms.certificates) {
        try {
          const candidate = await Certificate.fromDer(der);
          const isKnown = [...this.roots, ...seen].some((each) => each.equals(candidate));
          if (!candidate.isCa || isKnown) continue;
          (await this.rootOf(candidate, ofRoots, at)).authorities.push(candidate);
          seen.push(candidate);
        } catch (thrown) {
          const isOfOtherRoot = asRefusal(thrown).code === 'certificate_unknown';
          this.findThrown(thrown, `${layer.path}.certificates`, isOfOtherRoot ? 'other_root' : null);
        }
      }
    }
    for (const [place, { root, authorities }] of ofRoots.entries()) {
      if (authorities.length === 0 && place > 0) continue;
      try {
        this.anchors.push(await TrustAnchor.create(root, authorities, at));
      } catch (thrown) {
        this.findThrown(thrown, 'root');
      }
    }
  }

  private async rootOf<T extends { root: Certificate }>(ca: Certificate, roots: readonly T[], at: Time): Promise<T> {
    let first: unknown;
    for (const each of roots) {
      try {
        await TrustAnchor.create(each.root, [ca], at);
        return each;
      } catch (thrown) {
        first ??= thrown;
      }
    }
    throw first;
  }

  /** That of the root which certified the signer's CA; the first one where none did, which says why. */
  anchorOf(signer: Certificate): TrustAnchor | null {
    return this.anchors.find((each) => each.issuerOf(signer) !== null) ?? this.anchors[0] ?? null;
  }

  private async judgeLayer(layer: Layer, at: Time): Promise<void> {
    const { signer, path, role, cms } = layer;
    const anchor = signer === null ? null : this.anchorOf(signer);
    if (signer === null || anchor === null) return;
    const failed = this.findings.all.length;
    try {
      await verifyPath(signer, anchor, role, at);
    } catch (thrown) {
      this.findThrown(thrown, `${path}.signer`);
    }
    try {
      await verifyCms(cms, signer);
      layer.isVerified = true;
    } catch (thrown) {
      this.findThrown(thrown, path);
    }
    const isValid = this.findings.all.length === failed;
    this.signatures.push({ path, role, signer, authority: anchor.issuerOf(signer), root: anchor.root, signingTime: cms.signingTime, isValid });
  }

  private layerOf(role: Role): Layer | null {
    return this.layers.find((layer) => layer.role === role) ?? null;
  }

  /** Who signed the confirmation, and the CA above him. */
  confirmationSigner(): { signer: Certificate; anchor: TrustAnchor } | null {
    const signer = this.layerOf('confirmation-signer')?.signer ?? null;
    const anchor = signer === null ? null : this.anchorOf(signer);
    return signer === null || anchor === null ? null : { signer, anchor };
  }

  private async judgeConfirmation(confirmation: Confirmation, at: Time): Promise<void> {
    this.judgeDataCentre(confirmation);
    for (const [party, role, name] of [
      [confirmation.merchant, 'merchant', 'merchant'],
      [confirmation.purchaser, 'purchaser', 'purchaser'],
    ] as const) {
      const signer = this.layerOf(role)?.signer ?? null;
      if (signer !== null) await this.judgeParty(party, signer, `confirmation.${name}`, at);
    }
    if (this.order !== null && this.orderBytes !== null) await this.compareWithOrder(confirmation, this.order, this.orderBytes);
  }

  /** A confirmation speaks for the data centre whose CA issued its signer, and for no other. */
  private judgeDataCentre(confirmation: Confirmation): void {
    const found = this.confirmationSigner();
    const ca = found?.anchor.issuerOf(found.signer) ?? null;
    if (ca === null) return; // found already: there is no path
    if (!subtreeOf(ca).equals(confirmation.dataCentre))
      this.findings.add('name_not_permitted', 'confirmation.dataCentre', 'another_data_centre', 'its signer belongs to another data centre');
  }

  private async compareWithOrder(confirmation: Confirmation, order: Order, bytes: Bytes): Promise<void> {
    const { findings, orderPath } = this;
    if (confirmation.order.id !== order.id)
      findings.add('conflict', 'confirmation.orderId', 'order_id_differs', 'is not the id of the order inside');
    if (!equal(confirmation.order.digest, await sha256(bytes)))
      findings.add('conflict', 'confirmation.orderDigest', 'order_digest_differs', 'is not the digest of the order inside');
    if (!isSameAmount(confirmation.order.total, order.total))
      findings.add('amount_mismatch', 'confirmation.total', 'total_differs', 'is not the total of the order inside');
    if (!confirmation.dataCentre.equals(order.authority))
      findings.add('forbidden', 'confirmation.dataCentre', 'other_authority', 'is not the authority that the order names');
    if ((confirmation.review !== null) !== (order.cardCompany !== null))
      findings.add('conflict', 'confirmation.review', 'review_disagrees', "and the order's card company do not agree");
    if (confirmation.time > order.expires + TOLERANCE)
      findings.add('expired', `${orderPath}.expires`, 'order_over', 'the order had expired when it was confirmed');
    if (confirmation.time + TOLERANCE < order.created)
      findings.add('not_yet_valid', `${orderPath}.created`, 'order_from_later', 'the order was created after it was confirmed');
  }

  private async judgeParty(party: ConfirmedParty, signer: Certificate, path: string, at: Time): Promise<void> {
    const anchor = this.anchorOf(signer);
    if (anchor === null) return;
    const differs = (member: string, what: string): void => this.findings.add('conflict', `${path}.${member}`, 'party_differs', what);
    if (!party.subject.equals(signer.subject)) differs('subject', 'is not who signed');
    if (!party.issuer.equals(signer.issuer)) differs('issuer', "is not the signer's issuer");
    if (party.serial !== signer.serial) differs('serial', "is not the signer's certificate");
    if (party.registeredBy !== signer.registeredBy) differs('registeredBy', "is not what the signer's certificate says");
    if (party.keyOrigin !== signer.keyOrigin) differs('keyOrigin', "is not what the signer's certificate says");
    const answer = await this.readStatus(party, signer, anchor, `${path}.ocsp`, at);
    this.statuses.push({ path: `${path}.ocsp`, subject: signer, answer, asOf: party.asOf, isDegraded: party.isDegraded });
    this.judgeAsOf(party, answer, `${path}.asOf`, at);
  }

  private async readStatus(party: ConfirmedParty, signer: Certificate, anchor: TrustAnchor, path: string, at: Time): Promise<OcspAnswer | null> {
    try {
      const answer = await verifyOcspResponse(party.ocsp, signer, anchor, at);
      const codes = { unknown: 'certificate_unknown', 'on-hold': 'certificate_on_hold', revoked: 'certificate_revoked' } as const;
      if (answer.status !== 'good')
        this.findings.add(codes[answer.status], path, 'status_not_good', `the certificate was not good: ${answer.status}`);
      return answer;
    } catch (thrown) {
      this.findThrown(thrown, path);
      return null;
    }
  }

  /** What is not called degraded was known to be good a moment before the decision. */
  private judgeAsOf({ asOf, isDegraded }: ConfirmedParty, answer: OcspAnswer | null, path: string, at: Time): void {
    if (asOf === null) return;
    if (asOf > at) this.findings.add('conflict', path, 'as_of_impossible', 'is after the decision');
    if (answer !== null && asOf + TOLERANCE < answer.thisUpdate)
      this.findings.add('conflict', path, 'as_of_impossible', 'is before the status was stated');
    if (!isDegraded && asOf + MOST_UNDEGRADED_AGE < at)
      this.findings.add('expired', path, 'as_of_too_old', 'is too long before the decision, which does not call itself degraded');
  }

  private judgeOrder(order: Order): void {
    const merchant = this.layerOf('merchant')?.signer ?? null;
    if (merchant !== null) {
      if (!isReferenceTo(order.merchant, merchant))
        this.findings.add('conflict', `${this.orderPath}.merchant`, 'other_merchant', 'is not who countersigned it');
      if (!merchant.extensions.origins.includes(order.origin))
        this.findings.add('wrong_origin', `${this.orderPath}.origin`, 'origin_not_merchants', "is not in the merchant's certificate");
    }
    const purchaser = this.layerOf('purchaser')?.signer ?? null;
    if (purchaser !== null && !isReferenceTo(order.purchaser, purchaser))
      this.findings.add('conflict', `${this.orderPath}.purchaser`, 'other_purchaser', 'is not who signed it');
  }

  /** A purchaser signs a payment together with an order of profile set; no other signature covers one. */
  private judgePayments(): void {
    for (const { path, role, cms, isVerified } of this.layers) {
      if (!isVerified) continue; // found already
      const isOrder = role === 'purchaser';
      if (isOrder && this.order === null) continue;
      const mustCover = isOrder && this.order!.profile === 'set';
      if ((cms.paymentDigest !== null) === mustCover) continue;
      if (mustCover) this.findings.add('signature_invalid', path, 'payment_missing', "the signature covers no payment, which the order's profile needs");
      else this.findings.add('signature_invalid', path, 'payment_misplaced', 'the signature covers a payment, which has no place here');
    }
  }

  async orderDigest(): Promise<string | null> {
    return this.orderBytes === null ? null : hexEncode(await sha256(this.orderBytes));
  }
}
