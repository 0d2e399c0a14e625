// SPDX-License-Identifier: Apache-2.0
import { refuse } from './refusal.js';

export type Bytes = Uint8Array<ArrayBuffer>;

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, place) => octet === b[place]);
}

/** Less than, equal or greater than 0, as the octets are in order; a beginning comes before what it begins. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

export function hexEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** Lower-case digits only. */
export function hexDecode(text: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) refuse('malformed', 'hex: not pairs of lower-case hexadecimal digits');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(Array.from(ALPHABET, (character, value) => [character.charCodeAt(0), value]));

export function base64Encode(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = [group >> 18, (group >> 12) & 63, (group >> 6) & 63, group & 63].map((value) => ALPHABET[value]!);
    text += characters.slice(0, Math.min(3, bytes.length - i) + 1).join('').padEnd(4, '=');
  }
  return text;
}

/** RFC 4648 §4 with padding, in the one spelling that an encoder produces. */
export function base64Decode(text: string): Bytes {
  if (text.length % 4 !== 0) refuse('malformed', 'base64: length is not a multiple of four');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const characters = text.length - padding;
  const bytes = new Uint8Array(Math.floor((characters * 3) / 4));
  let group = 0;
  let bits = 0;
  let place = 0;
  for (let i = 0; i < characters; i += 1) {
    const value = VALUES.get(text.charCodeAt(i));
    if (value === undefined) refuse('malformed', 'base64: character outside of the alphabet');
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[place] = (group >> bits) & 0xff;
    place += 1;
  }
  if ((group & ((1 << bits) - 1)) !== 0) refuse('malformed', 'base64: trailing bits are not zero');
  return bytes;
}

export function utf8Encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** RFC 3629: no overlong sequence, no surrogate; a byte order mark stays in the text. */
export function utf8Decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('malformed', `${what}: not UTF-8`);
  }
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** For the CertID of OCSP alone (RFC 6960 §4.1.1), where it names a certificate and protects nothing. */
export async function sha1(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
}
