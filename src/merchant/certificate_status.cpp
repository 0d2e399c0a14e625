// SPDX-License-Identifier: Apache-2.0
#include "merchant/certificate_status.h"

#include "base/clock_tolerance.h"

namespace countersign::merchant {

Result<FetchedStatus> fetch_status(const x509::Certificate& subject, const NetworkView& network,
                                   StatusAccess& authority, TimePoint now) {
  const x509::Certificate* ca = network.anchor->issuer_of(subject);
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "issued by no data centre known here");
  // No nonce: the answer may come prepared, and its times bound its age.
  TRY(const auto request, x509::make_ocsp_request(subject, *ca, {}));
  TRY(auto response, authority.ocsp(request));
  TRY(auto answer, x509::verify_ocsp_response(response, subject, *network.anchor, {}, now, kClockTolerance));
  return FetchedStatus{std::move(response), std::move(answer)};
}

Result<void> require_good(const x509::CertificateStatus& status, std::string_view what) {
  const std::string subject(what);
  switch (status.kind) {
    case x509::StatusKind::kGood:
      return ok();
    case x509::StatusKind::kUnknown:
      return fail(ErrorCode::kCertificateUnknown, subject + ": never issued");
    case x509::StatusKind::kRevoked:
      break;
  }
  if (status.reason == x509::RevocationReason::kCertificateHold)
    return fail(ErrorCode::kCertificateOnHold, subject + ": suspended, or not yet activated");
  return fail(ErrorCode::kCertificateRevoked, subject + ": revoked");
}

Result<void> verify_purchaser(const x509::Certificate& purchaser, const NetworkView& network,
                              StatusAccess& authority, TimePoint now) {
  TRY(x509::verify_path(purchaser, *network.anchor, x509::Role::kPurchaser, now));
  TRY(const auto fetched, fetch_status(purchaser, network, authority, now));
  return require_good(fetched.answer.status, "purchaser's certificate");
}

Result<void> verify_agreement(const x509::Certificate& agreement, const x509::Certificate& purchaser,
                              const NetworkView& network, StatusAccess& authority, TimePoint now) {
  TRY(x509::verify_path(agreement, *network.anchor, x509::Role::kPurchaserAgreement, now));
  if (agreement.subject() != purchaser.subject())
    return fail(ErrorCode::kForbidden, "agreement certificate: of another holder");
  TRY(const auto fetched, fetch_status(agreement, network, authority, now));
  return require_good(fetched.answer.status, "purchaser's agreement certificate");
}

}  // namespace countersign::merchant
