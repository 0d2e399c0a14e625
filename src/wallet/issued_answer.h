// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/peers.h"

namespace countersign::wallet {

// parse_issued reads the authority's answer to a request for certificates ({certificates:[PEM…],
// chain:[PEM…]}).
Result<IssuedCertificates> parse_issued(BytesView json);

}  // namespace countersign::wallet
