// SPDX-License-Identifier: Apache-2.0
// Which receipt the link of a printed one is of: what src/paper/receipt_link.cpp writes behind "#", which browsers send to nobody.
import type { Report } from '../evidence/report.js';

export interface Address {
  readonly origin: string; // of the log
  readonly index: number;
  readonly order: string; // SHA-256 of the order, hexadecimal
}

const FORM = /^#log=([A-Za-z0-9.:/_~-]{1,255})&index=(0|[1-9][0-9]{0,15})&order=([0-9a-f]{64})$/;

/** null where the page was not opened by such a link. */
export function parseAddress(hash: string): Address | 'damaged' | null {
  if (hash === '' || hash === '#') return null;
  const [, origin, index, order] = FORM.exec(hash) ?? [];
  if (origin === undefined || order === undefined || !Number.isSafeInteger(Number(index))) return 'damaged';
  return { origin, index: Number(index), order };
}

/** Whether the report is of the receipt that the link names; a report that is not valid is so by what it claims. */
export function isOf({ origin, index, order }: Address, { log, orderDigest }: Report): boolean {
  return log?.origin === origin && log.index === index && orderDigest === order;
}
