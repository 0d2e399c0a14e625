// SPDX-License-Identifier: Apache-2.0
#include "network/authority_name.h"

namespace countersign::network {

Result<x509::Name> authority_server_name(const x509::Name& data_centre) {
  TRY(const auto unit, data_centre.child("OU", "authority"));
  return unit.child("CN", "Authority Server");
}

}  // namespace countersign::network
