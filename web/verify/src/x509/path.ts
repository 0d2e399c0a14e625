// SPDX-License-Identifier: Apache-2.0
// Paths of the network, which are of one shape: root → data centre's CA → leaf, or root → leaf for the signer of network
// maps. What RFC 5280 §6 asks for a path of that shape and the network's own rules for certificates are one list here, as
// extensions that could change it (policy mappings, further constraints) cannot stand in a certificate of the network.
// The same rules as src/x509/{chain,path,rules}.cpp.
import { equal } from '../base/bytes.js';
import { type Code, refuse } from '../base/refusal.js';
import type { Time } from '../base/time.js';
import type { Certificate } from './certificate.js';
import type { NameLimits } from './extensions.js';
import { hostOfOrigin, isDnsName, isWithinDomain, isWithinRange } from './hosts.js';
import type { Name } from './name.js';
import { type Role, keyOriginOfPolicy, profileOf, roleOfPolicy } from './profile.js';

const DAY = 86_400;
const AUTHORITY_USAGE = profileOf('network-root').keyUsage;

const refused = (code: Code, certificate: Certificate, what: string): never => refuse(code, `certificate ${certificate.subject.text}: ${what}`);

function expectValid(certificate: Certificate, at: Time): void {
  if (at < certificate.notBefore) refused('not_yet_valid', certificate, 'not yet valid');
  if (at >= certificate.notAfter) refused('expired', certificate, 'has expired');
}

function namesAsIssuer(certificate: Certificate, ca: Certificate): boolean {
  const { authorityKeyId } = certificate.extensions;
  const { subjectKeyId } = ca.extensions;
  return certificate.issuer.equals(ca.subject) && authorityKeyId !== null && subjectKeyId !== null && equal(authorityKeyId, subjectKeyId);
}

async function expectIssued(certificate: Certificate, ca: Certificate): Promise<void> {
  if (!namesAsIssuer(certificate, ca)) refused('certificate_unknown', certificate, `not issued by ${ca.subject.text}`);
  if (!(await certificate.isCertifiedBy(ca))) refused('signature_invalid', certificate, 'its signature does not verify');
}

function isAuthority(certificate: Certificate, pathLength: number): boolean {
  const { extensions } = certificate;
  return extensions.certificateAuthority?.pathLength === pathLength && extensions.keyUsage === AUTHORITY_USAGE
    && extensions.extendedKeyUsage.length === 0 && extensions.dns.length + extensions.ip.length + extensions.origins.length === 0
    && !extensions.ocspNoCheck && extensions.subjectKeyId !== null;
}

function isRootAuthority(certificate: Certificate): boolean {
  return isAuthority(certificate, 1) && certificate.extensions.policies.length === 0 && certificate.extensions.nameLimits === null;
}

/** A self-signed certificate of a network root, valid at that time. */
async function checkRoot(root: Certificate, at: Time): Promise<void> {
  if (!root.subject.equals(root.issuer) || !isRootAuthority(root)) refused('wrong_role', root, 'not a network root');
  if (!(await root.isCertifiedBy(root))) refused('signature_invalid', root, 'not signed by itself');
  expectValid(root, at);
}

function isKnownPolicy(oid: string): boolean {
  const role = roleOfPolicy(oid);
  return role !== null ? !profileOf(role).certifiedByRoot : keyOriginOfPolicy(oid) !== null;
}

/** The CA of a data centre, certified by that root, valid at that time. */
async function checkDataCentreCa(ca: Certificate, root: Certificate, at: Time): Promise<void> {
  await expectIssued(ca, root);
  expectValid(ca, at);
  const { policies, nameLimits } = ca.extensions;
  const hasKnownPolicies = policies.length > 0 && policies.every(({ oid, notice }) => notice === null && isKnownPolicy(oid));
  if (!isAuthority(ca, 0) || !hasKnownPolicies || nameLimits === null) return refused('wrong_role', ca, "not a data centre's CA");
  if (!nameLimits.subtree.isBelow(root.subject) || !ca.subject.isBelow(nameLimits.subtree))
    refused('name_not_permitted', ca, 'not within its network and its own subtree');
}

function isPermitted(host: string, { dns, ip }: NameLimits): boolean {
  return isDnsName(host) ? dns.some((domain) => isWithinDomain(host, domain)) : ip.some((range) => isWithinRange(host, range));
}

/** Whether the CA may name that host. */
export function mayNameHost(ca: Certificate, host: string): boolean {
  const { nameLimits } = ca.extensions;
  return nameLimits !== null && isPermitted(host, nameLimits);
}

/** The certificate is of that role and looks exactly like its profile. */
function checkLeafProfile(leaf: Certificate, role: Role): void {
  const profile = profileOf(role);
  const { extensions } = leaf;
  const wrong = (what: string): never => refused('wrong_role', leaf, what);
  if (profile.policy === null || leaf.role !== role) wrong(`is ${leaf.role ?? 'of no role'}, not ${role}`);
  if (extensions.keyUsage !== profile.keyUsage) wrong("key usage is not its role's");
  const uses = [...extensions.extendedKeyUsage].sort();
  if (uses.join(' ') !== [...profile.extendedKeyUsage].sort().join(' ')) wrong("extended key usage is not its role's");
  const isPurchaser = role === 'purchaser' || role === 'purchaser-agreement';
  const hasMisplacedNotice = extensions.policies.some(({ oid, notice }) => notice !== null && (!isPurchaser || roleOfPolicy(oid) !== null));
  if (extensions.policies.length !== (profile.statesKeyOrigin ? 2 : 1) || (leaf.keyOrigin !== null) !== profile.statesKeyOrigin || hasMisplacedNotice)
    wrong("policies are not its role's");
  if (!profile.mayNameHosts && extensions.dns.length + extensions.ip.length + extensions.origins.length > 0) wrong('names hosts');
  if (extensions.ocspNoCheck !== (role === 'ocsp-responder')) wrong('ocsp-nocheck');
  if (extensions.nameLimits !== null || extensions.subjectKeyId === null || extensions.authorityKeyId === null)
    wrong("extensions are not its role's");
  if (leaf.notAfter - leaf.notBefore > profile.days * DAY) wrong("lives longer than its role's profile");
}

/** Subject and hosts lie within the limits of the CA and below the subtree of the role. */
function checkLeafNames(leaf: Certificate, limits: NameLimits, role: Role): void {
  const subtree = limits.subtree.child('OU', profileOf(role).subtree);
  if (!leaf.subject.isBelow(subtree)) refused('name_not_permitted', leaf, `not below ${subtree.text}`);
  const { dns, ip, origins } = leaf.extensions;
  const foreign = [...dns, ...ip, ...origins.map(hostOfOrigin)].find((host) => !isPermitted(host, limits));
  if (foreign !== undefined) refused('name_not_permitted', leaf, `host ${foreign} is not its CA's to name`);
}

/** A network root and the data centres' CAs that are known below it. */
export class TrustAnchor {
  private constructor(
    readonly root: Certificate,
    readonly authorities: readonly Certificate[],
  ) {}

  /** Every CA must verify under the root at that time. */
  static async create(root: Certificate, authorities: readonly Certificate[], at: Time): Promise<TrustAnchor> {
    await checkRoot(root, at);
    for (const ca of authorities) await checkDataCentreCa(ca, root, at);
    return new TrustAnchor(root, authorities);
  }

  /**
   * The CA that the certificate names as its issuer, of those whose subtree is the longest above its subject; of several
   * certificates of one key the one that ends last; null where there is none.
   */
  issuerOf(certificate: Certificate): Certificate | null {
    let longest: Name | null = null;
    for (const ca of this.authorities) {
      const subtree = subtreeOf(ca);
      if (certificate.subject.isBelow(subtree) && (longest === null || subtree.isBelow(longest))) longest = subtree;
    }
    let issuer: Certificate | null = null;
    for (const ca of this.authorities) {
      if (longest === null || !subtreeOf(ca).equals(longest) || !namesAsIssuer(certificate, ca)) continue;
      if (issuer === null || issuer.notAfter < ca.notAfter) issuer = ca;
    }
    return issuer;
  }
}

/** The subtree that a data centre's CA may issue below. */
export function subtreeOf(ca: Certificate): Name {
  return ca.extensions.nameLimits?.subtree ?? refused('wrong_role', ca, "not a data centre's CA");
}

/** Leaf → its data centre's CA → root, in that role, at that time. Says nothing about revocation. */
export async function verifyPath(leaf: Certificate, anchor: TrustAnchor, role: Role, at: Time): Promise<void> {
  const ca = anchor.issuerOf(leaf);
  if (ca === null) {
    const who = `issued by ${leaf.issuer.text}`;
    if (anchor.authorities.some((each) => namesAsIssuer(leaf, each)))
      return refused('name_not_permitted', leaf, `${who}: subject is another data centre's to name, or nobody's`);
    return refused('certificate_unknown', leaf, `${who}: no path to ${anchor.root.subject.text}`);
  }
  await expectIssued(leaf, ca);
  expectValid(leaf, at);
  expectValid(ca, at);
  expectValid(anchor.root, at);
  if (!ca.extensions.policies.some(({ oid }) => oid === profileOf(role).policy)) refused('wrong_role', ca, `may not issue for the role ${role}`);
  checkLeafProfile(leaf, role);
  checkLeafNames(leaf, ca.extensions.nameLimits!, role);
}

/** The signer of network maps, whom the root itself certifies and who has one name. */
export async function verifyMapSigner(leaf: Certificate, root: Certificate, at: Time): Promise<void> {
  await checkRoot(root, at);
  await expectIssued(leaf, root);
  expectValid(leaf, at);
  checkLeafProfile(leaf, 'network-map-signer');
  const name = root.subject.child('CN', 'Network Map');
  if (!leaf.subject.equals(name)) refused('name_not_permitted', leaf, `not ${name.text}`);
}

/** `link` is the root's certificate for the very key and name of the root that follows it. */
export async function verifyNextRoot(next: Certificate, link: Certificate, root: Certificate, at: Time): Promise<void> {
  await checkRoot(root, at);
  await checkRoot(next, at);
  if (!next.subject.equals(root.subject)) refused('name_not_permitted', next, "next root with another network's name");
  if (equal(next.keyInfo, root.keyInfo)) refused('conflict', next, 'next root has the key of the root');
  const [{ subjectKeyId: ofLink }, { subjectKeyId: ofNext }] = [link.extensions, next.extensions];
  const isForKey = link.subject.equals(next.subject) && equal(link.keyInfo, next.keyInfo) && ofLink !== null && ofNext !== null && equal(ofLink, ofNext);
  if (!isForKey) refused('certificate_unknown', next, "the root's certificate is for another key");
  if (!isRootAuthority(link)) refused('wrong_role', link, "not a root's certificate for another");
  await expectIssued(link, root);
  expectValid(link, at);
}
