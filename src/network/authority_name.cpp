// SPDX-License-Identifier: Apache-2.0
#include "network/authority_name.h"

namespace countersign::network {

Result<x509::Name> authority_server_name(const x509::Name& data_centre) {
  TRY(const auto unit, data_centre.child("OU", "authority"));
  return unit.child("CN", "Authority Server");
}

Result<void> require_speaks_for(const x509::Certificate& signer, const x509::Name& data_centre,
                                const x509::TrustAnchor& anchor, std::string_view what) {
  if (const x509::Certificate* ca = anchor.issuer_of(signer)) {
    TRY(const auto subtree, x509::permitted_subtree(*ca));
    if (subtree == data_centre) return ok();
  }
  return fail(ErrorCode::kForbidden, std::string(what) + ": " + signer.subject().text() +
                                         " does not speak for " + data_centre.text());
}

}  // namespace countersign::network
