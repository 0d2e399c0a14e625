// SPDX-License-Identifier: Apache-2.0
// SignedData (RFC 5652 §5) in the one form that the network makes and accepts (src/x509/cms.h, cms_reader.cpp).
import { type Bytes, compare, equal, sha256 } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import { Certificate } from './certificate.js';
import * as der from './der.js';
import { Tag } from './der.js';
import { ARC, KeyUsage } from './profile.js';
import { isSignedMessage } from './second_reader.js';

export const USUAL_LIMIT = 256 << 10;
const MOST_CERTIFICATES = 4;
const COORDINATE = 32;

const SIGNED_DATA = der.oid('1.2.840.113549.1.7.2');
const DATA = der.oid('1.2.840.113549.1.7.1');
const SHA256 = der.sequence(der.oid('2.16.840.1.101.3.4.2.1'));
const ECDSA = der.sequence(der.oid('1.2.840.10045.4.3.2'));
const VERSION_1 = Uint8Array.of(0x02, 0x01, 0x01);
const VERSION_3 = Uint8Array.of(0x02, 0x01, 0x03);
const CONTENT_TYPE = der.oid('1.2.840.113549.1.9.3');
const SIGNING_TIME = der.oid('1.2.840.113549.1.9.5');
const MESSAGE_DIGEST = der.oid('1.2.840.113549.1.9.4');
const SIGNING_CERTIFICATE = der.oid('1.2.840.113549.1.9.16.2.47');
const PAYMENT_DIGEST = der.oid(`${ARC}.3.1`);

const malformed = (what: string): never => refuse('malformed', `cms: ${what}`);
const unsupported = (what: string): never => refuse('unsupported', `cms: ${what}`);

/** Issuer and serial number of a certificate, each as the element that stands in it. */
interface Identifier {
  readonly issuer: Bytes;
  readonly serial: Bytes;
}
const isSame = (a: Identifier, b: Identifier): boolean => equal(a.issuer, b.issuer) && equal(a.serial, b.serial);

function identifierOf(certificate: Bytes): Identifier {
  const fields = der.readOnly(certificate, Tag.sequence).enter(Tag.sequence);
  fields.element(der.contextConstructed(0));
  const serial = fields.element(Tag.integer).whole;
  fields.element(Tag.sequence);
  return { issuer: fields.element(Tag.sequence).whole, serial };
}

interface Attributes {
  readonly signingTime: Time;
  readonly messageDigest: Bytes;
  readonly paymentDigest: Bytes | null;
  readonly certificateHash: Bytes;
}

/** A message that is well formed; nothing of it is believed yet. */
export interface UnverifiedCms extends Attributes {
  readonly der: Bytes;
  readonly content: Bytes;
  readonly isSignedDataInside: boolean; // else it is data
  readonly certificates: readonly Bytes[];
  readonly signerCertificate: Bytes;
}

/** The single value of the next attribute, which must be of that type. */
function readAttribute(attributes: der.Reader, type: Bytes, name: string): der.Reader {
  if (attributes.atEnd()) malformed(`${name} missing`);
  const attribute = attributes.enter(Tag.sequence);
  if (!equal(attribute.element(Tag.oid).whole, type)) malformed(`${name} missing or out of order`);
  const values = attribute.enter(Tag.set);
  attribute.finish();
  return values;
}

function readPaymentDigest(attributes: der.Reader): Bytes | null {
  if (attributes.atEnd()) return null;
  if (!equal(attributes.ahead().enter(Tag.sequence).element(Tag.oid).whole, PAYMENT_DIGEST)) return null;
  const values = readAttribute(attributes, PAYMENT_DIGEST, 'attribute payment-digest');
  const digest = values.contents(Tag.octetString);
  if (digest.length !== 32) malformed('payment-digest is not a SHA-256');
  values.finish();
  return digest;
}

/** SigningCertificateV2 (RFC 5035 §3) with one ESSCertIDv2: SHA-256 (the default, hence absent), hash, issuer and serial. */
function readSigningCertificate(values: der.Reader, identifier: Identifier): Bytes {
  const attribute = values.enter(Tag.sequence);
  values.finish();
  const list = attribute.enter(Tag.sequence);
  attribute.finish();
  const certificate = list.enter(Tag.sequence);
  list.finish();
  const hash = certificate.contents(Tag.octetString);
  const issuerSerial = certificate.enter(Tag.sequence);
  certificate.finish();
  const names = issuerSerial.enter(Tag.sequence);
  const name = names.enter(der.contextConstructed(4));
  names.finish();
  const issuer = name.element(Tag.sequence).whole;
  name.finish();
  const serial = issuerSerial.element(Tag.integer).whole;
  issuerSerial.finish();
  if (!isSame({ issuer, serial }, identifier)) malformed("signing-certificate-v2 names another certificate than the signer's");
  return hash;
}

/** DER sorts the attributes by their lengths, which never overlap: there is one order only. */
function readAttributes(contents: Bytes, identifier: Identifier, contentType: Bytes): Attributes {
  const attributes = new der.Reader(contents);
  const type = readAttribute(attributes, CONTENT_TYPE, 'attribute content-type');
  der.expect(type, contentType, 'cms: attribute content-type');
  type.finish();
  const time = readAttribute(attributes, SIGNING_TIME, 'attribute signing-time');
  const signingTime = time.time();
  time.finish();
  const digest = readAttribute(attributes, MESSAGE_DIGEST, 'attribute message-digest');
  const messageDigest = digest.contents(Tag.octetString);
  digest.finish();
  const paymentDigest = readPaymentDigest(attributes);
  const certificate = readAttribute(attributes, SIGNING_CERTIFICATE, 'attribute signing-certificate-v2');
  const certificateHash = readSigningCertificate(certificate, identifier);
  if (!attributes.atEnd()) unsupported('a signed attribute more than those accepted');
  return { signingTime, messageDigest, paymentDigest, certificateHash };
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) in its one encoding. */
function checkSignatureForm(signature: Bytes): void {
  const value = der.readOnly(signature, Tag.sequence);
  for (let i = 0; i < 2; i += 1) {
    const number = value.unsignedInteger();
    if (number.length > COORDINATE || number[0] === 0) malformed('signature out of range');
  }
  value.finish();
}

function readSignerInfo(data: der.Reader, contentType: Bytes): { identifier: Identifier; attributes: Attributes } {
  const infos = data.enter(Tag.set);
  if (infos.atEnd()) unsupported('no signer');
  const info = infos.enter(Tag.sequence);
  if (!infos.atEnd()) unsupported('more than one signer');
  der.expect(info, VERSION_1, 'cms: version of the signer');
  const sid = info.enter(Tag.sequence);
  const identifier = { issuer: sid.element(Tag.sequence).whole, serial: sid.element(Tag.integer).whole };
  sid.finish();
  der.expect(info, SHA256, 'cms: digest algorithm of the signer');
  if (!info.nextIs(der.contextConstructed(0))) unsupported('no signed attributes');
  const attributes = info.contents(der.contextConstructed(0));
  der.expect(info, ECDSA, 'cms: signature algorithm');
  checkSignatureForm(info.contents(Tag.octetString));
  if (!info.atEnd()) unsupported('unsigned attributes are not accepted');
  return { identifier, attributes: readAttributes(attributes, identifier, contentType) };
}

function readCertificates(data: der.Reader): Bytes[] {
  if (!data.nextIs(der.contextConstructed(0))) unsupported('no certificates');
  const reader = data.enter(der.contextConstructed(0));
  const certificates: Bytes[] = [];
  while (!reader.atEnd()) {
    const { whole } = reader.element(Tag.sequence);
    if (certificates.length === MOST_CERTIFICATES) refuse('too_large', 'cms: more than four certificates');
    const before = certificates.at(-1);
    if (before !== undefined && compare(before, whole) >= 0) malformed('certificates out of order, or one twice');
    certificates.push(whole);
  }
  return certificates;
}

interface OpenedCms {
  readonly content: Bytes;
  readonly type: Bytes; // the whole element
  readonly data: der.Reader; // stands behind the content
}

function openCms(bytes: Bytes): OpenedCms {
  const info = der.readOnly(bytes, Tag.sequence);
  der.expect(info, SIGNED_DATA, 'cms: content type');
  const wrapped = info.enter(der.contextConstructed(0));
  info.finish();
  const data = wrapped.enter(Tag.sequence);
  wrapped.finish();
  const version = data.element(Tag.integer).whole;
  const digests = data.enter(Tag.set);
  der.expect(digests, SHA256, 'cms: digest algorithm');
  digests.finish();
  const inner = data.enter(Tag.sequence);
  const type = inner.element(Tag.oid).whole;
  const isSignedDataInside = equal(type, SIGNED_DATA);
  if (!isSignedDataInside && !equal(type, DATA)) unsupported('content is neither data nor signed data');
  if (inner.atEnd()) unsupported('content is not attached');
  const octets = inner.enter(der.contextConstructed(0));
  inner.finish();
  const content = octets.contents(Tag.octetString);
  octets.finish();
  if (!equal(version, isSignedDataInside ? VERSION_3 : VERSION_1)) unsupported('version');
  return { content, type, data };
}

/** The content of a message of data, and every octet that follows it, at which nothing looks (src/x509/cms.h). */
export function splitCms(bytes: Bytes): { content: Bytes; rest: Bytes } {
  const { content, type, data } = openCms(bytes);
  if (!equal(type, DATA)) malformed('another beginning than ours');
  return { content, rest: data.remaining() };
}

/** Reads the form and believes nothing. */
export function parseCms(bytes: Bytes, limit = USUAL_LIMIT): UnverifiedCms {
  if (bytes.length > limit) refuse('too_large', 'cms: longer than its limit');
  const { content, type, data } = openCms(bytes);
  const certificates = readCertificates(data);
  if (data.nextIs(der.contextConstructed(1))) unsupported('CRLs are not accepted');
  const { identifier, attributes } = readSignerInfo(data, type);
  data.finish();
  const own = certificates.filter((certificate) => isSame(identifierOf(certificate), identifier));
  if (own.length > 1) malformed('two certificates of the signer');
  const signerCertificate = own[0] ?? unsupported("the signer's certificate is not included");
  return { der: bytes, content, isSignedDataInside: equal(type, SIGNED_DATA), certificates, signerCertificate, ...attributes };
}

/**
 * Demands that the message was signed with that certificate, which is for documents, and that content, attributes and
 * signature belong together. Says nothing else about the certificate: see verifyPath. Whether the signature covers a payment
 * is the caller's to judge.
 */
export async function verifyCms(cms: UnverifiedCms, signer: Certificate): Promise<void> {
  const refused = (what: string): never => refuse('signature_invalid', `cms: ${what}`);
  if (!equal(signer.der, cms.signerCertificate)) refused('signed with another certificate');
  if (!equal(signer.fingerprint, cms.certificateHash)) refused('signing-certificate-v2 names another certificate');
  if ((signer.extensions.keyUsage & KeyUsage.nonRepudiation) === 0) refuse('wrong_role', "cms: the signer's certificate is not for documents");
  if (!equal(await sha256(cms.content), cms.messageDigest)) refused('the content is not the one that was signed');
  if (!(await isSignedMessage(cms.der, signer.der, cms.content))) refused("the signature does not verify under the signer's key");
}
