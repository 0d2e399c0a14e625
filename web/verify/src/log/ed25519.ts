// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) by WebCrypto, and where the browser has none, by @noble/ed25519.
import * as noble from '@noble/ed25519';
import { type Bytes, hexDecode } from '../base/bytes.js';

type Verify = (key: Bytes, message: Bytes, signature: Bytes) => Promise<boolean>;

async function verifyByWebCrypto(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, message);
}

/** As RFC 8032 has it, without the leniency of ZIP 215. Uses WebCrypto for SHA-512. */
export async function verifyByNoble(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  return noble.verifyAsync(signature, message, key, { zip215: false });
}

// RFC 8032 §7.1, test 2.
const KNOWN = {
  key: hexDecode('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'),
  message: Uint8Array.of(0x72),
  signature: hexDecode(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'),
};

let chosen: Promise<Verify> | null = null;

/** WebCrypto counts as having Ed25519 once it has verified a signature that is known to be good. */
function choose(): Promise<Verify> {
  chosen ??= verifyByWebCrypto(KNOWN.key, KNOWN.message, KNOWN.signature)
    .catch(() => false)
    .then((hasIt) => (hasIt ? verifyByWebCrypto : verifyByNoble));
  return chosen;
}

/** Whether the signature verifies; anything that is no key or no signature does not. */
export async function verifyEd25519(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  if (key.length !== 32 || signature.length !== 64) return false;
  const verify = await choose();
  return verify(key, message, signature).catch(() => false);
}
