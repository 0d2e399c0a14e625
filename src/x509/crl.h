// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "x509/issue.h"

namespace countersign::x509 {

// CRLReason of RFC 5280 §5.3.1, as far as the network uses it.
enum class RevocationReason {
  kUnspecified = 0,
  kKeyCompromise = 1,
  kAffiliationChanged = 3,
  kSuperseded = 4,
  kCessationOfOperation = 5,
  kCertificateHold = 6,
  kPrivilegeWithdrawn = 9,
};
std::string_view reason_name(RevocationReason reason);  // "keyCompromise"
std::optional<RevocationReason> reason_of_name(std::string_view name);

struct RevokedEntry {
  SerialNumber serial;
  TimePoint at;
  RevocationReason reason;
};

// sign_crl makes a full CRL version 2 (RFC 5280 §5) with CRL number, authority key identifier and reasons;
// DER.
Result<Bytes> sign_crl(const Issuer& issuer, std::span<const RevokedEntry> entries, std::int64_t crl_number,
                       TimePoint this_update, TimePoint next_update);

}  // namespace countersign::x509
