// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"
#include "x509/certificate.h"

namespace countersign::link {

// Identity is a device's key on its links: P-256, in a certificate signed by itself that says nothing but the
// key. The other side knows it by the digest of the key alone; names and dates of the certificate mean
// nothing. Copies share; thread-safe.
class Identity {
 public:
  static Result<Identity> of_key(crypto::PrivateKey key, TimePoint now);
  const crypto::PrivateKey& key() const { return key_; }
  const x509::Certificate& certificate() const { return certificate_; }
  // SHA-256 of the SubjectPublicKeyInfo: by this the other side knows us.
  Sha256Digest digest() const { return key_.public_key().spki_digest(); }

 private:
  Identity(crypto::PrivateKey key, x509::Certificate certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}
  crypto::PrivateKey key_;
  x509::Certificate certificate_;
};

}  // namespace countersign::link
