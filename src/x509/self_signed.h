// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "x509/certificate.h"

namespace countersign::x509 {

// create_self_signed makes a certificate `CN=<name>` that nobody vouches for, valid for 90 days: for the TLS listener of
// a party that waits for its own. verify_path accepts it in no role.
Result<Certificate> create_self_signed(std::string_view name, const crypto::PrivateKey& key, TimePoint now);

}  // namespace countersign::x509
