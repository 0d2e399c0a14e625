// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/path.h"

namespace countersign::network {

// authority_server_name is the one subject that the TLS server of a data centre's authority has: whoever
// connects to an authority demands it, so that no other data centre's server passes for it.
Result<x509::Name> authority_server_name(const x509::Name& data_centre);

// require_speaks_for: whose certificate verified in a role of an authority speaks for the data centre whose
// CA issued it, and for no other (kForbidden). `what` begins the detail.
Result<void> require_speaks_for(const x509::Certificate& signer, const x509::Name& data_centre,
                                const x509::TrustAnchor& anchor, std::string_view what);

}  // namespace countersign::network
