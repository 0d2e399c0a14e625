// SPDX-License-Identifier: Apache-2.0
// The words of the language that is chosen, and what depends on it.
import { type Time, formatTime } from '../base/time.js';
import type { Finding } from '../evidence/report.js';
import { en, wrongEn, type Words, type Wrong } from './words_en.js';
import { ko, wrongKo } from './words_ko.js';

export type Locale = 'en' | 'ko';
export const tables: Readonly<Record<Locale, { readonly words: Words; readonly wrong: Wrong }>> = {
  en: { words: en, wrong: wrongEn },
  ko: { words: ko, wrong: wrongKo },
};

let locale: Locale = 'en';

export function currentLocale(): Locale {
  return locale;
}

export function useLocale(wanted: Locale): void {
  locale = wanted;
}

/** The word, with {what} in it filled in. */
export function t(word: keyof Words, values: Readonly<Record<string, string | number>> = {}): string {
  return tables[locale].words[word].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** "one witness", "3 witnesses". */
export function count(one: keyof Words, many: keyof Words, number: number): string {
  return number === 1 ? t(one) : t(many, { count: number });
}

/** What is wrong and what to do. */
export function wordsOf({ code, reason }: Pick<Finding, 'code' | 'reason'>): readonly [what: string, toDo: string] {
  return tables[locale].wrong[reason ?? code];
}

// Where findings are, by the beginnings of their paths.
const PLACES: readonly (readonly [path: string, word: keyof Words])[] = [
  ['receipt', 'whereReceipt'],
  ['root', 'whereRoot'],
  ['confirmation', 'whereConfirmation'],
  ['confirmation.countersignedOrder', 'whereCountersigned'],
  ['confirmation.countersignedOrder.signedOrder', 'whereSigned'],
  ['confirmation.countersignedOrder.signedOrder.order', 'whereOrder'],
  ['confirmation.merchant', 'whereMerchant'],
  ['confirmation.merchant.ocsp', 'whereMerchantStatus'],
  ['confirmation.purchaser', 'wherePurchaser'],
  ['confirmation.purchaser.ocsp', 'wherePurchaserStatus'],
  ['receipt.maps', 'whereMap'],
  ['receipt.proof', 'whereProof'],
  ['log', 'whereProof'],
  ['log.origin', 'whereCheckpoint'],
  ['log.key', 'whereCheckpoint'],
  ['log.signature', 'whereCheckpoint'],
  ['log.witnesses', 'whereWitnesses'],
];

const COSIGNATURE = 'log.witnesses.'; // of the witness whose name follows

/** What belongs to the last of these places that the path is at or within; in such a list what is within comes later. */
export function findPlace<T>(places: readonly (readonly [place: string, value: T])[], path: string): T | null {
  return places.filter(([place]) => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`)).at(-1)?.[1] ?? null;
}

/** Where something is wrong, in words. */
export function placeOf(path: string): string {
  if (path.startsWith(COSIGNATURE)) return t('whereCosignature', { name: path.slice(COSIGNATURE.length) });
  const word = findPlace(PLACES, path);
  return word === null ? path : t(word);
}

/** Date and time in the reader's time zone, which it names. */
export function when(time: Time): string {
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const;
  const date = { year: 'numeric', month: locale === 'ko' ? 'numeric' : 'short', day: 'numeric' } as const;
  return new Intl.DateTimeFormat(locale === 'ko' ? 'ko-KR' : 'en-GB', { ...date, ...clock }).format(new Date(time * 1000));
}

export function day(time: Time): string {
  return new Intl.DateTimeFormat(locale === 'ko' ? 'ko-KR' : 'en-GB', { dateStyle: 'medium' }).format(new Date(time * 1000));
}

/** For experts: in UTC. */
export const exactly = formatTime;
