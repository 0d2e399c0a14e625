// SPDX-License-Identifier: Apache-2.0
import { type Bytes, base64Decode, concat, equal, hexEncode, sha256 } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import * as der from './der.js';
import { Tag } from './der.js';
import { type Extensions, parseExtensions } from './extensions.js';
import { Name } from './name.js';
import { type KeyOrigin, type Role, keyOriginOfPolicy, roleOfPolicy } from './profile.js';
import { isCertifiedBy, isSignedBy } from './second_reader.js';

const LARGEST = 8 << 10;
const VERSION_3 = 2;
const ECDSA_WITH_SHA256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));
// SubjectPublicKeyInfo of P-256, named curve, up to the sign of an uncompressed point.
const P256_PREFIX = concat(
  Uint8Array.of(0x30, 0x59), der.sequence(der.oid('1.2.840.10045.2.1'), der.oid('1.2.840.10045.3.1.7')), Uint8Array.of(0x03, 0x42, 0x00, 0x04));
const P256_POINT = 64;

const malformed = (what: string): never => refuse('malformed', `certificate: ${what}`);

/** The AlgorithmIdentifier of ecdsa-with-SHA256 and no other (RFC 5758 §3.2). */
export function expectEcdsa(reader: der.Reader, what: string): void {
  if (!equal(reader.element(Tag.sequence).whole, ECDSA_WITH_SHA256)) refuse('unsupported', `${what}: signature algorithm is not ecdsa-with-SHA256`);
}

interface Parsed extends Extensions {
  readonly der: Bytes;
  readonly fingerprint: Bytes; // SHA-256 of the DER
  readonly serial: string; // lower-case hexadecimal
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Time;
  readonly notAfter: Time;
  readonly keyInfo: Bytes; // SubjectPublicKeyInfo
}

/**
 * A certificate in the form that the network accepts: version 3, P-256, ecdsa-with-SHA256, known extensions only, one DER
 * encoding (src/x509/certificate.h). Says nothing about trust: see path.ts.
 */
export class Certificate {
  private constructor(private readonly parsed: Parsed) {}

  static async fromDer(bytes: Bytes): Promise<Certificate> {
    if (bytes.length > LARGEST) refuse('too_large', 'certificate: over 8 KiB');
    const outer = der.readOnly(bytes, Tag.sequence);
    const fields = outer.enter(Tag.sequence);
    expectEcdsa(outer, 'certificate');
    outer.bitString();
    outer.finish();
    const version = fields.enter(der.contextConstructed(0));
    if (version.smallInteger() !== VERSION_3) refuse('unsupported', 'certificate: not version 3');
    version.finish();
    const serial = readSerial(fields);
    expectEcdsa(fields, 'certificate');
    const issuer = Name.fromDer(fields.element(Tag.sequence).whole);
    const validity = fields.enter(Tag.sequence);
    const notBefore = validity.time();
    const notAfter = validity.time();
    validity.finish();
    if (notAfter < notBefore) malformed('ends before it begins');
    const subject = Name.fromDer(fields.element(Tag.sequence).whole);
    const keyInfo = fields.element(Tag.sequence).whole;
    const isP256 = keyInfo.length === P256_PREFIX.length + P256_POINT && equal(keyInfo.subarray(0, P256_PREFIX.length), P256_PREFIX);
    if (!isP256) refuse('unsupported', 'certificate: key is not P-256');
    const tagged = fields.enter(der.contextConstructed(3));
    fields.finish();
    const extensions = parseExtensions(tagged.element(Tag.sequence).whole);
    tagged.finish();
    const fingerprint = await sha256(bytes);
    return new Certificate({ ...extensions, der: bytes, fingerprint, serial, issuer, subject, notBefore, notAfter, keyInfo });
  }

  get der(): Bytes { return this.parsed.der; }
  get fingerprint(): Bytes { return this.parsed.fingerprint; }
  get serial(): string { return this.parsed.serial; }
  get issuer(): Name { return this.parsed.issuer; }
  get subject(): Name { return this.parsed.subject; }
  get notBefore(): Time { return this.parsed.notBefore; }
  get notAfter(): Time { return this.parsed.notAfter; }
  get keyInfo(): Bytes { return this.parsed.keyInfo; }
  get extensions(): Readonly<Extensions> { return this.parsed; }

  get isCa(): boolean { return this.parsed.certificateAuthority !== null; }

  /** Of a CA by its issuer, of others by policy; null where there is not exactly one. */
  get role(): Role | null {
    if (this.isCa) return this.subject.equals(this.issuer) ? 'network-root' : 'data-centre';
    const roles = this.parsed.policies.flatMap(({ oid }) => roleOfPolicy(oid) ?? []);
    return roles.length === 1 ? roles[0]! : null;
  }

  /** Where the policies say the key was made; null where they do not say it once. */
  get keyOrigin(): KeyOrigin | null {
    const origins = this.parsed.policies.flatMap(({ oid }) => keyOriginOfPolicy(oid) ?? []);
    return origins.length === 1 ? origins[0]! : null;
  }

  /** Name of the merchant that registered the holder, or null. */
  get registeredBy(): string | null {
    if (this.keyOrigin === null) return null;
    return this.parsed.policies.find(({ oid }) => keyOriginOfPolicy(oid) !== null)!.notice;
  }

  equals(other: Certificate): boolean {
    return equal(this.der, other.der);
  }

  /** Whether its signature verifies under that certificate's key. */
  isCertifiedBy(issuer: Certificate): Promise<boolean> {
    return isCertifiedBy(this.der, issuer.der);
  }

  /** Whether its key signed these octets. */
  verifies(octets: Bytes, signature: Bytes): Promise<boolean> {
    return isSignedBy(this.der, octets, signature);
  }
}

/** A positive INTEGER of at most 20 octets, its sign included (RFC 5280 §4.1.2.2). */
export function readSerial(reader: der.Reader): string {
  const magnitude = reader.unsignedInteger();
  const hasSignOctet = magnitude[0]! >= 0x80;
  if (magnitude[0] === 0 || magnitude.length + (hasSignOctet ? 1 : 0) > 20) refuse('malformed', 'serial number: not a positive integer of at most 20 octets');
  return hexEncode(magnitude);
}

/** The certificates of a PEM file, one or more; text around them is skipped, other PEM blocks are refused. */
export async function certificatesFromPem(pem: string): Promise<Certificate[]> {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----/g)];
  if (blocks.length === 0) refuse('malformed', 'PEM: no certificate');
  if (blocks.length > 8) refuse('too_large', 'PEM: more than eight certificates');
  return Promise.all(blocks.map(([, begin, body, end]) => {
    if (begin !== 'CERTIFICATE' || end !== begin) refuse('unsupported', `PEM: ${begin} is no certificate`);
    return Certificate.fromDer(base64Decode(body!.replace(/\s+/g, '')));
  }));
}
