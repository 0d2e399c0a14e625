// SPDX-License-Identifier: Apache-2.0
import { type Bytes, concat, equal, utf8Decode } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { type Time, timeOf } from '../base/time.js';

/** The identifier octets that the network uses; all are of low tag numbers. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
export const context = (number: number): number => 0x80 | number;
export const contextConstructed = (number: number): number => 0xa0 | number;

export interface Element {
  readonly tag: number;
  readonly contents: Bytes;
  readonly whole: Bytes;
}

const malformed = (what: string): never => refuse('malformed', `DER: ${what}`);

function readHeader(bytes: Bytes): { size: number; length: number } {
  const [identifier, first] = bytes;
  if (identifier === undefined || first === undefined) return malformed('cut short');
  if ((identifier & 0x1f) === 0x1f) malformed('high tag number');
  if (first < 0x80) return first > bytes.length - 2 ? malformed('cut short') : { size: 2, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || count > bytes.length - 2) malformed('length');
  let length = 0;
  for (let i = 0; i < count; i += 1) length = length * 256 + bytes[2 + i]!;
  if (length < 0x80 || bytes[2] === 0) malformed('length not in its shortest form');
  if (length > bytes.length - 2 - count) malformed('cut short');
  return { size: 2 + count, length };
}

/** "MMDDHHMMSSZ" of that year. */
function timeInYear(year: number, text: string): Time {
  const parts = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return malformed('time');
  const [month, day, hour, minute, second] = parts.slice(1).map(Number) as [number, number, number, number, number];
  return timeOf(year, month, day, hour, minute, second) ?? malformed('time');
}

function dotted(contents: Bytes): string {
  if (contents.length === 0 || contents.length > 64 || contents.at(-1)! >= 0x80) malformed('object identifier');
  const arcs: bigint[] = [];
  let arc = 0n;
  let begins = true;
  for (const octet of contents) {
    if (begins && octet === 0x80) malformed('object identifier');
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    begins = octet < 0x80;
    if (!begins) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first] = arcs as [bigint];
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...arcs.slice(1)].join('.');
}

/** Reads elements one after the other and takes the distinguished encoding alone (X.690 §10). */
export class Reader {
  constructor(private rest: Bytes) {}

  atEnd(): boolean {
    return this.rest.length === 0;
  }

  /** What was not read yet. */
  remaining(): Bytes {
    return this.rest;
  }

  nextIs(tag: number): boolean {
    return this.rest[0] === tag;
  }

  /** A reader at the same place. */
  ahead(): Reader {
    return new Reader(this.rest);
  }

  finish(): void {
    if (!this.atEnd()) malformed('more than expected');
  }

  any(): Element {
    const { size, length } = readHeader(this.rest);
    const element = {
      tag: this.rest[0]!,
      contents: this.rest.subarray(size, size + length),
      whole: this.rest.subarray(0, size + length),
    };
    this.rest = this.rest.subarray(size + length);
    return element;
  }

  element(tag: number): Element {
    return this.nextIs(tag) ? this.any() : malformed(`tag ${tag.toString(16).padStart(2, '0')} missing`);
  }

  contents(tag: number): Bytes {
    return this.element(tag).contents;
  }

  enter(tag: number): Reader {
    return new Reader(this.contents(tag));
  }

  boolean(): boolean {
    const value = this.contents(Tag.boolean);
    if (value.length !== 1 || (value[0] !== 0x00 && value[0] !== 0xff)) malformed('BOOLEAN');
    return value[0] === 0xff;
  }

  /** The magnitude in the fewest octets. */
  unsignedInteger(tag: number = Tag.integer): Bytes {
    const value = this.contents(tag);
    const [first, second] = value;
    if (first === undefined || first >= 0x80) return malformed('INTEGER empty or negative');
    if (second === undefined || first !== 0) return value;
    return second < 0x80 ? malformed('INTEGER not in its shortest form') : value.subarray(1);
  }

  smallInteger(tag: number = Tag.integer): number {
    let value = 0;
    for (const octet of this.unsignedInteger(tag)) {
      value = value * 256 + octet;
      if (!Number.isSafeInteger(value)) malformed('INTEGER too large');
    }
    return value;
  }

  oid(): string {
    return dotted(this.contents(Tag.oid));
  }

  bitString(): Bytes {
    const value = this.contents(Tag.bitString);
    return value[0] === 0 ? value.subarray(1) : malformed('BIT STRING not of whole octets');
  }

  text(tag: number): string {
    return utf8Decode(this.contents(tag), 'DER');
  }

  /** UTCTime, and GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
  time(): Time {
    if (this.nextIs(Tag.generalizedTime)) {
      const late = this.generalizedTime();
      return late < timeOf(2050, 1, 1, 0, 0, 0)! ? malformed('GeneralizedTime before 2050') : late;
    }
    const digits = this.text(Tag.utcTime);
    if (!/^\d{12}Z$/.test(digits)) malformed('time');
    const year = Number(digits.slice(0, 2));
    return timeInYear(year < 50 ? 2000 + year : 1900 + year, digits.slice(2));
  }

  generalizedTime(): Time {
    const digits = this.text(Tag.generalizedTime);
    if (!/^\d{14}Z$/.test(digits)) malformed('time');
    return timeInYear(Number(digits.slice(0, 4)), digits.slice(4));
  }
}

/** The contents of the one element that these octets are. */
export function readOnly(bytes: Bytes, tag: number): Reader {
  const outside = new Reader(bytes);
  const inside = outside.enter(tag);
  outside.finish();
  return inside;
}

/** The next element must be this constant. */
export function expect(reader: Reader, constant: Uint8Array, what: string): void {
  if (!equal(reader.any().whole, constant)) refuse('unsupported', `${what} is not the one accepted`);
}

export function wrap(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const inside = concat(...contents);
  if (inside.length < 0x80) return concat(Uint8Array.of(tag, inside.length), inside);
  const length: number[] = [];
  for (let rest = inside.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return concat(Uint8Array.of(tag, 0x80 | length.length, ...length), inside);
}

export function sequence(...elements: readonly Uint8Array[]): Bytes {
  return wrap(Tag.sequence, ...elements);
}

/** The element of a dotted object identifier. */
export function oid(text: string): Bytes {
  const arcs = text.split('.').map(BigInt);
  const octets: number[] = [];
  for (const arc of [arcs[0]! * 40n + arcs[1]!, ...arcs.slice(2)]) {
    const septets = [Number(arc & 0x7fn)];
    for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) septets.unshift(Number(rest & 0x7fn) | 0x80);
    octets.push(...septets);
  }
  return wrap(Tag.oid, Uint8Array.from(octets));
}
