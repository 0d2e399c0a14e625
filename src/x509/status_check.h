// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "x509/ocsp.h"

namespace countersign::x509 {

// AskStatus carries a DER OCSPRequest to the authority's responder and brings its DER OCSPResponse back.
using AskStatus = std::function<Result<Bytes>(BytesView request)>;

// Whether an answer may have been prepared before the question, its age bounded by its times alone, or must
// repeat the question's nonce (RFC 8954).
enum class StatusAge { kPrepared, kOfThisQuestion };

// FetchedStatus is a verified OCSP response with what it states.
struct FetchedStatus {
  Bytes response;  // DER
  OcspAnswer answer;
};

// fetch_status asks about a certificate of a data centre that the anchor knows (kCertificateUnknown), and
// verifies the answer. Errors of `ask` and of verify_ocsp_response.
Result<FetchedStatus> fetch_status(const Certificate& subject, const TrustAnchor& anchor,
                                   const AskStatus& ask, StatusAge age, TimePoint now);

// require_good names what is wrong with any status but good: kCertificateOnHold, kCertificateRevoked,
// kCertificateUnknown. `whose` begins the detail.
Result<void> require_good(const CertificateStatus& status, std::string_view whose);

}  // namespace countersign::x509
