// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "authority/confirmation/known_certificates.h"
#include "documents/confirmation.h"
#include "documents/order.h"

namespace countersign::authority {

// VerifiedRequest is a countersigned order whose signatures, roles, parties, origin and contents are in
// order. What depends on the moment (status, validity, expiry) is not judged yet.
struct VerifiedRequest {
  Bytes countersigned_order;  // DER
  documents::Order order;
  Sha256Digest order_digest;
  std::shared_ptr<const KnownCertificate> merchant;
  std::shared_ptr<const KnownCertificate> purchaser;
  TimePoint countersigned;  // signing time, the merchant's word only
  TimePoint ordered;        // signing time, the purchaser's word only
};

// RefusedRequest came from an authenticated merchant and is well formed, but cannot be confirmed: it gets a
// signed refusal.
struct RefusedRequest {
  Sha256Digest request;  // SHA-256 of the countersigned order
  std::string order_id;  // empty where it could not be read
  std::vector<documents::RefusalReason> reasons;
};

using JudgedRequest = std::variant<VerifiedRequest, RefusedRequest>;

// verify_request judges a countersigned order (docs/protocols/confirmation.md, steps 2–9). `client` is the
// certificate that the asking merchant presented in TLS: the countersigner must be the same subject. An Error
// is for what is not well formed or not authenticated: kMalformed, kTooLarge, kUnsupported,
// kCertificateUnknown, kForbidden, kSignatureInvalid.
Result<JudgedRequest> verify_request(Bytes countersigned_order, const x509::Certificate& client,
                                     const x509::Name& data_centre, KnownCertificates& known);

}  // namespace countersign::authority
