// SPDX-License-Identifier: Apache-2.0
import { type Bytes, compare, equal, hexDecode, utf8Decode, utf8Encode } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { countPlainCharacters } from '../base/text.js';
import * as der from './der.js';
import { Tag } from './der.js';

export interface NameAttribute {
  readonly type: string; // short type of RFC 4514 §3
  readonly value: string;
}

const LONGEST_VALUE = 200;
const MOST_RDNS = 16;
const TYPES = [
  { type: 'CN', oid: der.oid('2.5.4.3'), tag: Tag.utf8String },
  { type: 'OU', oid: der.oid('2.5.4.11'), tag: Tag.utf8String },
  { type: 'O', oid: der.oid('2.5.4.10'), tag: Tag.utf8String },
  { type: 'UID', oid: der.oid('0.9.2342.19200300.100.1.1'), tag: Tag.utf8String },
  { type: 'C', oid: der.oid('2.5.4.6'), tag: Tag.printableString },
];

const malformed = (what: string): never => refuse('malformed', `name: ${what}`);

function checkValue({ type, value }: NameAttribute): void {
  if (type === 'C') {
    if (!/^[A-Z]{2}$/.test(value)) malformed('C is not two capitals');
    return;
  }
  const characters = countPlainCharacters(value);
  if (characters === null || characters === 0 || characters > LONGEST_VALUE) malformed(`${type} is not 1–200 plain characters`);
  if (value.startsWith(' ') || value.endsWith(' ')) malformed(`${type} begins or ends with a space`);
}

function readRdn(names: der.Reader): NameAttribute {
  const set = names.enter(Tag.set);
  const attribute = set.enter(Tag.sequence);
  if (!set.atEnd()) malformed('more than one attribute in an RDN');
  const oid = attribute.element(Tag.oid).whole;
  const known = TYPES.find((each) => equal(each.oid, oid)) ?? malformed(`attribute type ${new der.Reader(oid).oid()}`);
  if (!attribute.nextIs(known.tag)) malformed(`${known.type} in another string type`);
  const value = attribute.text(known.tag);
  attribute.finish();
  return { type: known.type, value };
}

function escaped(value: string): string {
  return value.replace(/[",;+<>\\]/g, '\\$&').replace(/^#/, '\\#');
}

/** The value that begins the text, up to a comma or the end, and what is left. */
function takeValue(text: string): { value: string; rest: string } {
  if (text.startsWith('#')) malformed('value in hexadecimal');
  const parts: Bytes[] = [];
  let rest = text;
  while (rest !== '' && !rest.startsWith(',')) {
    const escape = /^\\(?:([",;+<>\\ #=])|([0-9a-fA-F]{2}))/.exec(rest);
    const plain = /^[^",;+<>\\]+/.exec(rest);
    const found = escape ?? plain ?? malformed('unknown escape, or character that must be escaped');
    const [whole, character, digits] = found;
    if (escape === null) parts.push(utf8Encode(whole));
    else parts.push(character !== undefined ? utf8Encode(character) : hexDecode(digits!.toLowerCase()));
    rest = rest.slice(whole.length);
  }
  const octets = new Uint8Array(parts.flatMap((part) => [...part]));
  return { value: utf8Decode(octets, 'name'), rest };
}

/**
 * A distinguished name in the one form that the network accepts (src/x509/name.h): one attribute per RDN, types CN OU O
 * UID C, plain values. Two names are equal when their DER is.
 */
export class Name {
  readonly der: Bytes;
  /** RFC 4514 text, most specific part first. */
  readonly text: string;

  /** Most significant attribute first. */
  constructor(readonly attributes: readonly NameAttribute[]) {
    if (attributes.length === 0 || attributes.length > MOST_RDNS) malformed('not 1–16 RDNs');
    const rdns = attributes.map((attribute) => {
      const type = TYPES.find((each) => each.type === attribute.type) ?? malformed(`attribute type ${attribute.type}`);
      checkValue(attribute);
      return der.wrap(Tag.set, der.sequence(type.oid, der.wrap(type.tag, utf8Encode(attribute.value))));
    });
    this.der = der.sequence(...rdns);
    this.text = [...attributes].reverse().map(({ type, value }) => `${type}=${escaped(value)}`).join(',');
  }

  static fromDer(bytes: Bytes): Name {
    const rdns = der.readOnly(bytes, Tag.sequence);
    const attributes: NameAttribute[] = [];
    while (!rdns.atEnd()) attributes.push(readRdn(rdns));
    return new Name(attributes);
  }

  static fromText(text: string): Name {
    const attributes: NameAttribute[] = [];
    let rest = text;
    for (let goesOn = true; goesOn; ) {
      const equals = rest.indexOf('=');
      if (equals < 0) malformed("no '='");
      const type = rest.slice(0, equals).toUpperCase();
      const taken = takeValue(rest.slice(equals + 1));
      attributes.unshift({ type, value: taken.value });
      goesOn = taken.rest !== '';
      rest = taken.rest.slice(1);
    }
    return new Name(attributes);
  }

  /** From text in the very spelling that `text` has. */
  static fromUsualText(text: string): Name {
    const name = Name.fromText(text);
    return name.text === text ? name : malformed('not the usual spelling');
  }

  equals(other: Name): boolean {
    return equal(this.der, other.der);
  }

  compare(other: Name): number {
    return compare(this.der, other.der);
  }

  /** This name with one more RDN at the specific end. */
  child(type: string, value: string): Name {
    return new Name([...this.attributes, { type, value }]);
  }

  /** Whether this name is longer than `subtree` and begins with all of it. */
  isBelow(subtree: Name): boolean {
    return this.attributes.length > subtree.attributes.length
      && subtree.attributes.every(({ type, value }, place) => {
        const own = this.attributes[place]!;
        return own.type === type && own.value === value;
      });
  }

  /** The most specific value of that type, or null. */
  valueOf(type: string): string | null {
    return this.attributes.findLast((attribute) => attribute.type === type)?.value ?? null;
  }
}
