// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "crypto/secret.h"

namespace countersign::crypto {

inline constexpr std::size_t kSealKeySize = 32;

// seal encrypts and authenticates with AES-256-GCM under a fresh random 96-bit nonce: nonce ‖ ciphertext ‖
// tag. `context` is authenticated and not stored: a value sealed for one row does not open in another. The
// key has kSealKeySize bytes; at most 2^32 values per key (NIST SP 800-38D §8.3).
Bytes seal(const SecretBytes& key, BytesView plaintext, std::string_view context);
// kMalformed when the value, key or context is not the one sealed.
Result<SecretBytes> open_sealed(const SecretBytes& key, BytesView sealed, std::string_view context);

}  // namespace countersign::crypto
