// SPDX-License-Identifier: Apache-2.0
// Signed notes (c2sp.org/signed-note) with the two kinds of signature that the network uses.
import { type Bytes, base64Decode, base64Encode, concat, equal, hexDecode, hexEncode, sha256, utf8Encode } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { countPlainCharacters } from '../base/text.js';
import type { Time } from '../base/time.js';
import { verifyEd25519 } from './ed25519.js';

export const KeyType = { ed25519: 1, cosignature: 4 } as const;
export type KeyType = (typeof KeyType)[keyof typeof KeyType];

const LARGEST = 64 << 10;
const MOST_SIGNATURES = 100;
const ID_SIZE = 4;
const LONGEST_NAME = 255; // octets
const LATEST = 253402300799n; // 9999-12-31T23:59:59Z

const malformed = (what: string): never => refuse('malformed', `note: ${what}`);

/** Neither empty nor with "+" or what Unicode takes for a space. */
function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name);
}

/** A key that notes are verified with: "<name>+<8 hexadecimal digits>+<base64 of type and key>". */
export class VerifierKey {
  private constructor(
    readonly name: string,
    readonly id: Bytes,
    readonly type: KeyType,
    readonly key: Bytes,
  ) {}

  static async create(name: string, type: KeyType, key: Bytes): Promise<VerifierKey> {
    const isUsual = isKeyName(name) && countPlainCharacters(name) !== null && utf8Encode(name).length <= LONGEST_NAME;
    if (!isUsual) refuse('malformed', 'vkey: a name is 1 to 255 octets without spaces, "+" and what nobody sees');
    if (key.length !== 32) refuse('malformed', 'vkey: not an Ed25519 key');
    const id = await sha256(concat(utf8Encode(`${name}\n`), Uint8Array.of(type), key));
    return new VerifierKey(name, id.slice(0, ID_SIZE), type, key);
  }

  static async parse(vkey: string): Promise<VerifierKey> {
    const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(vkey);
    if (parts === null) return refuse('malformed', 'vkey: not of the form name+id+key');
    const [, name, id, rest] = parts as unknown as [string, string, string, string];
    const material = base64Decode(rest);
    const type = material[0];
    if (type !== KeyType.ed25519 && type !== KeyType.cosignature) return refuse('unsupported', `vkey ${name}: type ${type} of key`);
    const key = await VerifierKey.create(name, type, material.slice(1));
    return equal(key.id, hexDecode(id)) ? key : refuse('malformed', `vkey ${name}: its id is not that of the key`);
  }

  get text(): string {
    return `${this.name}+${hexEncode(this.id)}+${base64Encode(concat(Uint8Array.of(this.type), this.key))}`;
  }
}

export interface NoteSignature {
  readonly name: string;
  readonly id: Bytes;
  readonly payload: Bytes;
}

export interface Note {
  readonly text: string; // ends with a newline
  readonly signatures: readonly NoteSignature[];
}

function parseSignature(line: string): NoteSignature {
  const parts = /^— ([^ ]+) ([^ ]+)$/u.exec(line);
  if (parts === null) return malformed('signature line');
  const [, name, base64] = parts as unknown as [string, string, string];
  if (!isKeyName(name)) malformed('name of a key');
  const octets = base64Decode(base64);
  if (octets.length <= ID_SIZE) malformed('signature without its payload');
  return { name, id: octets.slice(0, ID_SIZE), payload: octets.slice(ID_SIZE) };
}

export function parseNote(note: string): Note {
  if (utf8Encode(note).length > LARGEST) refuse('too_large', 'note: over 64 KiB');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) malformed('control character');
  const split = note.lastIndexOf('\n\n');
  if (split <= 0) malformed('no text and signatures with an empty line between');
  const lines = note.slice(split + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0) malformed('ends without a signature line');
  if (lines.length > MOST_SIGNATURES) refuse('too_large', 'note: more than 100 signatures');
  const signatures = lines.map(parseSignature);
  const keys = signatures.map(({ name, id }) => `${name}+${hexEncode(id)}`);
  if (new Set(keys).size !== keys.length) malformed('two signatures of one key');
  return { text: note.slice(0, split + 1), signatures };
}

/** The signature of that very key, by name and id; null where there is none. */
export function signatureOf(note: Note, key: VerifierKey): NoteSignature | null {
  return note.signatures.find((each) => each.name === key.name && equal(each.id, key.id)) ?? null;
}

/** An Ed25519 signature over the text. */
export async function verifySignature(text: string, signature: NoteSignature, key: VerifierKey): Promise<void> {
  const isValid = key.type === KeyType.ed25519 && (await verifyEd25519(key.key, utf8Encode(text), signature.payload));
  if (!isValid) refuse('signature_invalid', `note: signature of ${key.name} does not verify`);
}

/** A cosignature (c2sp.org/tlog-cosignature, v1); answers the time that the witness signed with it. */
export async function verifyCosignature(text: string, signature: NoteSignature, key: VerifierKey): Promise<Time> {
  const refused = (): never => refuse('signature_invalid', `note: cosignature of ${key.name} does not verify`);
  if (key.type !== KeyType.cosignature || signature.payload.length !== 8 + 64) refused();
  const seconds = new DataView(signature.payload.buffer, signature.payload.byteOffset).getBigUint64(0);
  if (seconds === 0n || seconds > LATEST) refuse('malformed', `note: cosignature of ${key.name} of no time, or beyond the year 9999`);
  const message = utf8Encode(`cosignature/v1\ntime ${seconds}\n${text}`);
  if (!(await verifyEd25519(key.key, message, signature.payload.slice(8)))) refused();
  return Number(seconds);
}
