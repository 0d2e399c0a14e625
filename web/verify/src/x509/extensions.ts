// SPDX-License-Identifier: Apache-2.0
// All that a certificate of the network may carry beside its fields (src/x509/extensions.cpp, general_names.cpp).
import { type Bytes, equal, utf8Decode, utf8Encode } from '../base/bytes.js';
import { Refusal, asRefusal, refuse } from '../base/refusal.js';
import { countPlainCharacters } from '../base/text.js';
import * as der from './der.js';
import { Tag } from './der.js';
import { hostOfOrigin, ipRangeOctets, ipRangeText, ipText, isDnsName } from './hosts.js';
import { Name } from './name.js';

/** What a data centre's CA may name. Each list is exhaustive: what is empty permits nothing. */
export interface NameLimits {
  readonly subtree: Name;
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly ip: readonly string[]; // CIDR
}

export interface Policy {
  readonly oid: string;
  readonly notice: string | null;
}

export interface Extensions {
  certificateAuthority: { readonly pathLength: number | null } | null;
  keyUsage: number;
  extendedKeyUsage: string[];
  policies: Policy[];
  dns: string[];
  ip: string[];
  origins: string[];
  nameLimits: NameLimits | null;
  subjectKeyId: Bytes | null;
  authorityKeyId: Bytes | null;
  ocspNoCheck: boolean;
}

const USER_NOTICE = '1.3.6.1.5.5.7.2.2';
const OCSP_ACCESS = '1.3.6.1.5.5.7.48.1';
const KNOWN_USAGES = 0xce;
const MOST_POLICIES = 32;
const MOST_NAMES = 64;
const NO_MAIL = 'invalid'; // RFC 2606 §2

const malformed = (what: string): never => refuse('malformed', what);

function parseBasicConstraints(value: Bytes, out: Extensions): void {
  const reader = der.readOnly(value, Tag.sequence);
  if (!reader.boolean()) malformed('basicConstraints: FALSE written out');
  out.certificateAuthority = { pathLength: reader.atEnd() ? null : reader.smallInteger() };
  reader.finish();
}

/** A named bit list, without trailing zero bits (X.690 §11.2.2). */
function parseKeyUsage(value: Bytes, out: Extensions): void {
  const reader = new der.Reader(value);
  const contents = reader.contents(Tag.bitString);
  reader.finish();
  const [unused, bits] = contents;
  const isUsual = contents.length === 2 && bits !== 0 && (bits! & ~KNOWN_USAGES) === 0 && 31 - Math.clz32(bits! & -bits!) === unused;
  if (!isUsual) refuse('unsupported', 'keyUsage: bits that no profile has');
  out.keyUsage = bits!;
}

function parseExtendedKeyUsage(value: Bytes, out: Extensions): void {
  const reader = der.readOnly(value, Tag.sequence);
  while (!reader.atEnd()) out.extendedKeyUsage.push(reader.oid());
  if (out.extendedKeyUsage.length === 0) malformed('extKeyUsage: empty');
}

function parseSubjectKeyId(value: Bytes, out: Extensions): void {
  const reader = new der.Reader(value);
  out.subjectKeyId = reader.contents(Tag.octetString);
  reader.finish();
}

function parseAuthorityKeyId(value: Bytes, out: Extensions): void {
  const reader = der.readOnly(value, Tag.sequence);
  out.authorityKeyId = reader.contents(der.context(0));
  reader.finish();
}

function parseNotice(information: der.Reader): string {
  const qualifiers = information.enter(Tag.sequence);
  const qualifier = qualifiers.enter(Tag.sequence);
  qualifiers.finish();
  const kind = qualifier.oid();
  if (kind !== USER_NOTICE) refuse('unsupported', `policy qualifier ${kind}`);
  const notice = qualifier.enter(Tag.sequence);
  qualifier.finish();
  const text = notice.text(Tag.utf8String);
  notice.finish();
  const size = countPlainCharacters(text);
  if (size === null || size === 0 || size > 200) malformed('user notice: not 1–200 plain characters');
  return text;
}

function parsePolicies(value: Bytes, out: Extensions): void {
  const reader = der.readOnly(value, Tag.sequence);
  while (!reader.atEnd()) {
    const information = reader.enter(Tag.sequence);
    const oid = information.oid();
    const notice = information.atEnd() ? null : parseNotice(information);
    information.finish();
    if (out.policies.some((policy) => policy.oid === oid)) malformed('certificatePolicies: one policy twice');
    out.policies.push({ oid, notice });
  }
  if (out.policies.length === 0 || out.policies.length > MOST_POLICIES) malformed('certificatePolicies: number');
}

function parseAlternativeNames(value: Bytes, out: Extensions): void {
  const reader = der.readOnly(value, Tag.sequence);
  if (reader.atEnd()) malformed('subjectAltName: empty');
  for (let count = 0; !reader.atEnd(); count += 1) {
    if (count === MOST_NAMES) malformed('subjectAltName: too many names');
    const { tag, contents } = reader.any();
    if (tag === der.context(7)) {
      out.ip.push(ipText(contents));
      continue;
    }
    const text = utf8Decode(contents, 'subjectAltName');
    if (tag === der.context(2) && isDnsName(text)) {
      out.dns.push(text);
    } else if (tag === der.context(6)) {
      hostOfOrigin(text);
      out.origins.push(text);
    } else {
      refuse('unsupported', 'subjectAltName: type of name, or DNS name not in the accepted form');
    }
  }
}

function isMailLimit(text: string): boolean {
  return isDnsName(text.replace(/^\./, ''));
}

const subtree = (tag: number, base: Uint8Array): Bytes => der.sequence(der.wrap(tag, base));

/** The one encoding of limits: what they do not mention is excluded. */
function encodeNameLimits(limits: NameLimits): Bytes {
  const permitted = [subtree(der.contextConstructed(4), limits.subtree.der)];
  for (const host of limits.email) permitted.push(subtree(der.context(1), utf8Encode(host)));
  if (limits.email.length === 0) permitted.push(subtree(der.context(1), utf8Encode(NO_MAIL)));
  for (const domain of limits.dns) permitted.push(subtree(der.context(2), utf8Encode(domain)));
  for (const range of limits.ip) permitted.push(subtree(der.context(7), ipRangeOctets(range)));
  const excluded: Bytes[] = [];
  if (limits.email.length === 0) excluded.push(subtree(der.context(1), new Uint8Array()));
  if (limits.dns.length === 0) excluded.push(subtree(der.context(2), new Uint8Array()));
  if (limits.ip.length === 0) excluded.push(subtree(der.context(7), new Uint8Array(8)), subtree(der.context(7), new Uint8Array(32)));
  const parts = [der.wrap(der.contextConstructed(0), ...permitted)];
  if (excluded.length > 0) parts.push(der.wrap(der.contextConstructed(1), ...excluded));
  return der.sequence(...parts);
}

function parseNameConstraints(value: Bytes, out: Extensions): void {
  const subtrees = der.readOnly(value, Tag.sequence).enter(der.contextConstructed(0));
  let directory: Name | null = null;
  const [dns, email, ip]: [string[], string[], string[]] = [[], [], []];
  while (!subtrees.atEnd()) {
    const one = subtrees.enter(Tag.sequence);
    const { tag, contents } = one.any();
    one.finish();
    const isText = tag === der.context(1) || tag === der.context(2);
    const text = isText ? utf8Decode(contents, 'name constraints') : '';
    if (tag === der.contextConstructed(4) && directory === null) directory = Name.fromDer(contents);
    else if (tag === der.context(2) && isDnsName(text)) dns.push(text);
    else if (tag === der.context(1) && isMailLimit(text)) email.push(text);
    else if (tag === der.context(7)) ip.push(ipRangeText(contents));
    else malformed('name constraints: subtree not in the accepted form');
  }
  if (directory === null) return malformed('name constraints: no directory subtree');
  const limits = { subtree: directory, dns, email: email.filter((host) => host !== NO_MAIL), ip };
  if (!equal(encodeNameLimits(limits), value)) malformed('name constraints: types left unconstrained');
  out.nameLimits = limits;
}

function checkUrl(url: string): void {
  if (!/^https?:\/\/[\x21-\x7e]*$/.test(url) || url.length > 255) malformed('URL in a certificate');
}

function checkOcspUrl(value: Bytes): void {
  const descriptions = der.readOnly(value, Tag.sequence);
  const description = descriptions.enter(Tag.sequence);
  descriptions.finish();
  const method = description.oid();
  if (method !== OCSP_ACCESS) refuse('unsupported', `authorityInfoAccess: ${method}`);
  checkUrl(description.text(der.context(6)));
  description.finish();
}

function checkCrlUrl(value: Bytes): void {
  const points = der.readOnly(value, Tag.sequence);
  const point = points.enter(Tag.sequence);
  points.finish();
  const name = point.enter(der.contextConstructed(0));
  point.finish();
  const fullName = name.enter(der.contextConstructed(0));
  name.finish();
  checkUrl(fullName.text(der.context(6)));
  fullName.finish();
}

function parseNoCheck(value: Bytes, out: Extensions): void {
  der.readOnly(value, Tag.null).finish();
  out.ocspNoCheck = true;
}

interface Kind {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly parse: (value: Bytes, out: Extensions) => void;
}
const KINDS: readonly Kind[] = [
  { oid: '2.5.29.19', isCritical: true, parse: parseBasicConstraints },
  { oid: '2.5.29.15', isCritical: true, parse: parseKeyUsage },
  { oid: '2.5.29.37', isCritical: false, parse: parseExtendedKeyUsage },
  { oid: '2.5.29.14', isCritical: false, parse: parseSubjectKeyId },
  { oid: '2.5.29.35', isCritical: false, parse: parseAuthorityKeyId },
  { oid: '2.5.29.32', isCritical: false, parse: parsePolicies },
  { oid: '2.5.29.17', isCritical: false, parse: parseAlternativeNames },
  { oid: '2.5.29.30', isCritical: true, parse: parseNameConstraints },
  { oid: '1.3.6.1.5.5.7.1.1', isCritical: false, parse: checkOcspUrl },
  { oid: '2.5.29.31', isCritical: false, parse: checkCrlUrl },
  { oid: '1.3.6.1.5.5.7.48.1.5', isCritical: false, parse: parseNoCheck },
];

function parseOne(extension: der.Reader, kind: Kind, out: Extensions): void {
  const statesCriticality = extension.nextIs(Tag.boolean);
  if (statesCriticality && !extension.boolean()) malformed('FALSE written out');
  if (statesCriticality !== kind.isCritical) refuse('unsupported', 'criticality');
  const value = extension.contents(Tag.octetString);
  extension.finish();
  kind.parse(value, out);
}

/** Unknown, repeated or otherwise formed extensions are refused. */
export function parseExtensions(sequence: Bytes): Extensions {
  const reader = der.readOnly(sequence, Tag.sequence);
  const out: Extensions = {
    certificateAuthority: null, keyUsage: 0, extendedKeyUsage: [], policies: [], dns: [], ip: [], origins: [], nameLimits: null,
    subjectKeyId: null, authorityKeyId: null, ocspNoCheck: false,
  };
  const seen = new Set<string>();
  while (!reader.atEnd()) {
    const extension = reader.enter(Tag.sequence);
    const oid = extension.oid();
    const kind = KINDS.find((each) => each.oid === oid) ?? refuse('unsupported', `extension ${oid}`);
    if (seen.has(oid)) malformed(`extension ${oid} twice`);
    seen.add(oid);
    try {
      parseOne(extension, kind, out);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      throw new Refusal(refusal.code, `extension ${oid}: ${refusal.detail}`);
    }
  }
  return out;
}
