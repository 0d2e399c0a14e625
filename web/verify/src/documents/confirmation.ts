// SPDX-License-Identifier: Apache-2.0
import type { Amount } from '../base/amount.js';
import type { Bytes } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import { LONGEST_LOG_ORIGIN, isLogOrigin } from '../x509/hosts.js';
import type { Name } from '../x509/name.js';
import type { KeyOrigin } from '../x509/profile.js';
import { ObjectReader } from './object_reader.js';

/** A party as the authority found it when it decided. */
export interface ConfirmedParty {
  readonly subject: Name;
  readonly issuer: Name;
  readonly serial: string;
  readonly registeredBy: string | null;
  readonly keyOrigin: KeyOrigin | null;
  readonly ocsp: Bytes;
  readonly asOf: Time | null; // until when its home told nothing else
  readonly isDegraded: boolean; // the home could not be reached
}

/** The authority's statement that a transaction took place (docs/protocols/documents.md). */
export interface Confirmation {
  readonly id: string;
  readonly dataCentre: Name;
  readonly index: number;
  readonly log: string | null; // origin of the log; absent from before there was one
  readonly time: Time;
  readonly order: { readonly id: string; readonly digest: Bytes; readonly total: Amount };
  readonly countersignedOrder: Bytes;
  readonly review: { readonly digest: Bytes; readonly code: string } | null;
  readonly merchant: ConfirmedParty;
  readonly purchaser: ConfirmedParty;
}

const LIMITS = { bytes: 240 << 10, depth: 3, members: 64 };
const LARGEST_COUNTERSIGNED_ORDER = 160 << 10;
const LARGEST_OCSP = 8 << 10;

function readLog(reader: ObjectReader): string | null {
  if (!reader.has('log')) return null;
  const origin = reader.text('log', LONGEST_LOG_ORIGIN);
  return isLogOrigin(origin) ? origin : reader.refuse('log', 'not the origin of a log');
}

function readSerial(party: ObjectReader): string {
  const hex = party.text('serial', 40);
  const isSerial = /^(?:[0-9a-f]{2})+$/.test(hex) && !hex.startsWith('00') && (hex.length < 40 || Number.parseInt(hex[0]!, 16) < 8);
  return isSerial ? hex : party.refuse('serial', 'not a serial number in lower case');
}

function readKeyOrigin(party: ObjectReader): KeyOrigin | null {
  const origin = party.textOrNull('keyOrigin', 16);
  if (origin === null || origin === 'authority' || origin === 'holder') return origin;
  return refuse('unsupported', `${party.path}.keyOrigin: not known`);
}

function readParty(reader: ObjectReader, member: string): ConfirmedParty {
  const party = reader.nested(member);
  const subject = party.name('subject');
  const issuer = party.name('issuer');
  const serial = readSerial(party);
  const registeredBy = party.nameOrNull('registration')?.text ?? null;
  const keyOrigin = readKeyOrigin(party);
  if (party.text('status', 16) !== 'good') party.refuse('status', 'is not good');
  const ocsp = party.base64('ocsp', LARGEST_OCSP);
  const asOf = party.has('asOf') ? party.time('asOf') : null;
  const isDegraded = party.has('degraded') && party.boolean('degraded');
  if (party.has('degraded') && (!isDegraded || asOf === null)) party.refuse('degraded', 'is false, or without asOf');
  party.finish();
  return { subject, issuer, serial, registeredBy, keyOrigin, ocsp, asOf, isDegraded };
}

function readOrder(reader: ObjectReader): Confirmation['order'] {
  const order = reader.nested('order');
  const read = { id: order.uuid('id', '7'), digest: order.digest('digest'), total: order.amount('total') };
  order.finish();
  return read;
}

function readReview(reader: ObjectReader): Confirmation['review'] {
  const review = reader.objectOrNull('review');
  if (review === null) return null;
  const read = { digest: review.digest('digest'), code: review.text('code', 64) };
  review.finish();
  return read;
}

export function parseConfirmation(bytes: Bytes): Confirmation {
  const reader = ObjectReader.parse(bytes, 'confirmation', LIMITS);
  reader.expect('confirmation', 1);
  const confirmation = {
    id: reader.uuid('id', '4'),
    dataCentre: reader.name('dataCentre'),
    index: reader.integer('index', 0),
    log: readLog(reader),
    time: reader.time('time'),
    order: readOrder(reader),
    countersignedOrder: reader.base64('countersignedOrder', LARGEST_COUNTERSIGNED_ORDER),
    review: readReview(reader),
    merchant: readParty(reader, 'merchant'),
    purchaser: readParty(reader, 'purchaser'),
  };
  reader.finish();
  return confirmation;
}
