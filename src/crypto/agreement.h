// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"

namespace countersign::crypto {

inline constexpr std::size_t kSharedSecretSize = 32;

// agree runs ECDH over P-256 (SEC 1 §3.3.1) with a key in memory or in a token: the x-coordinate of the
// shared point, never a key by itself: derive one from it. kUnsupported for keys of another kind; the token's
// errors are kUnavailable.
Result<SecretBytes> agree(const PrivateKey& key, const PublicKey& peer);

}  // namespace countersign::crypto
