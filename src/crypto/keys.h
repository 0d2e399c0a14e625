// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/secret.h"

struct evp_pkey_st;

namespace countersign::crypto {

enum class KeyKind { kP256, kEd25519 };

// PublicKey is a decoded public key, shared and immutable; decoding costs ~20 µs and using a decoded key
// nothing, so keep it. Thread-safe.
class PublicKey {
 public:
  // From a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Accepts P-256 (named curve, uncompressed) and
  // Ed25519 only.
  static Result<PublicKey> from_spki(BytesView der);

  // ECDSA with SHA-256 (DER ECDSA-Sig-Value) or Ed25519 over the message. kSignatureInvalid when it does not
  // verify.
  Result<void> verify(BytesView message, BytesView signature) const;

  KeyKind kind() const { return kind_; }
  const Bytes& spki() const { return *spki_; }
  // SHA-256 of the SubjectPublicKeyInfo.
  Sha256Digest spki_digest() const;
  evp_pkey_st* native() const { return key_.get(); }

  // Takes a reference of its own on an EVP_PKEY (of x509 or a token).
  static Result<PublicKey> from_native(evp_pkey_st* key);
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return *a.spki_ == *b.spki_; }

 private:
  PublicKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<const Bytes> spki_;
  KeyKind kind_ = KeyKind::kP256;
};

// PrivateKey signs; it lives in memory or, through a PKCS#11 EVP_PKEY, in a token. Copies share the key.
// Thread-safe where the token is.
class PrivateKey {
 public:
  static PrivateKey generate(KeyKind kind);
  // From DER PKCS#8 PrivateKeyInfo (RFC 5958).
  static Result<PrivateKey> from_pkcs8(const SecretBytes& der);
  static Result<PrivateKey> from_native(evp_pkey_st* key);

  // ECDSA with SHA-256 (DER ECDSA-Sig-Value) or Ed25519. Errors are the token's (kUnavailable, kWrongPin,
  // kPinLocked).
  Result<Bytes> sign(BytesView message) const;
  const PublicKey& public_key() const { return public_key_; }
  // DER PKCS#8; kUnsupported for a key that lives in a token.
  Result<SecretBytes> to_pkcs8() const;
  evp_pkey_st* native() const { return key_.get(); }

 private:
  PrivateKey(std::shared_ptr<evp_pkey_st> key, PublicKey public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}
  std::shared_ptr<evp_pkey_st> key_;
  PublicKey public_key_;
};

// Private keys at rest: PEM EncryptedPrivateKeyInfo, PBES2 with AES-256-CBC, PBKDF2-HMAC-SHA256, 600,000
// rounds (RFC 8018). Reading answers kWrongPassword when the passphrase does not open it. `openssl pkey`
// reads the same files.
Result<std::string> encrypt_private_key(const PrivateKey& key, const SecretBytes& passphrase);
Result<PrivateKey> decrypt_private_key(std::string_view pem, const SecretBytes& passphrase);

}  // namespace countersign::crypto
