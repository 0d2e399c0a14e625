// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"

// How an Ed25519 key is written: 32 octets (RFC 8032 §5.1.5) at the end of a SubjectPublicKeyInfo (RFC 8410
// §4).
namespace countersign::crypto {

inline constexpr std::size_t kEd25519KeySize = 32;
inline constexpr std::size_t kEd25519SignatureSize = 64;

// The octets of an Ed25519 key, as long as the key lives.
BytesView ed25519_octets(const PublicKey& key);
// The key with these octets. kMalformed for another number of them.
Result<PublicKey> ed25519_key(BytesView octets);

}  // namespace countersign::crypto
