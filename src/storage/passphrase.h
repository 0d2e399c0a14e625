// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/secret.h"
#include "storage/file.h"

namespace countersign::storage {

// read_passphrase reads the first line of a file; kMalformed when it is empty.
Result<crypto::SecretBytes> read_passphrase(const std::filesystem::path& file);

}  // namespace countersign::storage
