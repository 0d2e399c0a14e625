// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "crypto/keys.h"

struct ec_group_st;

namespace countersign::crypto {

// VerificationTable verifies the signatures of one P-256 key at about half of what PublicKey::verify takes,
// with the same outcome for every input: it holds multiples of the key's point (150 kB, ~20 ms to make), as
// OpenSSL holds those of the curve's generator. Worth it for a key that signs more than 650 times.
// Immutable and thread-safe; not in constant time, which signatures do not need.
class VerificationTable {
 public:
  // kUnsupported for a key of another kind.
  static Result<VerificationTable> make(const PublicKey& key);

  const PublicKey& key() const { return key_; }
  // ECDSA with SHA-256 over the message, DER ECDSA-Sig-Value (FIPS 186-4 §6.4.2). kSignatureInvalid.
  Result<void> verify(BytesView message, BytesView signature) const;
  bool verifies(const Sha256Digest& digest, BytesView signature) const;

 private:
  VerificationTable(PublicKey key, std::shared_ptr<const ec_group_st> multiples)
      : key_(std::move(key)), multiples_(std::move(multiples)) {}

  PublicKey key_;
  std::shared_ptr<const ec_group_st> multiples_;  // P-256 with the key's point in the place of its generator
};

}  // namespace countersign::crypto
