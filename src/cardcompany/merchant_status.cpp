// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/merchant_status.h"

namespace countersign::cardcompany {

Result<std::unique_ptr<MerchantStatus>> MerchantStatus::open(std::string_view status_url,
                                                             std::shared_ptr<const x509::TrustAnchor> anchor,
                                                             const Clock& clock) {
  TRY(auto client, http::Client::create(status_url, {}));
  return std::unique_ptr<MerchantStatus>(new MerchantStatus(std::move(client), std::move(anchor), clock));
}

Result<Bytes> MerchantStatus::ask(BytesView request) {
  TRY(auto response, client_->post("/ocsp", to_bytes(request), "application/ocsp-request"));
  if (response.status != 200) return fail(ErrorCode::kUnavailable, "the authority states no status");
  return std::move(response.body);
}

Result<void> MerchantStatus::require_good(const x509::Certificate& merchant) {
  if (anchor_->issuer_of(merchant) == nullptr)
    return fail(ErrorCode::kCertificateUnknown, "merchant: issued by no data centre known here");
  const auto fetched = x509::fetch_status(
      merchant, *anchor_, [this](BytesView request) { return ask(request); },
      x509::StatusAge::kOfThisQuestion, clock_.now());
  if (!fetched)
    return fail(ErrorCode::kUnavailable, "merchant: no status of this moment: " + fetched.error().detail);
  return x509::require_good(fetched.value().answer.status, "merchant");
}

}  // namespace countersign::cardcompany
