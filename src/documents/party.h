// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/certificate.h"

namespace countersign::documents {

// PartyReference names a party and the very certificate it acts with.
struct PartyReference {
  x509::Name subject;
  Sha256Digest certificate;  // SHA-256 of the certificate's DER
  friend bool operator==(const PartyReference&, const PartyReference&) = default;
};
PartyReference reference_to(const x509::Certificate& certificate);

}  // namespace countersign::documents
