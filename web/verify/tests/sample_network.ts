// SPDX-License-Identifier: Apache-2.0
// A network of two data centres for the tests: certificates, SignedData and OCSP responses by pkijs, Ed25519 and hashes by
// node:crypto. Nothing here uses what is tested.
import { type KeyObject, createHash, generateKeyPairSync, sign, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

if (globalThis.crypto === undefined) Object.defineProperty(globalThis, 'crypto', { value: webcrypto }); // Node.js 18
const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto });
pkijs.setEngine('node', engine);

export const ARC = '2.25.5029185730381929265412404197190874440';
export const NOW = new Date('2026-11-22T08:31:00Z');
const DAY = 86_400_000;

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
export const base64 = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('base64');
export const iso = (time: Date): string => time.toISOString().replace('.000Z', 'Z');
export const after = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

// --- names, most significant attribute first

export type NameParts = readonly (readonly [type: string, value: string])[];
const TYPES: Readonly<Record<string, string>> = { CN: '2.5.4.3', OU: '2.5.4.11', O: '2.5.4.10', UID: '0.9.2342.19200300.100.1.1' };

export const NETWORK: NameParts = [['O', 'Countersign Demo']];
export const centreName = (name: string): NameParts => [...NETWORK, ['OU', 'kr'], ['OU', name]];
export const nameText = (parts: NameParts): string => [...parts].reverse().map(([type, value]) => `${type}=${value}`).join(',');

/** One attribute in each RDN, which pkijs reads and does not make. */
function distinguishedName(parts: NameParts): pkijs.RelativeDistinguishedNames {
  const rdns = parts.map(([type, value]) => new asn1js.Set({
    value: [new asn1js.Sequence({ value: [new asn1js.ObjectIdentifier({ value: TYPES[type]! }), new asn1js.Utf8String({ value })] })],
  }));
  return pkijs.RelativeDistinguishedNames.fromBER(new asn1js.Sequence({ value: rdns }).toBER());
}

// --- certificates

export interface Holder {
  readonly certificate: pkijs.Certificate;
  readonly der: Uint8Array;
  readonly key: CryptoKey;
  readonly name: NameParts;
  readonly above: readonly Holder[]; // what goes into its messages beside itself
}

interface Wanted {
  readonly name: NameParts;
  readonly usage: number;
  readonly days: number;
  readonly begins?: Date;
  readonly ca?: number; // path length
  readonly extendedUsage?: readonly string[];
  readonly policies?: readonly { readonly oid: string; readonly notice?: string }[];
  readonly origins?: readonly string[];
  readonly permitted?: { readonly subtree: NameParts; readonly dns: readonly string[] };
  readonly isResponder?: boolean;
  readonly above?: readonly Holder[];
}

const octets = (bytes: ArrayBuffer | Uint8Array): asn1js.OctetString => new asn1js.OctetString({ valueHex: Uint8Array.from(new Uint8Array(bytes)).buffer });

function extension(oid: string, critical: boolean, value: asn1js.BaseBlock): pkijs.Extension {
  return new pkijs.Extension({ extnID: oid, critical, extnValue: value.toBER() });
}

function bits(value: number): asn1js.BitString {
  return new asn1js.BitString({ valueHex: Uint8Array.of(value).buffer, unusedBits: 31 - Math.clz32(value & -value) });
}

function subtrees(names: readonly pkijs.GeneralName[]): pkijs.GeneralSubtree[] {
  return names.map((base) => new pkijs.GeneralSubtree({ base }));
}

/** Permits these names, no mail and no addresses. */
function limits({ subtree, dns }: { subtree: NameParts; dns: readonly string[] }): asn1js.BaseBlock {
  const named = (type: 1 | 2, value: string): pkijs.GeneralName => new pkijs.GeneralName({ type, value });
  const anyAddress = [8, 32].map((size) => new pkijs.GeneralName({ type: 7, value: octets(new Uint8Array(size)) }));
  return new pkijs.NameConstraints({
    permittedSubtrees: subtrees([new pkijs.GeneralName({ type: 4, value: distinguishedName(subtree) }), named(1, 'invalid'), ...dns.map((domain) => named(2, domain))]),
    excludedSubtrees: subtrees([named(1, ''), ...anyAddress]),
  }).toSchema();
}

function policies(list: NonNullable<Wanted['policies']>): asn1js.BaseBlock {
  return new pkijs.CertificatePolicies({
    certificatePolicies: list.map(({ oid, notice }) => new pkijs.PolicyInformation({
      policyIdentifier: oid,
      ...(notice === undefined ? {} : {
        policyQualifiers: [new pkijs.PolicyQualifierInfo({
          policyQualifierId: '1.3.6.1.5.5.7.2.2', qualifier: new asn1js.Sequence({ value: [new asn1js.Utf8String({ value: notice })] }),
        })],
      }),
    })),
  }).toSchema();
}

const keyIdOf = (certificate: pkijs.Certificate): Buffer =>
  createHash('sha1').update(certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView).digest();

function extensionsOf(wanted: Wanted, certificate: pkijs.Certificate, issuer: pkijs.Certificate | null): pkijs.Extension[] {
  const list: pkijs.Extension[] = [];
  if (wanted.ca !== undefined) list.push(extension('2.5.29.19', true, new pkijs.BasicConstraints({ cA: true, pathLenConstraint: wanted.ca }).toSchema()));
  list.push(extension('2.5.29.15', true, bits(wanted.usage)));
  if (wanted.extendedUsage) list.push(extension('2.5.29.37', false, new pkijs.ExtKeyUsage({ keyPurposes: [...wanted.extendedUsage] }).toSchema()));
  list.push(extension('2.5.29.14', false, octets(keyIdOf(certificate))));
  if (issuer) list.push(extension('2.5.29.35', false, new pkijs.AuthorityKeyIdentifier({ keyIdentifier: octets(keyIdOf(issuer)) }).toSchema()));
  if (wanted.policies) list.push(extension('2.5.29.32', false, policies(wanted.policies)));
  if (wanted.origins) {
    const names = wanted.origins.map((value) => new pkijs.GeneralName({ type: 6, value }));
    list.push(extension('2.5.29.17', false, new pkijs.GeneralNames({ names }).toSchema()));
  }
  if (wanted.permitted) list.push(extension('2.5.29.30', true, limits(wanted.permitted)));
  if (wanted.isResponder) list.push(extension('1.3.6.1.5.5.7.48.1.5', false, new asn1js.Null()));
  return list;
}

let serials = 0;

export async function certify(wanted: Wanted, issuer: Holder | null): Promise<Holder> {
  const keys = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])) as unknown as CryptoKeyPair;
  const certificate = new pkijs.Certificate();
  certificate.version = 2;
  serials += 1;
  const serial = Uint8Array.of(0x41, ...sha256(nameText(wanted.name), String(serials)).subarray(0, 15));
  certificate.serialNumber = new asn1js.Integer({ valueHex: serial.buffer });
  certificate.issuer = distinguishedName(issuer ? issuer.name : wanted.name);
  certificate.subject = distinguishedName(wanted.name);
  const begins = wanted.begins ?? after(NOW, -3600);
  certificate.notBefore = new pkijs.Time({ value: begins });
  certificate.notAfter = new pkijs.Time({ value: new Date(begins.getTime() + wanted.days * DAY) });
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  certificate.extensions = extensionsOf(wanted, certificate, issuer?.certificate ?? null);
  await certificate.sign(issuer ? issuer.key : keys.privateKey, 'SHA-256', engine);
  const der = new Uint8Array(certificate.toSchema(true).toBER());
  return { certificate: pkijs.Certificate.fromBER(der), der, key: keys.privateKey, name: wanted.name, above: wanted.above ?? [] };
}

const DIGITAL_SIGNATURE = 0x80;
const COMMITMENT = 0xc0;
const AUTHORITY = 0x06;
const DOCUMENTS = '1.3.6.1.5.5.7.3.36';
const TLS = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
const role = (number: number): string => `${ARC}.1.${number}`;
const madeBy = (number: 1 | 2): string => `${ARC}.2.${number}`;

export interface Centre {
  readonly name: NameParts;
  readonly ca: Holder;
  readonly signer: Holder;
  readonly responder: Holder;
  readonly log: NoteKey;
  readonly witness: NoteKey;
}

export const SHOP = 'https://shop.example:8443';
export const MERCHANT_NAME: NameParts = [...centreName('seoul-1'), ['OU', 'merchants'], ['CN', 'Sample Shop']];

function leafOf(ca: Holder, wanted: Omit<Wanted, 'above'>): Promise<Holder> {
  return certify({ ...wanted, above: [ca] }, ca);
}

export async function makeCentre(root: Holder, id: string): Promise<Centre> {
  const name = centreName(id);
  const all = [...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(role), madeBy(1), madeBy(2)].map((oid) => ({ oid }));
  const ca = await certify({ name: [...name, ['CN', 'Certification Authority 1']], usage: AUTHORITY, days: 3652, ca: 0, policies: all,
    permitted: { subtree: name, dns: ['example'] } }, root);
  const of = (cn: string): NameParts => [...name, ['OU', 'authority'], ['CN', cn]];
  const signer = await leafOf(ca, { name: of('Confirmations'), usage: COMMITMENT, days: 1095, extendedUsage: [DOCUMENTS], policies: [{ oid: role(2) }] });
  const responder = await leafOf(ca, { name: of('Status'), usage: DIGITAL_SIGNATURE, days: 365, extendedUsage: ['1.3.6.1.5.5.7.3.9'],
    policies: [{ oid: role(1) }], isResponder: true });
  return { name, ca, signer, responder, log: new NoteKey(`${id}.example/log`, 1), witness: new NoteKey(`${id}.example/witness`, 4) };
}

export function makeMerchant(ca: Holder, origins: readonly string[] = [SHOP], name = MERCHANT_NAME): Promise<Holder> {
  return leafOf(ca, { name, usage: COMMITMENT, days: 397, extendedUsage: [...TLS, DOCUMENTS], origins, policies: [{ oid: role(4) }, { oid: madeBy(2) }] });
}

export function makePurchaser(ca: Holder, more: Partial<Wanted> = {}): Promise<Holder> {
  return leafOf(ca, { name: [...centreName('seoul-1'), ['OU', 'purchasers'], ['UID', 'p-7f3a']], usage: COMMITMENT, days: 730, extendedUsage: [DOCUMENTS],
    policies: [{ oid: role(5) }, { oid: madeBy(1), notice: nameText(MERCHANT_NAME) }], ...more });
}

export interface SampleNetwork {
  readonly root: Holder;
  readonly mapSigner: Holder;
  readonly seoul: Centre;
  readonly osaka: Centre;
  readonly merchant: Holder;
  readonly purchaser: Holder;
}

export const makeRoot = (name = NETWORK): Promise<Holder> => certify({ name, usage: AUTHORITY, days: 7305, ca: 1 }, null);

export async function makeNetwork(): Promise<SampleNetwork> {
  const root = await makeRoot();
  const mapSigner = await certify({ name: [...NETWORK, ['CN', 'Network Map']], usage: COMMITMENT, days: 731, extendedUsage: [DOCUMENTS],
    policies: [{ oid: role(10) }] }, root);
  const [seoul, osaka] = [await makeCentre(root, 'seoul-1'), await makeCentre(root, 'osaka-1')];
  return { root, mapSigner, seoul, osaka, merchant: await makeMerchant(seoul.ca), purchaser: await makePurchaser(seoul.ca) };
}

export function pemOf(...holders: readonly Holder[]): string {
  return holders.map(({ der }) => `-----BEGIN CERTIFICATE-----\n${base64(der).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`).join('');
}

// --- SignedData

const SHA256 = '2.16.840.1.101.3.4.2.1';

export interface SigningOptions {
  readonly inside?: 'data' | 'signed-data';
  readonly at?: Date;
  readonly paymentDigest?: Uint8Array;
  readonly without?: readonly Holder[]; // certificates that are left out
}

function attribute(type: string, value: asn1js.BaseBlock): pkijs.Attribute {
  return new pkijs.Attribute({ type, values: [value] });
}

/** ESSCertIDv2 with SHA-256, issuer and serial. */
function signingCertificate(signer: Holder): asn1js.BaseBlock {
  const issuer = new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 4 }, value: [signer.certificate.issuer.toSchema()] });
  const issuerSerial = new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [issuer] }), signer.certificate.serialNumber] });
  const certificate = new asn1js.Sequence({ value: [octets(sha256(signer.der)), issuerSerial] });
  return new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [certificate] })] });
}

export async function signMessage(signer: Holder, content: Uint8Array, options: SigningOptions = {}): Promise<Uint8Array> {
  const type = options.inside === 'signed-data' ? '1.2.840.113549.1.7.2' : '1.2.840.113549.1.7.1';
  const carried = [signer, ...signer.above].filter((each) => !options.without?.includes(each)).sort((a, b) => Buffer.compare(a.der, b.der));
  const attributes = [
    attribute('1.2.840.113549.1.9.3', new asn1js.ObjectIdentifier({ value: type })),
    attribute('1.2.840.113549.1.9.5', new asn1js.UTCTime({ valueDate: options.at ?? NOW })),
    attribute('1.2.840.113549.1.9.4', octets(sha256(content))),
    ...(options.paymentDigest ? [attribute(`${ARC}.3.1`, octets(options.paymentDigest))] : []),
    attribute('1.2.840.113549.1.9.16.2.47', signingCertificate(signer)),
  ];
  const info = new pkijs.SignerInfo({
    version: 1,
    sid: new pkijs.IssuerAndSerialNumber({ issuer: signer.certificate.issuer, serialNumber: signer.certificate.serialNumber }),
    signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
  });
  const signed = new pkijs.SignedData({
    version: options.inside === 'signed-data' ? 3 : 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: type }),
    signerInfos: [info],
    certificates: carried.map(({ certificate }) => certificate),
  });
  signed.encapContentInfo.eContent = octets(content);
  await signed.sign(signer.key, 0, 'SHA-256', undefined, engine);
  // RFC 5754 §2: without parameters.
  signed.digestAlgorithms = [new pkijs.AlgorithmIdentifier({ algorithmId: SHA256 })];
  info.digestAlgorithm = new pkijs.AlgorithmIdentifier({ algorithmId: SHA256 });
  const outer = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: signed.toSchema(true) });
  return new Uint8Array(outer.toSchema().toBER());
}

// --- OCSP

export interface StatusOptions {
  readonly at?: Date;
  readonly lifetime?: number; // seconds
  readonly status?: 'good' | 'revoked' | 'on-hold' | 'unknown';
}

function statusElement(status: NonNullable<StatusOptions['status']>, at: Date): asn1js.BaseBlock {
  if (status === 'good' || status === 'unknown') return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: status === 'good' ? 0 : 2 } });
  const reason = new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [new asn1js.Enumerated({ value: status === 'on-hold' ? 6 : 1 })] });
  return new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 1 }, value: [new asn1js.GeneralizedTime({ valueDate: at }), reason] });
}

export async function stateStatus(subject: Holder, ca: Holder, responder: Holder, options: StatusOptions = {}): Promise<Uint8Array> {
  const at = options.at ?? NOW;
  const basic = new pkijs.BasicOCSPResponse();
  basic.tbsResponseData.responderID = octets(keyIdOf(responder.certificate));
  basic.tbsResponseData.producedAt = at;
  const single = new pkijs.SingleResponse();
  await single.certID.createForCertificate(subject.certificate, { hashAlgorithm: 'SHA-256', issuerCertificate: ca.certificate }, engine);
  single.certStatus = statusElement(options.status ?? 'good', at);
  single.thisUpdate = at;
  single.nextUpdate = after(at, options.lifetime ?? 600);
  basic.tbsResponseData.responses = [single];
  basic.certs = [responder.certificate];
  await basic.sign(responder.key, 'SHA-256', engine);
  const response = new pkijs.OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: 0 }),
    responseBytes: new pkijs.ResponseBytes({ responseType: '1.3.6.1.5.5.7.48.1.1', response: octets(basic.toSchema().toBER()) }),
  });
  return new Uint8Array(response.toSchema().toBER());
}

// --- notes and trees

/** A key that signs notes: of a log (type 1) or of a witness (type 4). */
export class NoteKey {
  readonly id: Buffer;
  readonly vkey: string;
  private readonly key: KeyObject;

  constructor(readonly name: string, readonly type: 1 | 4) {
    const pair = generateKeyPairSync('ed25519');
    this.key = pair.privateKey;
    const raw = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x!, 'base64url');
    this.id = sha256(`${name}\n`, Uint8Array.of(type), raw).subarray(0, 4);
    this.vkey = `${name}+${this.id.toString('hex')}+${base64(Buffer.concat([Uint8Array.of(type), raw]))}`;
  }

  /** The signature line over a note's text. */
  sign(text: string, at = after(NOW, 2)): string {
    if (this.type === 1) return this.line(sign(null, Buffer.from(text), this.key));
    const seconds = Math.floor(at.getTime() / 1000);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    return this.line(Buffer.concat([time, sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), this.key)]));
  }

  line(payload: Uint8Array): string {
    return `— ${this.name} ${base64(Buffer.concat([this.id, payload]))}\n`;
  }
}

/** MTH of RFC 9162 §2.1.1, as it is written there. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  const k = split(leaves.length);
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

/** PATH of RFC 9162 §2.1.3.1, as it is written there. */
export function pathOf(index: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

/** The largest power of two below n. */
function split(n: number): number {
  return 2 ** (31 - Math.clz32(n - 1));
}
