// SPDX-License-Identifier: Apache-2.0
import { utf8Decode } from '../base/bytes.js';
import { type Code, refuse } from '../base/refusal.js';
import { countPlainCharacters, madePlain } from '../base/text.js';

export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

/** Limits of one JSON text. */
export interface JsonLimits {
  readonly bytes: number;
  readonly depth: number; // of objects and lists in each other
  readonly members: number; // over all objects and lists
  readonly lineFeeds?: boolean; // U+000A in texts; never in a document that is signed
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const PLAIN_PART = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t',
};

/** Reads a text from its beginning; stops with a refusal at the first thing that a document may not hold. */
class StrictParser {
  private place = 0;
  private depth = 0;
  private members = 0;
  private readonly path: string[] = [];

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  parse(): Json {
    const value = this.value();
    this.take(SPACE);
    if (this.place !== this.text.length) this.refuse('malformed', 'something follows the value');
    return value;
  }

  private refuse(code: Code, detail: string): never {
    return refuse(code, `json${this.path.join('')}: ${detail}`);
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.place;
    const found = pattern.exec(this.text);
    if (found !== null) this.place = pattern.lastIndex;
    return found;
  }

  private next(): string {
    this.take(SPACE);
    return this.text[this.place] ?? this.refuse('malformed', 'ends too early');
  }

  private expect(literal: string): void {
    if (!this.text.startsWith(literal, this.place)) this.refuse('malformed', 'not JSON');
    this.place += literal.length;
  }

  private value(): Json {
    const first = this.next();
    this.members += 1;
    if (this.members > this.limits.members) this.refuse('too_large', 'too many members');
    switch (first) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.list());
      case '"':
        return this.string();
      case 't':
        this.expect('true');
        return true;
      case 'f':
        this.expect('false');
        return false;
      case 'n':
        this.expect('null');
        return null;
      default:
        return this.number();
    }
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > this.limits.depth) this.refuse('too_large', 'nested too deep');
    this.place += 1;
    const value = read();
    this.depth -= 1;
    return value;
  }

  /** Whether another element follows; takes the comma or the closing bracket. */
  private goesOn(isFirst: boolean, end: string): boolean {
    const character = this.next();
    if (character === end) {
      this.place += 1;
      return false;
    }
    if (isFirst) return true;
    if (character !== ',') this.refuse('malformed', 'not JSON');
    this.place += 1;
    return true;
  }

  private object(): JsonObject {
    const object: JsonObject = new Map();
    for (let isFirst = true; this.goesOn(isFirst, '}'); isFirst = false) {
      if (this.next() !== '"') this.refuse('malformed', 'not JSON');
      const name = this.string();
      this.path.push(`.${madePlain(name, 64)}`);
      if (object.has(name)) this.refuse('malformed', 'member stands twice');
      if (this.next() !== ':') this.refuse('malformed', 'not JSON');
      this.place += 1;
      object.set(name, this.value());
      this.path.pop();
    }
    return object;
  }

  private list(): Json[] {
    const list: Json[] = [];
    for (let isFirst = true; this.goesOn(isFirst, ']'); isFirst = false) {
      this.path.push(`[${list.length}]`);
      list.push(this.value());
      this.path.pop();
    }
    return list;
  }

  private number(): number {
    const found = this.take(NUMBER);
    if (found === null) return this.refuse('malformed', 'not JSON');
    const number = Number(found[0]);
    if (found[1] !== undefined || found[2] !== undefined || !Number.isSafeInteger(number))
      this.refuse('malformed', 'number is not an integer within 2^53-1');
    if (Object.is(number, -0)) this.refuse('malformed', 'negative zero');
    return number;
  }

  private string(): string {
    this.place += 1;
    let text = '';
    for (;;) {
      text += this.take(PLAIN_PART)![0];
      const character = this.text[this.place];
      this.place += 1;
      if (character === '"') break;
      if (character !== '\\') this.refuse('malformed', character === undefined ? 'ends too early' : 'control character in a text');
      text += this.escape();
    }
    if (countPlainCharacters(text, this.limits.lineFeeds) === null)
      this.refuse('malformed', 'control, bidirectional or invisible character, or half of a pair');
    return text;
  }

  private escape(): string {
    const character = this.text[this.place] ?? '';
    this.place += 1;
    if (character !== 'u') return ESCAPES[character] ?? this.refuse('malformed', 'unknown escape');
    const digits = this.text.slice(this.place, this.place + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.refuse('malformed', 'unknown escape');
    this.place += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}

/**
 * Reads RFC 8259 text strictly: UTF-8 without a byte order mark, nothing after the value, no member twice (compared
 * after unescaping), integers only and at most 2^53−1 in magnitude, no negative zero, and no character in any text that a
 * document may not carry (src/documents/json.h).
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): Json {
  if (bytes.length > limits.bytes) refuse('too_large', 'json: longer than its limit');
  return new StrictParser(utf8Decode(bytes, 'json'), limits).parse();
}
