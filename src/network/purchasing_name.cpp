// SPDX-License-Identifier: Apache-2.0
#include "network/purchasing_name.h"

#include "x509/profile.h"

namespace countersign::network {

Result<x509::Name> purchasing_name(const x509::Name& merchant, const x509::Name& data_centre) {
  TRY(const auto group, data_centre.child("OU", x509::profile_of(x509::Role::kPurchaser).subtree));
  return group.child("CN", merchant.value_of("CN"));
}

}  // namespace countersign::network
