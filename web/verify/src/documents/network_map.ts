// SPDX-License-Identifier: Apache-2.0
// What the network says of itself: its data centres, their CAs, logs and witnesses (docs/protocols/network-map.md).
import { type Bytes, equal, hexEncode } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { type Time, parseTime } from '../base/time.js';
import { KeyType, VerifierKey } from '../log/note.js';
import { Certificate } from '../x509/certificate.js';
import { parseCms, verifyCms } from '../x509/cms.js';
import { LONGEST_LOG_ORIGIN, hostOfOrigin, isHttpsOrigin, isHttpsPrefix, isLogOrigin, isWebOrigin, isWebPrefix } from '../x509/hosts.js';
import type { Name } from '../x509/name.js';
import { TrustAnchor, mayNameHost, subtreeOf, verifyMapSigner, verifyNextRoot } from '../x509/path.js';
import { ObjectReader } from './object_reader.js';

export interface MappedDataCentre {
  readonly name: Name;
  readonly certificates: readonly Certificate[];
  readonly serviceUrl: string;
  readonly statusUrl: string;
  readonly through: Name | null;
  readonly retired: Time | null;
  readonly log: { readonly origin: string; readonly key: VerifierKey; readonly url: string } | null;
  readonly witness: { readonly key: VerifierKey; readonly url: string } | null;
}

export interface NetworkMap {
  readonly version: number;
  readonly issued: Time;
  readonly expires: Time;
  readonly root: Certificate;
  readonly nextRoot: { readonly root: Certificate; readonly link: Certificate } | null;
  readonly dataCentres: readonly MappedDataCentre[];
}

export interface VerifiedMap {
  readonly map: NetworkMap;
  readonly signer: Certificate;
}

const LARGEST_MAP = 1 << 20;
export const LARGEST_SIGNED_MAP = LARGEST_MAP + (16 << 10);
const LIMITS = { bytes: LARGEST_MAP, depth: 5, members: 20_000 };
const LARGEST_CERTIFICATE = 8 << 10;
const LONGEST_URL = 300;
const LONGEST_KEY = 320; // a name of 255, the id, and 33 octets in base64

const malformed = (what: string): never => refuse('malformed', `network map: ${what}`);

// --- reading

async function readNextRoot(reader: ObjectReader): Promise<NetworkMap['nextRoot']> {
  const next = reader.objectOrNull('nextRoot');
  if (next === null) return null;
  const root = await Certificate.fromDer(next.base64('certificate', LARGEST_CERTIFICATE));
  const link = await Certificate.fromDer(next.base64('link', LARGEST_CERTIFICATE));
  next.finish();
  return { root, link };
}

async function readLog(centre: ObjectReader): Promise<MappedDataCentre['log']> {
  if (!centre.has('log')) return null;
  const log = centre.nested('log');
  const origin = log.text('origin', LONGEST_LOG_ORIGIN);
  const key = await VerifierKey.parse(log.text('key', LONGEST_KEY));
  const url = log.text('url', LONGEST_URL);
  log.finish();
  if (!isLogOrigin(origin)) log.refuse('origin', 'none of a log');
  if (key.type !== KeyType.ed25519 || key.name !== origin) log.refuse('key', 'not of that log');
  if (!isWebPrefix(url)) log.refuse('url', 'not an http or https prefix');
  return { origin, key, url };
}

async function readWitness(centre: ObjectReader): Promise<MappedDataCentre['witness']> {
  if (!centre.has('witness')) return null;
  const witness = centre.nested('witness');
  const key = await VerifierKey.parse(witness.text('key', LONGEST_KEY));
  const url = witness.text('url', LONGEST_URL);
  witness.finish();
  if (key.type !== KeyType.cosignature) witness.refuse('key', 'not of a witness');
  if (!isHttpsPrefix(url)) witness.refuse('url', 'not an https prefix');
  return { key, url };
}

async function readDataCentre(centre: ObjectReader): Promise<MappedDataCentre> {
  const name = centre.name('name');
  const certificates = await Promise.all(centre.base64s('certificates', 4, LARGEST_CERTIFICATE).map((each) => Certificate.fromDer(each)));
  const serviceUrl = centre.text('serviceUrl', LONGEST_URL);
  const statusUrl = centre.text('statusUrl', LONGEST_URL);
  const through = centre.nameOrNull('through');
  const stated = centre.textOrNull('retired', 20);
  const retired = stated === null ? null : parseTime(stated);
  const log = await readLog(centre);
  const witness = await readWitness(centre);
  centre.finish();
  return { name, certificates, serviceUrl, statusUrl, through, retired, log, witness };
}

// --- what a map says of itself

/** A map that was good when it was issued is so until it expires: nothing in it begins later or ends sooner. */
function checkLife(certificate: Certificate, map: NetworkMap): void {
  const who = `network map: certificate ${certificate.subject.text}`;
  if (map.issued < certificate.notBefore) refuse('not_yet_valid', `${who} begins after the map is issued`);
  if (certificate.notAfter < map.expires) refuse('expired', `${who} ends before the map does`);
}

function checkCertificates(centre: MappedDataCentre, map: NetworkMap): void {
  const who = centre.name.text;
  if (centre.certificates.length === 0) malformed(`${who}: no CA certificate`);
  centre.certificates.forEach((ca, place) => {
    if (!subtreeOf(ca).equals(centre.name)) refuse('name_not_permitted', `network map: ${who}: a CA certificate for ${subtreeOf(ca).text}`);
    const before = centre.certificates[place - 1];
    if (before !== undefined && ca.notBefore < before.notBefore) malformed(`${who}: CA certificates are not oldest first`);
    if (centre.certificates.filter((each) => each.equals(ca)).length !== 1) malformed(`${who}: a CA certificate stands there twice`);
    checkLife(ca, map);
  });
}

function checkUrls(centre: MappedDataCentre): void {
  const who = centre.name.text;
  if (!isHttpsOrigin(centre.serviceUrl)) malformed(`${who}: serviceUrl is not an https origin`);
  if (!isWebOrigin(centre.statusUrl)) malformed(`${who}: statusUrl is not an http or https origin`);
  const host = hostOfOrigin(centre.serviceUrl);
  if (!centre.certificates.some((ca) => mayNameHost(ca, host)))
    refuse('name_not_permitted', `network map: ${who}: serviceUrl at a host that none of its CAs may name`);
}

function checkRelay(centre: MappedDataCentre, map: NetworkMap): void {
  if (centre.through === null) return;
  const who = `${centre.name.text} through ${centre.through.text}`;
  const relay = dataCentreOf(map, centre.through) ?? malformed(`${who}: the map has no such data centre`);
  if (!centre.name.isBelow(relay.name)) malformed(`${who}: it is not above it in the tree`);
  if (relay.through !== null) malformed(`${who}: it is itself reached through another`);
  if (relay.retired !== null && centre.retired === null) malformed(`${who}: it is retired`);
}

/** Whoever counts witnesses, or finds a log by its origin, must not meet two in one. */
function checkSharedKeys({ dataCentres }: NetworkMap): void {
  const logs = dataCentres.flatMap(({ log }) => log ?? []);
  const witnesses = dataCentres.flatMap(({ witness }) => witness ?? []);
  const isTwice = (values: readonly string[]): boolean => new Set(values).size !== values.length;
  if (isTwice(logs.map(({ origin }) => origin))) malformed('two logs of one origin');
  if (isTwice(witnesses.map(({ key }) => key.name))) malformed('two witnesses of one name');
  if (isTwice([...logs, ...witnesses].map(({ key }) => hexEncode(key.key)))) malformed('a key of a log or witness stands there twice');
}

function checkMap(map: NetworkMap): void {
  if (map.expires <= map.issued) malformed('expires before it is issued');
  checkLife(map.root, map);
  if (map.nextRoot !== null) {
    checkLife(map.nextRoot.root, map);
    checkLife(map.nextRoot.link, map);
  }
  if (map.dataCentres.length === 0) malformed('no data centres');
  map.dataCentres.forEach((centre, place) => {
    const before = map.dataCentres[place - 1];
    if (before !== undefined && before.name.compare(centre.name) >= 0) malformed(`${centre.name.text}: twice, or not in order`);
    if (!centre.name.isBelow(map.root.subject)) refuse('name_not_permitted', `network map: ${centre.name.text}: not below the root's name`);
    checkCertificates(centre, map);
    checkUrls(centre);
    checkRelay(centre, map);
  });
  const inUse = map.dataCentres.filter(({ retired }) => retired === null).map(({ serviceUrl }) => serviceUrl);
  if (new Set(inUse).size !== inUse.length) malformed('two data centres at one URL');
  checkSharedKeys(map);
}

async function parseNetworkMap(bytes: Bytes): Promise<NetworkMap> {
  const reader = ObjectReader.parse(bytes, 'network map', LIMITS);
  reader.expect('network-map', 1);
  const version = reader.integer('mapVersion', 1);
  const issued = reader.time('issued');
  const expires = reader.time('expires');
  const root = await Certificate.fromDer(reader.base64('root', LARGEST_CERTIFICATE));
  const nextRoot = await readNextRoot(reader);
  const centres = reader.objects('dataCentres', 1000);
  reader.finish();
  const dataCentres: MappedDataCentre[] = [];
  for (const centre of centres) dataCentres.push(await readDataCentre(centre));
  const map = { version, issued, expires, root, nextRoot, dataCentres };
  checkMap(map);
  return map;
}

export function dataCentreOf(map: NetworkMap, name: Name): MappedDataCentre | null {
  return map.dataCentres.find((each) => each.name.equals(name)) ?? null;
}

/**
 * Signature, signer and his path to the root, the root inside, and every CA, all as of the map's own issue: for what it said
 * then, also where it is over by now.
 */
export async function verifyMapAsIssued(der: Bytes, root: Certificate): Promise<VerifiedMap> {
  const cms = parseCms(der, LARGEST_SIGNED_MAP);
  const map = await parseNetworkMap(cms.content);
  const signer = await Certificate.fromDer(cms.signerCertificate);
  await verifyMapSigner(signer, root, map.issued);
  await verifyCms(cms, signer);
  if (cms.paymentDigest !== null) refuse('signature_invalid', 'cms: the signature covers a payment, and this is no order');
  if (cms.isSignedDataInside || cms.certificates.length !== 1) malformed("must carry the map, its signer's certificate and no other");
  if (!equal(map.root.der, root.der)) refuse('certificate_unknown', 'network map: of another root than the one that certified its signer');
  checkLife(signer, map);
  await TrustAnchor.create(root, map.dataCentres.flatMap(({ certificates }) => certificates), map.issued);
  if (map.nextRoot !== null) await verifyNextRoot(map.nextRoot.root, map.nextRoot.link, root, map.issued);
  return { map, signer };
}
