// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/authority_access.h"
#include "merchant/network.h"
#include "x509/certificate.h"

namespace countersign::merchant {

// verify_purchaser accepts a certificate that may sign an order now: role, path to the network root,
// validity, and good status at the authority of its home. kUnavailable when the status cannot be had: nothing
// is sold on a guess.
Result<void> verify_purchaser(const x509::Certificate& purchaser, const NetworkView& network,
                              StatusAccess& authority, TimePoint now);

// verify_agreement accepts a certificate to which something for this purchaser may be sealed now: the same
// subject (kForbidden), and all that verify_purchaser demands, in the role of key agreement.
Result<void> verify_agreement(const x509::Certificate& agreement, const x509::Certificate& purchaser,
                              const NetworkView& network, StatusAccess& authority, TimePoint now);

}  // namespace countersign::merchant
