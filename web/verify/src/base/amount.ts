// SPDX-License-Identifier: Apache-2.0

/** Minor units (won, cents) of an ISO 4217 currency, 0 to 2^53−1. */
export interface Amount {
  readonly minorUnits: number;
  readonly currency: string;
}

const WITHOUT_DECIMALS = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
const WITH_THREE = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

export function isCurrencyCode(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

export function isSameAmount(a: Amount, b: Amount): boolean {
  return a.minorUnits === b.minorUnits && a.currency === b.currency;
}

/** For people, as the shop and the terminal write it: "KRW 1,234,000", "EUR 12.50"; exact beyond what a fraction holds. */
export function formatAmount({ minorUnits, currency }: Amount): string {
  const digits = WITHOUT_DECIMALS.has(currency) ? 0 : WITH_THREE.has(currency) ? 3 : 2;
  const all = String(minorUnits).padStart(digits + 1, '0');
  const whole = all.slice(0, all.length - digits).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return digits === 0 ? `${currency} ${whole}` : `${currency} ${whole}.${all.slice(-digits)}`;
}
