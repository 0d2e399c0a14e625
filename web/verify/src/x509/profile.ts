// SPDX-License-Identifier: Apache-2.0
// What a certificate of each role looks like (src/x509/profile.cpp).

/** The arc of all policies. Arc .1.n name roles, .2.n where the key was made, .3.1 is the attribute of a payment's digest. */
export const ARC = '2.25.5029185730381929265412404197190874440';

export type Role =
  | 'network-root'
  | 'data-centre'
  | 'ocsp-responder'
  | 'confirmation-signer'
  | 'authority-server'
  | 'merchant'
  | 'purchaser'
  | 'purchaser-agreement'
  | 'operator'
  | 'card-company'
  | 'card-company-agreement'
  | 'network-map-signer'
  | 'time-stamper'
  | 'service';
export type KeyOrigin = 'authority' | 'holder';

/** Bits of KeyUsage (RFC 5280 §4.2.1.3), as they stand in the first octet. */
export const KeyUsage = { digitalSignature: 0x80, nonRepudiation: 0x40, keyAgreement: 0x08, keyCertSign: 0x04, crlSign: 0x02 } as const;

export interface Profile {
  readonly role: Role;
  readonly policy: string | null; // null for CAs, which list those they may issue
  readonly keyUsage: number;
  readonly extendedKeyUsage: readonly string[];
  readonly subtree: string; // OU between data centre and subject, or empty
  readonly days: number;
  readonly mayNameHosts: boolean;
  readonly statesKeyOrigin: boolean;
  readonly certifiedByRoot: boolean;
}

const SERVER = '1.3.6.1.5.5.7.3.1';
const CLIENT = '1.3.6.1.5.5.7.3.2';
const OCSP = '1.3.6.1.5.5.7.3.9';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const DOCUMENTS = '1.3.6.1.5.5.7.3.36'; // RFC 9336

const AUTHORITY = KeyUsage.keyCertSign | KeyUsage.crlSign;
const COMMITMENT = KeyUsage.digitalSignature | KeyUsage.nonRepudiation;

function profile(role: Role, number: number | null, keyUsage: number, extendedKeyUsage: readonly string[], subtree: string, days: number,
  more: Partial<Pick<Profile, 'mayNameHosts' | 'statesKeyOrigin' | 'certifiedByRoot'>> = {}): Profile {
  const policy = number === null ? null : `${ARC}.1.${number}`;
  return { role, policy, keyUsage, extendedKeyUsage, subtree, days, mayNameHosts: false, statesKeyOrigin: false, certifiedByRoot: false, ...more };
}

const PROFILES: readonly Profile[] = [
  profile('network-root', null, AUTHORITY, [], '', 7305, { certifiedByRoot: true }),
  profile('data-centre', null, AUTHORITY, [], '', 3652, { certifiedByRoot: true }),
  profile('ocsp-responder', 1, KeyUsage.digitalSignature, [OCSP], 'authority', 365),
  profile('confirmation-signer', 2, COMMITMENT, [DOCUMENTS], 'authority', 1095),
  profile('authority-server', 3, KeyUsage.digitalSignature, [SERVER, CLIENT], 'authority', 397, { mayNameHosts: true }),
  profile('merchant', 4, COMMITMENT, [SERVER, CLIENT, DOCUMENTS], 'merchants', 397, { mayNameHosts: true, statesKeyOrigin: true }),
  profile('purchaser', 5, COMMITMENT, [DOCUMENTS], 'purchasers', 730, { statesKeyOrigin: true }),
  profile('purchaser-agreement', 6, KeyUsage.keyAgreement, [], 'purchasers', 730, { statesKeyOrigin: true }),
  profile('operator', 7, KeyUsage.digitalSignature, [CLIENT], 'operators', 365),
  profile('card-company', 8, COMMITMENT, [SERVER, CLIENT, DOCUMENTS], 'card-companies', 397, { mayNameHosts: true }),
  profile('card-company-agreement', 9, KeyUsage.keyAgreement, [], 'card-companies', 397),
  profile('network-map-signer', 10, COMMITMENT, [DOCUMENTS], '', 731, { certifiedByRoot: true }),
  profile('time-stamper', 11, KeyUsage.digitalSignature, [TIME_STAMPING], 'authority', 1826),
  profile('service', 12, COMMITMENT, [SERVER, CLIENT, DOCUMENTS], 'services', 397, { mayNameHosts: true }),
];
const KEY_ORIGINS = new Map<string, KeyOrigin>([[`${ARC}.2.1`, 'authority'], [`${ARC}.2.2`, 'holder']]);

export function profileOf(role: Role): Profile {
  return PROFILES.find((each) => each.role === role)!;
}

export function roleOfPolicy(oid: string): Role | null {
  return PROFILES.find((each) => each.policy === oid)?.role ?? null;
}

export function keyOriginOfPolicy(oid: string): KeyOrigin | null {
  return KEY_ORIGINS.get(oid) ?? null;
}
