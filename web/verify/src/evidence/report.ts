// SPDX-License-Identifier: Apache-2.0
// What verification finds out, as data; the page makes words and a picture of it.
import type { Code } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import type { Confirmation } from '../documents/confirmation.js';
import type { Order } from '../documents/order.js';
import type { Receipt } from '../documents/receipt.js';
import type { Certificate } from '../x509/certificate.js';
import type { OcspAnswer } from '../x509/ocsp.js';
import type { Role } from '../x509/profile.js';

/** What can be wrong beyond what a code says; each has words of its own. */
export type Reason =
  | 'other_root'
  | 'another_data_centre'
  | 'order_id_differs'
  | 'order_digest_differs'
  | 'total_differs'
  | 'other_authority'
  | 'review_disagrees'
  | 'order_over'
  | 'order_from_later'
  | 'party_differs'
  | 'status_not_good'
  | 'as_of_impossible'
  | 'as_of_too_old'
  | 'other_merchant'
  | 'other_purchaser'
  | 'origin_not_merchants'
  | 'payment_missing'
  | 'payment_misplaced'
  | 'map_over'
  | 'no_log_named'
  | 'other_log'
  | 'other_index'
  | 'not_in_log'
  | 'no_log_key'
  | 'log_not_trusted'
  | 'log_not_signed'
  | 'cosigned_before_decision'
  | 'too_few_witnesses';

/**
 * One thing that is wrong. `path` says where, as in the report of `countersign verify`:
 * "confirmation.countersignedOrder.signedOrder.order.total", "log.witnesses.NAME".
 */
export interface Finding {
  readonly code: Code;
  readonly reason: Reason | null;
  readonly path: string;
  readonly detail: string;
}

/** One signature: who signed what, when by the signer's own word, in the role that this place demands. */
export interface SignatureFact {
  readonly path: string;
  readonly role: Role;
  readonly signer: Certificate;
  readonly authority: Certificate | null; // the CA above the signer
  readonly root: Certificate; // of those that are trusted, the one that it was judged under
  readonly signingTime: Time;
  readonly isValid: boolean; // signature, path to the root and role, at the time of decision
}

/** What an OCSP response says of a party. */
export interface StatusFact {
  readonly path: string;
  readonly subject: Certificate;
  readonly answer: OcspAnswer | null; // only where the response itself verified
  readonly asOf: Time | null;
  readonly isDegraded: boolean;
}

/** Whose word for the keys of log and witnesses was taken. */
export type KeySource = 'policy' | 'map';

export interface CosignatureFact {
  readonly name: string; // of the key
  readonly label: string; // the policy's name for it, or the data centre that runs it
  readonly time: Time | null; // null where it does not verify
  readonly counts: boolean; // not the word of the authority's own witness
}

export interface LogFact {
  readonly origin: string;
  readonly size: number;
  readonly index: number;
  readonly root: string; // base64
  readonly key: string | null; // vkey text that the checkpoint verified under
  readonly keySource: KeySource | null; // null: nobody said which key is the log's
  readonly isIncluded: boolean;
  readonly cosignatures: readonly CosignatureFact[]; // of known witnesses
  readonly unknownSignatures: number;
  readonly isWitnessed: boolean; // as the policy demands, or without one by at least one witness of the map
  readonly witnessedAt: Time | null; // when that was so first; null also where the policy demands no witness
  readonly asksNobody: boolean; // the policy demands no witness
}

export interface MapFact {
  readonly version: number;
  readonly issued: Time;
  readonly expires: Time;
  readonly signer: Certificate;
  readonly until: Time; // when its signer's certificate or the root ends
}

/**
 * `proven` and `confirmed` are what `countersign verify` calls valid, `invalid` what it calls not valid. `proven`: everything, and
 * as many witnesses as the policy asks for, without a policy at least one that the authority does not run. `confirmed`: nothing is
 * wrong, there is no policy, and no such witness bears it out yet. `invalid`: something is wrong or missing, and what the report
 * holds is what is claimed.
 */
export type Verdict = 'proven' | 'confirmed' | 'invalid';

export interface Report {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly decidedAt: Time | null; // the time that paths and statuses were judged at
  readonly receipt: Receipt | null;
  readonly confirmation: Confirmation | null;
  readonly order: Order | null;
  readonly orderDigest: string | null; // hexadecimal
  readonly signatures: readonly SignatureFact[]; // outermost first
  readonly statuses: readonly StatusFact[]; // merchant, purchaser
  readonly roots: readonly [Certificate, ...Certificate[]]; // that signatures were judged under; the first chosen one without any
  readonly map: MapFact | null; // of those that name the log's key the one that ends first, else the first
  readonly log: LogFact | null;
  readonly hasPolicy: boolean;
}

/** Findings as they come up. */
export class Findings {
  readonly all: Finding[] = [];

  add(code: Code, path: string, reason: Reason | null, detail: string): void {
    this.all.push({ code, reason, path, detail });
  }
}
