// SPDX-License-Identifier: Apache-2.0
#include "x509/status_check.h"

#include "base/clock_tolerance.h"
#include "crypto/random.h"

namespace countersign::x509 {
namespace {

constexpr std::size_t kNonceSize = 32;

}  // namespace

Result<FetchedStatus> fetch_status(const Certificate& subject, const TrustAnchor& anchor,
                                   const AskStatus& ask, StatusAge age, TimePoint now) {
  const Certificate* ca = anchor.issuer_of(subject);
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "issued by no data centre known here");
  const Bytes nonce = age == StatusAge::kPrepared ? Bytes() : crypto::random_bytes(kNonceSize);
  TRY(const auto request, make_ocsp_request(subject, *ca, nonce));
  TRY(auto response, ask(request));
  TRY(auto answer, verify_ocsp_response(response, subject, anchor, nonce, now, kClockTolerance));
  return FetchedStatus{std::move(response), std::move(answer)};
}

Result<void> require_good(const CertificateStatus& status, std::string_view whose) {
  const std::string subject(whose);
  switch (status.kind) {
    case StatusKind::kGood:
      return ok();
    case StatusKind::kUnknown:
      return fail(ErrorCode::kCertificateUnknown, subject + ": never issued");
    case StatusKind::kRevoked:
      break;
  }
  if (status.reason == RevocationReason::kCertificateHold)
    return fail(ErrorCode::kCertificateOnHold, subject + ": suspended, or not yet activated");
  return fail(ErrorCode::kCertificateRevoked, subject + ": revoked");
}

}  // namespace countersign::x509
