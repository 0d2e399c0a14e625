// SPDX-License-Identifier: Apache-2.0
import { type Bytes, base64Decode, hexDecode } from '../base/bytes.js';
import { type Amount, isCurrencyCode } from '../base/amount.js';
import { Refusal, asRefusal, refuse } from '../base/refusal.js';
import { countPlainCharacters } from '../base/text.js';
import { type Time, parseTime } from '../base/time.js';
import { Name } from '../x509/name.js';
import { type Json, type JsonLimits, type JsonObject, parseJson } from './json.js';

const LONGEST_NAME = 1000;

/** A party and the very certificate it acts with. */
export interface PartyReference {
  readonly subject: Name;
  readonly certificate: Bytes; // SHA-256 of its DER
}

/**
 * Takes a JSON object apart member by member; `finish` refuses members that nobody asked for. Every refusal names the
 * member with its path ("order.lines[2].sku").
 */
export class ObjectReader {
  private readonly taken = new Set<string>();

  private constructor(
    private readonly object: JsonObject,
    readonly path: string,
  ) {}

  static parse(bytes: Uint8Array, what: string, limits: JsonLimits): ObjectReader {
    const value = parseJson(bytes, limits);
    return ObjectReader.of(value, what);
  }

  private static of(value: Json, path: string): ObjectReader {
    if (!(value instanceof Map)) return refuse('malformed', `${path}: not an object`);
    return new ObjectReader(value, path);
  }

  /** Type and version must be these. */
  expect(type: string, version: number): void {
    const stated = this.take('type');
    const statedVersion = this.take('version');
    if (typeof stated !== 'string' || typeof statedVersion !== 'number') this.refuse('type', 'not a document');
    if (stated !== type) refuse('unsupported', `${this.path}.type: not "${type}"`);
    if (statedVersion !== version) refuse('unsupported', `${this.path}.version: not ${version}`);
  }

  has(member: string): boolean {
    return this.object.has(member);
  }

  text(member: string, most: number, least = 1): string {
    return this.checkedText(this.take(member), member, most, least);
  }

  textOrNull(member: string, most: number): string | null {
    const value = this.take(member);
    return value === null ? null : this.checkedText(value, member, most, 1);
  }

  texts(member: string, mostItems: number, mostEach: number): string[] {
    return this.list(member, mostItems).map((item, place) => this.checkedText(item, `${member}[${place}]`, mostEach, 1));
  }

  integer(member: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.take(member);
    if (typeof value !== 'number') return this.refuse(member, 'not an integer');
    if (value < least || value > most) return this.refuse(member, 'out of range');
    return value;
  }

  boolean(member: string): boolean {
    const value = this.take(member);
    return typeof value === 'boolean' ? value : this.refuse(member, 'neither true nor false');
  }

  time(member: string): Time {
    return this.at(member, () => parseTime(this.text(member, 32)));
  }

  /** At least one octet. */
  base64(member: string, most: number): Bytes {
    const value = this.take(member);
    if (typeof value !== 'string') return this.refuse(member, 'not a text');
    return this.at(member, () => decodeAtMost(value, most));
  }

  base64s(member: string, mostItems: number, mostEach: number): Bytes[] {
    return this.list(member, mostItems).map((item, place) => {
      const at = `${member}[${place}]`;
      if (typeof item !== 'string') return this.refuse(at, 'not a text');
      return this.at(at, () => decodeAtMost(item, mostEach));
    });
  }

  /** SHA-256, or other 32 octets, as 64 lower-case hexadecimal digits. */
  digest(member: string): Bytes {
    const stated = this.text(member, 64);
    if (!/^[0-9a-f]{64}$/.test(stated)) this.refuse(member, 'not 64 lower-case hexadecimal digits');
    return hexDecode(stated);
  }

  nested(member: string): ObjectReader {
    return ObjectReader.of(this.take(member), `${this.path}.${member}`);
  }

  objectOrNull(member: string): ObjectReader | null {
    return this.take(member) === null ? null : this.nested(member);
  }

  objects(member: string, most: number): ObjectReader[] {
    return this.list(member, most).map((item, place) => ObjectReader.of(item, `${this.path}.${member}[${place}]`));
  }

  /** A name in the one spelling that Name.text produces. */
  name(member: string): Name {
    return this.at(member, () => Name.fromUsualText(this.text(member, LONGEST_NAME)));
  }

  nameOrNull(member: string): Name | null {
    const text = this.textOrNull(member, LONGEST_NAME);
    return text === null ? null : this.at(member, () => Name.fromUsualText(text));
  }

  party(member: string): PartyReference {
    const party = this.nested(member);
    const reference = { subject: party.name('subject'), certificate: party.digest('certificate') };
    party.finish();
    return reference;
  }

  uuid(member: string, version: '4' | '7'): string {
    const id = this.text(member, 36);
    const form = new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
    return form.test(id) ? id : this.refuse(member, `not a lower-case UUID of version ${version}`);
  }

  /** Minor units, 0 or more, and the member "currency" beside them. */
  amount(member: string): Amount {
    const minorUnits = this.integer(member, 0);
    const currency = this.text('currency', 3);
    if (!isCurrencyCode(currency)) this.refuse('currency', 'not three capital letters');
    return { minorUnits, currency };
  }

  finish(): void {
    for (const member of this.object.keys()) {
      if (!this.taken.has(member)) this.refuse(member.slice(0, 64), 'unknown member');
    }
  }

  refuse(member: string, what: string): never {
    return refuse('malformed', `${this.path}.${member}: ${what}`);
  }

  private take(member: string): Json {
    const value = this.object.get(member);
    if (value === undefined) return this.refuse(member, 'missing');
    this.taken.add(member);
    return value;
  }

  private list(member: string, most: number): Json[] {
    const value = this.take(member);
    if (!Array.isArray(value)) return this.refuse(member, 'not a list');
    if (value.length > most) refuse('too_large', `${this.path}.${member}: too many`);
    return value;
  }

  private checkedText(value: Json, member: string, most: number, least: number): string {
    if (typeof value !== 'string') return this.refuse(member, 'not a text');
    const size = countPlainCharacters(value, true) ?? most + 1;
    if (size < least) this.refuse(member, 'too short');
    if (size > most) this.refuse(member, 'too long');
    return value;
  }

  private at<T>(member: string, read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      const place = `${this.path}.${member}`;
      if (refusal.detail.startsWith(place)) throw refusal;
      throw new Refusal(refusal.code, `${place}: ${refusal.detail}`);
    }
  }
}

function decodeAtMost(text: string, most: number): Bytes {
  if (text === '') refuse('malformed', 'empty');
  if (text.length > Math.ceil(most / 3) * 4) refuse('too_large', 'too long');
  const bytes = base64Decode(text);
  return bytes.length > most ? refuse('too_large', 'too long') : bytes;
}
