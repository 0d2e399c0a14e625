// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/path.h"

namespace countersign::network {

// authority_server_name is the one subject that the TLS server of a data centre's authority has: whoever
// connects to an authority demands it, so that no other data centre's server passes for it.
Result<x509::Name> authority_server_name(const x509::Name& data_centre);

}  // namespace countersign::network
