// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "crypto/secret.h"
#include "x509/certificate.h"

// AuthEnvelopedData (RFC 5083) in the one form that the network writes and accepts: DER, one recipient,
// content of type id-data under AES-256-GCM (RFC 5084) with a fresh key, a 96-bit nonce and a 128-bit tag, no
// attributes. It says nothing about who sealed it: where that matters, it travels inside of something signed,
// or its digest does. The ephemeral key has a second form (y → −y) that opens as well: the bytes are no
// identity.
namespace countersign::x509 {

// Largest content; what is longer is kTooLarge, on both sides. There must be some content.
inline constexpr std::size_t kMaxEnvelopeContent = 256 << 10;

// KeyAgreement runs ECDH over P-256 with the recipient's private key, wherever that is: the x-coordinate of
// the shared point, 32 bytes (RFC 5753 §2). Its errors are the key's or the card's.
using KeyAgreement = std::function<Result<crypto::SecretBytes>(const crypto::PublicKey& peer)>;
// agreement_by is that of a key in memory or of one that a card lent.
KeyAgreement agreement_by(crypto::PrivateKey key);

// seal_to encrypts for the holder of the certificate's key: KeyAgreeRecipientInfo with an ephemeral key, ECDH
// with the KDF of X9.63 and SHA-256 (dhSinglePass-stdDH-sha256kdf-scheme), AES-256 key wrap, recipient by
// issuer and serial number. The certificate must have been verified before. kWrongRole without key usage
// keyAgreement.
Result<Bytes> seal_to(const Certificate& recipient, const crypto::SecretBytes& content);
// open_sealed_to is its inverse. kMalformed where the envelope is damaged or for another certificate,
// kUnsupported, kTooLarge; errors of `agree` as they are. Nothing of the content is given out before all of
// it is authenticated.
Result<crypto::SecretBytes> open_sealed_to(const Certificate& recipient, const KeyAgreement& agree,
                                           BytesView envelope);

// is_sealed_to tells whether an envelope names this certificate as its recipient. Errors as above.
Result<bool> is_sealed_to(const Certificate& recipient, BytesView envelope);

// seal_to_key and open_sealed_to_key do the same for a key that has no certificate yet, named by its
// identifier (rKeyId; RFC 5652 §6.2.2). kUnsupported for a key that is not P-256.
Result<Bytes> seal_to_key(const crypto::PublicKey& recipient, const crypto::SecretBytes& content);
Result<crypto::SecretBytes> open_sealed_to_key(const crypto::PublicKey& recipient, const KeyAgreement& agree,
                                               BytesView envelope);

// SharedKey is a key of 32 bytes that both sides hold, and the identifier under which they know it (1 to 64
// bytes, not secret).
struct SharedKey {
  Bytes identifier;
  crypto::SecretBytes key;
};
// seal_under encrypts with a KEKRecipientInfo (RFC 5652 §6.2.3, AES-256 key wrap); open_sealed_under opens
// that. Errors as above; kMalformed also for a key or an identifier of another size.
Result<Bytes> seal_under(const SharedKey& key, const crypto::SecretBytes& content);
Result<crypto::SecretBytes> open_sealed_under(const SharedKey& key, BytesView envelope);

}  // namespace countersign::x509
