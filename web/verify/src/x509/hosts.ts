// SPDX-License-Identifier: Apache-2.0
// Hosts, addresses and origins in the one spelling that certificates and documents hold (src/x509/hosts.cpp).
import { type Bytes, concat } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const HTTPS_PORT = 443;
export const LONGEST_LOG_ORIGIN = 255;

const malformed = (what: string, text: string): never => refuse('malformed', `${what}: ${text.slice(0, 64)}`);

export function isDnsName(text: string): boolean {
  if (text === '' || text.length > 253) return false;
  const labels = text.split('.');
  return labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1)!);
}

/** As inet_ntop writes it. */
export function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return malformed('IP address', 'wrong size');
  const words = Array.from({ length: 8 }, (_, i) => octets[2 * i]! * 256 + octets[2 * i + 1]!);
  let best = { begin: -1, length: 1 };
  for (let begin = 0; begin < 8; begin += 1) {
    let length = 0;
    while (words[begin + length] === 0) length += 1;
    if (length > best.length) best = { begin, length };
  }
  const isMapped = best.begin === 0 && (best.length === 6 || (best.length === 5 && words[5] === 0xffff));
  const texts = words.map((word) => word.toString(16));
  if (isMapped) texts.splice(6, 2, octets.slice(12).join('.'));
  if (best.begin < 0) return texts.join(':');
  return `${texts.slice(0, best.begin).join(':')}::${texts.slice(best.begin + best.length).join(':')}`;
}

function ipv4Octets(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return parts.map(Number);
}

function ipv6Octets(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [before, after] = halves.map((half) => {
    const octets: number[] = [];
    for (const part of half === '' ? [] : half.split(':')) {
      const inside = ipv4Octets(part);
      if (inside === null && !/^[0-9a-f]{1,4}$/.test(part)) return null;
      octets.push(...(inside ?? [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255]));
    }
    return octets;
  });
  if (before === undefined || before === null || after === null) return null;
  if (after === undefined) return before.length === 16 ? before : null;
  const missing = 16 - before.length - after.length;
  return missing < 0 ? null : [...before, ...new Array<number>(missing).fill(0), ...after];
}

/** The octets of an address in its usual spelling; null for anything else. */
export function ipOctets(text: string): Bytes | null {
  const octets = text.includes(':') ? ipv6Octets(text) : ipv4Octets(text);
  if (octets === null) return null;
  const bytes = Uint8Array.from(octets);
  return ipText(bytes) === text ? bytes : null;
}

function maskOctets(size: number, prefix: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => 0xff & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))));
}

/** CIDR text of address and mask, as name constraints hold them. */
export function ipRangeText(octets: Bytes): string {
  const size = octets.length / 2;
  const address = octets.subarray(0, size);
  const mask = octets.subarray(size);
  const text = ipText(address);
  let prefix = 0;
  while (prefix < size * 8 && (mask[prefix >> 3]! & (0x80 >> (prefix & 7))) !== 0) prefix += 1;
  const isWhole = maskOctets(size, prefix).every((octet, i) => octet === mask[i]);
  if (!isWhole || address.some((octet, i) => (octet & ~mask[i]!) !== 0)) malformed('IP range', text);
  return `${text}/${prefix}`;
}

export function ipRangeOctets(cidr: string): Bytes {
  const [address, prefix] = cidr.split('/') as [string, string];
  const octets = ipOctets(address)!;
  return concat(octets, maskOctets(octets.length, Number(prefix)));
}

/** The host of an https origin (RFC 6454 §6.2) in its one spelling: lower-case host, no path, no default port. */
export function hostOfOrigin(origin: string): string {
  const parts = /^https:\/\/(\[[0-9a-f:.]+\]|[^[\]:/]+)(?::([0-9]+))?$/.exec(origin);
  if (parts === null) return malformed('origin', origin);
  const [, authority, port] = parts as unknown as [string, string, string | undefined];
  const isPort = port === undefined || (/^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 65535 && Number(port) !== HTTPS_PORT);
  if (!isPort) malformed('port of origin', origin);
  if (isDnsName(authority)) return authority;
  const isBracketed = authority.startsWith('[');
  const address = isBracketed ? authority.slice(1, -1) : authority;
  const octets = ipOctets(address);
  if (octets === null || isBracketed !== (octets.length === 16)) malformed('host of origin', origin);
  return address;
}

export function isHttpsOrigin(text: string): boolean {
  try {
    hostOfOrigin(text);
    return true;
  } catch {
    return false;
  }
}

/** An http or https origin in that spelling. */
export function isWebOrigin(text: string): boolean {
  if (!text.startsWith('http://')) return isHttpsOrigin(text);
  return !text.endsWith(':80') && isHttpsOrigin(text.replace(/^http:/, 'https:'));
}

/** A web origin, alone or with plain segments of a path behind it and no slash at the end. */
export function isWebPrefix(text: string): boolean {
  const parts = /^(https?:\/\/[^/]*)((?:\/[A-Za-z0-9._~-]+)*)$/.exec(text);
  return parts !== null && isWebOrigin(parts[1]!) && !parts[2]!.split('/').some((segment) => segment === '.' || segment === '..');
}

export function isHttpsPrefix(text: string): boolean {
  return text.startsWith('https://') && isWebPrefix(text);
}

/** The name of a public log (c2sp.org/tlog-checkpoint): such a prefix without its scheme. */
export function isLogOrigin(text: string): boolean {
  return text.length <= LONGEST_LOG_ORIGIN && isHttpsPrefix(`https://${text}`);
}

export function isWithinDomain(host: string, domain: string): boolean {
  return host === domain || (domain !== '' && host.endsWith(`.${domain}`));
}

export function isWithinRange(ip: string, cidr: string): boolean {
  const octets = ipOctets(ip);
  const range = ipRangeOctets(cidr);
  if (octets === null || range.length !== 2 * octets.length) return false;
  return octets.every((octet, i) => (octet & range[octets.length + i]!) === range[i]);
}
