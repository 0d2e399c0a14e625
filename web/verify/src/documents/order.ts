// SPDX-License-Identifier: Apache-2.0
import type { Amount } from '../base/amount.js';
import type { Bytes } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import { isHttpsOrigin } from '../x509/hosts.js';
import type { Name } from '../x509/name.js';
import { ObjectReader, type PartyReference } from './object_reader.js';

export type OrderProfile = 'direct' | 'plain' | 'session' | 'set';

export interface OrderLine {
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: number; // minor units
}

/** What a purchaser signs (docs/protocols/documents.md). */
export interface Order {
  readonly id: string;
  readonly profile: OrderProfile;
  readonly merchant: PartyReference;
  readonly purchaser: PartyReference;
  readonly origin: string;
  readonly checkout: string;
  readonly authority: Name;
  readonly cardCompany: PartyReference | null;
  readonly lines: readonly OrderLine[];
  readonly total: Amount;
  readonly created: Time;
  readonly expires: Time;
  readonly nonce: Bytes;
  readonly group: { readonly id: string; readonly count: number } | null;
}

const LIMITS = { bytes: 128 << 10, depth: 3, members: 4096 };
const PROFILES: readonly OrderProfile[] = ['direct', 'plain', 'session', 'set'];
const DAY = 86_400;

function readLine(line: ObjectReader): OrderLine {
  const read = {
    sku: line.text('sku', 64),
    description: line.text('description', 200),
    quantity: line.integer('quantity', 1, 1_000_000),
    unitPrice: line.integer('unitPrice', 0),
  };
  line.finish();
  return read;
}

function readGroup(reader: ObjectReader): Order['group'] {
  if (!reader.has('group')) return null;
  const group = reader.nested('group');
  const id = group.text('id', 32);
  if (!/^[0-9a-f]{32}$/.test(id)) group.refuse('id', 'not 32 hexadecimal digits');
  const count = group.integer('count', 2, 8);
  group.finish();
  return { id, count };
}

/** What the single members cannot say: the lines add up, a split payment has a company, the order lives for a day at most. */
function checkWhole(order: Order): void {
  let sum = 0n;
  for (const line of order.lines) sum += BigInt(line.quantity) * BigInt(line.unitPrice);
  if (sum !== BigInt(order.total.minorUnits)) refuse('amount_mismatch', 'order.total: not the sum of the lines');
  if ((order.profile === 'set') !== (order.cardCompany !== null)) refuse('malformed', 'order.cardCompany: in profile set and in no other');
  if (order.expires <= order.created || order.expires - order.created > DAY) refuse('malformed', 'order.expires: not within a day after created');
}

export function parseOrder(bytes: Bytes): Order {
  const reader = ObjectReader.parse(bytes, 'order', LIMITS);
  reader.expect('order', 1);
  const id = reader.uuid('id', '7');
  const stated = reader.text('profile', 16);
  const profile = PROFILES.find((each) => each === stated) ?? refuse('unsupported', 'order.profile: not known');
  const merchant = reader.party('merchant');
  const purchaser = reader.party('purchaser');
  const origin = reader.text('origin', 300);
  if (!isHttpsOrigin(origin)) reader.refuse('origin', 'not an https origin');
  const checkout = reader.text('checkout', 64);
  const authority = reader.name('authority');
  const cardCompany = reader.objectOrNull('cardCompany') === null ? null : reader.party('cardCompany');
  const lines = reader.objects('lines', 500).map(readLine);
  if (lines.length === 0) reader.refuse('lines', 'empty');
  const total = reader.amount('total');
  const created = reader.time('created');
  const expires = reader.time('expires');
  const nonce = reader.digest('nonce');
  const group = readGroup(reader);
  reader.finish();
  const order: Order = { id, profile, merchant, purchaser, origin, checkout, authority, cardCompany, lines, total, created, expires, nonce, group };
  checkWhole(order);
  return order;
}
