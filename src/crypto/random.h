// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/secret.h"

namespace countersign::crypto {

// All from OpenSSL's DRBG; a generator that fails ends the process rather than return weak bytes.
Bytes random_bytes(std::size_t size);
SecretBytes random_secret(std::size_t size);
// random_token returns `size` random bytes as base64url text (16 bytes make 128 bits of guessing).
std::string random_token(std::size_t size = 32);
// random_uuid_v4 of RFC 9562 §5.4: tells nothing, not even when it was made; lower-case text.
std::string random_uuid_v4();
// random_uuid_v7 of RFC 9562 §5.7: 48 bits of Unix milliseconds of `now`, the rest random; lower-case text.
std::string random_uuid_v7(TimePoint now);
// is_uuid_v7 says whether text is a lower-case UUID of version 7 and variant 10.
bool is_uuid_v7(std::string_view text);

}  // namespace countersign::crypto
