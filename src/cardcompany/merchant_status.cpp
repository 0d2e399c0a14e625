// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/merchant_status.h"

#include "base/clock_tolerance.h"
#include "x509/ocsp.h"

namespace countersign::cardcompany {

Result<std::unique_ptr<MerchantStatus>> MerchantStatus::open(std::string_view status_url,
                                                             std::shared_ptr<const x509::TrustAnchor> anchor,
                                                             const Clock& clock) {
  TRY(auto client, http::Client::create(status_url, {}));
  return std::unique_ptr<MerchantStatus>(new MerchantStatus(std::move(client), std::move(anchor), clock));
}

Result<void> MerchantStatus::require_good(const x509::Certificate& merchant) {
  const x509::Certificate* ca = anchor_->issuer_of(merchant);
  if (ca == nullptr)
    return fail(ErrorCode::kCertificateUnknown, "merchant: issued by no data centre known here");
  TRY(auto request, x509::make_ocsp_request(merchant, *ca, {}));
  TRY(const auto response, client_->post("/ocsp", std::move(request), "application/ocsp-request"));
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable, "merchant: the authority states no status");
  TRY(const auto answer,
      x509::verify_ocsp_response(response.body, merchant, *anchor_, {}, clock_.now(), kClockTolerance));
  if (answer.status.kind == x509::StatusKind::kGood) return ok();
  if (answer.status.kind == x509::StatusKind::kUnknown)
    return fail(ErrorCode::kCertificateUnknown, "merchant: certificate never issued");
  if (answer.status.reason == x509::RevocationReason::kCertificateHold)
    return fail(ErrorCode::kCertificateOnHold, "merchant: certificate suspended");
  return fail(ErrorCode::kCertificateRevoked, "merchant: certificate revoked");
}

}  // namespace countersign::cardcompany
