// SPDX-License-Identifier: Apache-2.0
// OCSP responses (RFC 6960 §4.2) as authorities give them (src/x509/ocsp_verify.cpp, ocsp_form.cpp).
import { type Bytes, equal, sha1, sha256 } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { TOLERANCE, type Time } from '../base/time.js';
import { Certificate, expectEcdsa, readSerial } from './certificate.js';
import * as der from './der.js';
import { Tag } from './der.js';
import { type TrustAnchor, verifyPath } from './path.js';

export type CertificateStatus = 'good' | 'revoked' | 'on-hold' | 'unknown';

export interface OcspAnswer {
  readonly status: CertificateStatus;
  readonly thisUpdate: Time;
  readonly nextUpdate: Time;
  readonly responder: Certificate;
}

const LARGEST = 64 << 10;
const BASIC = der.oid('1.3.6.1.5.5.7.48.1.1');
const HASHES = new Map([['1.3.14.3.2.26', sha1], ['2.16.840.1.101.3.4.2.1', sha256]]);
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const REASONS = new Set([1, 3, 4, 5, 6, 9]); // CRLReason of RFC 5280 §5.3.1, as far as the network uses it
const ON_HOLD = 6;

const malformed = (what: string): never => refuse('malformed', `ocsp: ${what}`);

interface BasicResponse {
  readonly data: Bytes;
  readonly signature: Bytes;
  readonly certificate: Bytes;
}

function readBasicResponse(bytes: Bytes): BasicResponse {
  if (bytes.length > LARGEST) refuse('too_large', 'ocsp: response over 64 KiB');
  const response = der.readOnly(bytes, Tag.sequence);
  const status = response.smallInteger(Tag.enumerated);
  if (status !== 0) refuse(status === 6 ? 'certificate_unknown' : status === 1 ? 'malformed' : 'unavailable', `ocsp: the responder answered status ${status}`);
  const tagged = response.enter(der.contextConstructed(0));
  response.finish();
  const typed = tagged.enter(Tag.sequence);
  tagged.finish();
  if (!equal(typed.element(Tag.oid).whole, BASIC)) refuse('unsupported', 'ocsp: response type');
  const inside = typed.contents(Tag.octetString);
  typed.finish();
  const basic = der.readOnly(inside, Tag.sequence);
  const data = basic.element(Tag.sequence).whole;
  expectEcdsa(basic, 'ocsp');
  const signature = basic.bitString();
  if (basic.atEnd()) refuse('unsupported', "ocsp: the responder's certificate is not included");
  const certificates = basic.enter(der.contextConstructed(0));
  basic.finish();
  const list = certificates.enter(Tag.sequence);
  certificates.finish();
  return { data, signature, certificate: list.element(Tag.sequence).whole };
}

/** A CertID; whether it is of that CA is answered with it. Hashes that are not known match nobody. */
async function readCertId(reader: der.Reader, ca: Certificate): Promise<{ serial: string; isOfCa: boolean }> {
  const fields = reader.enter(Tag.sequence);
  const algorithm = fields.enter(Tag.sequence);
  const hash = HASHES.get(algorithm.oid());
  if (!algorithm.atEnd() && algorithm.contents(Tag.null).length > 0) malformed('hash algorithm');
  algorithm.finish();
  const nameHash = fields.contents(Tag.octetString);
  const keyHash = fields.contents(Tag.octetString);
  const serial = readSerial(fields);
  fields.finish();
  const keyInfo = der.readOnly(ca.keyInfo, Tag.sequence);
  keyInfo.element(Tag.sequence);
  const key = keyInfo.bitString();
  const isOfCa = hash !== undefined && equal(await hash(ca.subject.der), nameHash) && equal(await hash(key.slice()), keyHash);
  return { serial, isOfCa };
}

function readStatus(answer: der.Reader): CertificateStatus {
  for (const [tag, status] of [[0, 'good'], [2, 'unknown']] as const) {
    if (!answer.nextIs(der.context(tag))) continue;
    if (answer.any().contents.length > 0) malformed('status');
    return status;
  }
  const revoked = answer.enter(der.contextConstructed(1));
  revoked.generalizedTime();
  let reason = 0;
  if (!revoked.atEnd()) {
    const tagged = revoked.enter(der.contextConstructed(0));
    reason = tagged.smallInteger(Tag.enumerated);
    if (!REASONS.has(reason)) refuse('unsupported', 'ocsp: reason not known');
    tagged.finish();
  }
  revoked.finish();
  return reason === ON_HOLD ? 'on-hold' : 'revoked';
}

/** Extensions of the response: a nonce, or others that are not critical. */
function checkExtensions(data: der.Reader): void {
  if (data.atEnd()) return;
  const tagged = data.enter(der.contextConstructed(1));
  data.finish();
  const extensions = tagged.enter(Tag.sequence);
  tagged.finish();
  let nonces = 0;
  while (!extensions.atEnd()) {
    const extension = extensions.enter(Tag.sequence);
    const oid = extension.oid();
    const isCritical = extension.nextIs(Tag.boolean);
    if (isCritical && !extension.boolean()) malformed('default encoded');
    const value = extension.contents(Tag.octetString);
    extension.finish();
    if (oid !== NONCE) {
      if (isCritical) refuse('unsupported', `ocsp: critical extension ${oid}`);
      continue;
    }
    const wrapped = new der.Reader(value);
    const size = wrapped.contents(Tag.octetString).length;
    wrapped.finish();
    nonces += 1;
    if (size === 0 || size > 32 || nonces > 1) malformed('nonce');
  }
}

async function readAnswer(responses: der.Reader, subject: Certificate, ca: Certificate): Promise<Omit<OcspAnswer, 'responder'> | null> {
  const answer = responses.enter(Tag.sequence);
  const { serial, isOfCa } = await readCertId(answer, ca);
  const status = readStatus(answer);
  const thisUpdate = answer.generalizedTime();
  const next = answer.enter(der.contextConstructed(0));
  const nextUpdate = next.generalizedTime();
  next.finish();
  answer.finish();
  return isOfCa && serial === subject.serial ? { status, thisUpdate, nextUpdate } : null;
}

/** The one answer about `subject` in a ResponseData. */
async function readResponseData(bytes: Bytes, subject: Certificate, ca: Certificate): Promise<Omit<OcspAnswer, 'responder'>> {
  const data = der.readOnly(bytes, Tag.sequence);
  data.enter(der.contextConstructed(2)); // responder by key: what verifies the signature is decisive
  data.generalizedTime(); // producedAt
  const responses = data.enter(Tag.sequence);
  checkExtensions(data);
  let found: Omit<OcspAnswer, 'responder'> | null = null;
  while (!responses.atEnd()) {
    const answer = await readAnswer(responses, subject, ca);
    if (answer !== null && found !== null) malformed('two answers about one certificate');
    found ??= answer;
  }
  return found ?? refuse('certificate_unknown', 'ocsp: no answer about the certificate');
}

/**
 * Checks signature, responder (delegated by the CA that issued `subject`), that the answer is about it, and
 * thisUpdate − 60 s ≤ at ≤ nextUpdate + 60 s; answers what it states.
 */
export async function verifyOcspResponse(bytes: Bytes, subject: Certificate, anchor: TrustAnchor, at: Time): Promise<OcspAnswer> {
  const ca = anchor.issuerOf(subject) ?? refuse('certificate_unknown', 'ocsp: no known CA issued the certificate');
  const response = readBasicResponse(bytes);
  const responder = await Certificate.fromDer(response.certificate);
  await verifyPath(responder, anchor, 'ocsp-responder', at);
  if (!responder.issuer.equals(subject.issuer)) refuse('wrong_role', 'ocsp: a responder of another issuer');
  if (!(await responder.verifies(response.data, response.signature))) refuse('signature_invalid', 'ocsp: the signature does not verify');
  const answer = await readResponseData(response.data, subject, ca);
  if (at < answer.thisUpdate - TOLERANCE) refuse('not_yet_valid', 'ocsp: answer of a later time');
  if (at > answer.nextUpdate + TOLERANCE) refuse('expired', 'ocsp: answer too old');
  return { ...answer, responder };
}
