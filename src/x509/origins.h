// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/extensions.h"

namespace countersign::x509 {

// names_of_origins are the web origins that a merchant's certificate is for, and exactly their hosts, each
// once, in the order of the origins. kMalformed for what is no https origin in its one spelling (hosts.h).
Result<AlternativeNames> names_of_origins(const std::vector<std::string>& origins);

}  // namespace countersign::x509
