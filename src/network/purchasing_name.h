// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/name.h"

namespace countersign::network {

// purchasing_name is the one name that an enterprise buys under, which its gateway asks for and its authority
// certifies: `CN=<the merchant's CN>,OU=purchasers,<data centre>`. Errors of Name::child.
Result<x509::Name> purchasing_name(const x509::Name& merchant, const x509::Name& data_centre);

}  // namespace countersign::network
