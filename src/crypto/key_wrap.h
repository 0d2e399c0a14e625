// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "crypto/secret.h"

namespace countersign::crypto {

inline constexpr std::size_t kWrapKeySize = 32;  // of the wrapping key and of the key inside
inline constexpr std::size_t kWrappedKeySize = 40;

// AES-256 key wrap (RFC 3394): one key of 32 bytes under another. Keys of another size are a bug (exception).
Bytes wrap_key(const SecretBytes& wrapping, const SecretBytes& key);
// kMalformed where `wrapped` was not made under this key, or was altered.
Result<SecretBytes> unwrap_key(const SecretBytes& wrapping, BytesView wrapped);

}  // namespace countersign::crypto
