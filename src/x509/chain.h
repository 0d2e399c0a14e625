// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

namespace countersign::x509 {

// verify_chain is validate_path for the network's own short paths: signatures, validity at `at`, name
// constraints, and, unless `policy` is empty, that policy explicitly; nothing about revocation. `anchor` is
// believed. `intermediate` may be null. Errors as in path_validation.h; the detail names the certificate.
Result<void> verify_chain(const Certificate& leaf, const Certificate* intermediate, const Certificate& anchor,
                          std::string_view policy, TimePoint at);

}  // namespace countersign::x509
