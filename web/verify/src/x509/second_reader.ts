// SPDX-License-Identifier: Apache-2.0
// The other reading of every signature. Our own reader (der.ts and what uses it) knows the one form that the network
// accepts and nothing else; pkijs knows the standards and knows nothing of ours. Both read the same octets, pkijs verifies
// the signature, and where what it found differs from what we found, the signature does not count.
import * as pkijs from 'pkijs';
import { type Bytes, equal } from '../base/bytes.js';

function engine(): pkijs.ICryptoEngine {
  return new pkijs.CryptoEngine({ name: 'browser', crypto: globalThis.crypto });
}

/** Runs what may throw over odd input, and takes that for no. */
async function verified(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch {
    return false;
  }
}

/** Whether that issuer's key signed this certificate. */
export function isCertifiedBy(certificate: Bytes, issuer: Bytes): Promise<boolean> {
  return verified(() => pkijs.Certificate.fromBER(certificate).verify(pkijs.Certificate.fromBER(issuer), engine()));
}

/** Whether the certificate's key signed these octets: ECDSA with SHA-256, in DER. */
export function isSignedBy(certificate: Bytes, octets: Bytes, signature: Bytes): Promise<boolean> {
  return verified(async () => {
    const { subjectPublicKeyInfo, signatureAlgorithm } = pkijs.Certificate.fromBER(certificate);
    const value = { valueBlock: { valueHexView: signature } } as Parameters<pkijs.ICryptoEngine['verifyWithPublicKey']>[1];
    return engine().verifyWithPublicKey(octets, value, subjectPublicKeyInfo, signatureAlgorithm);
  });
}

/**
 * Whether the one signer of this SignedData (RFC 5652 §5.4, §5.6) is this certificate, the content this, the message digest
 * that of the content, and the signature over the signed attributes valid.
 */
export function isSignedMessage(der: Bytes, signer: Bytes, content: Bytes): Promise<boolean> {
  return verified(async () => {
    const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(der).content });
    if (signed.signerInfos.length !== 1) return false;
    const result = await signed.verify({ signer: 0, checkChain: false, extendedMode: true }, engine());
    const read = signed.encapContentInfo.eContent;
    if (result.signatureVerified !== true || !result.signerCertificate || read === undefined) return false;
    return equal(new Uint8Array(result.signerCertificate.toSchema().toBER()), signer) && equal(new Uint8Array(read.getValue()), content);
  });
}
