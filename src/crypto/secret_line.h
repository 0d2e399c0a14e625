// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "crypto/secret.h"

namespace countersign::crypto {

// read_secret_line reads one line from a descriptor, without its end, into memory that is wiped and no other:
// byte by byte, since a stream would keep what it read ahead. kMalformed for none or an empty one, kTooLarge
// beyond `longest` bytes, kUnavailable when reading fails: what came before is no line.
Result<SecretBytes> read_secret_line(int descriptor, std::size_t longest);

}  // namespace countersign::crypto
