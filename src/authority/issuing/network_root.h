// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "x509/issue.h"

namespace countersign::authority {

// create_root makes the key and certificate of a network: `root.key` (encrypted PEM under `passphrase`) and
// `root.pem` in `folder`, which is created with mode 0700 and belongs offline, apart from every data centre.
// kConflict when there is a root already.
Result<x509::Certificate> create_root(const std::filesystem::path& folder, std::string_view network,
                                      const crypto::SecretBytes& passphrase, TimePoint now);

// load_root opens it, for certifying a data centre.
Result<x509::Issuer> load_root(const std::filesystem::path& folder, const crypto::SecretBytes& passphrase);

}  // namespace countersign::authority
