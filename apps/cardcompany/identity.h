// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config.h"
#include "x509/cms.h"

namespace countersign::app {

// CompanyIdentity is who the company is to others: its two certificates, of one subject, and what they are
// judged by.
struct CompanyIdentity {
  x509::Signer signer;     // serves merchants over TLS and signs what was decided
  x509::Issuer agreement;  // certificate and key that payment instructions are sealed to
  std::shared_ptr<const x509::TrustAnchor> anchor;
};

// Reads keys and certificates. kMalformed where a file holds another key's certificate, kWrongRole and the
// other errors of verify_path where a certificate is not what the company needs.
Result<CompanyIdentity> load_identity(const CardCompanyConfig& config, TimePoint now);

}  // namespace countersign::app
