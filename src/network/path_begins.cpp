// SPDX-License-Identifier: Apache-2.0
#include "network/path_begins.h"

#include <algorithm>

namespace countersign::network {

TimePoint path_begins(const x509::Certificate& certificate, const x509::TrustAnchor& anchor) {
  const TimePoint from = std::max(certificate.not_before(), anchor.root().not_before());
  const x509::Certificate* ca = anchor.issuer_of(certificate);
  return ca == nullptr ? from : std::max(from, ca->not_before());
}

}  // namespace countersign::network
