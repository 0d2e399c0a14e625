// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/party_status.h"

namespace countersign::cardcompany {

Result<std::unique_ptr<PartyStatus>> PartyStatus::open(std::string_view status_url,
                                                       std::shared_ptr<const x509::TrustAnchor> anchor,
                                                       const Clock& clock) {
  TRY(auto client, http::Client::create(status_url, {}));
  return std::unique_ptr<PartyStatus>(new PartyStatus(std::move(client), std::move(anchor), clock));
}

Result<Bytes> PartyStatus::ask(BytesView request) {
  TRY(auto response, client_->post("/ocsp", to_bytes(request), "application/ocsp-request"));
  if (response.status != 200) return fail(ErrorCode::kUnavailable, "the authority states no status");
  return std::move(response.body);
}

Result<void> PartyStatus::require_good(const x509::Certificate& party, std::string_view whose) {
  const std::string subject(whose);
  if (anchor_->issuer_of(party) == nullptr)
    return fail(ErrorCode::kCertificateUnknown, subject + ": issued by no data centre known here");
  const auto fetched = x509::fetch_status(
      party, *anchor_, [this](BytesView request) { return ask(request); }, x509::StatusAge::kOfThisQuestion,
      clock_.now());
  if (!fetched)
    return fail(ErrorCode::kUnavailable, subject + ": no status of this moment: " + fetched.error().detail);
  return x509::require_good(fetched.value().answer.status, subject);
}

Result<x509::Certificate> require_merchant(const http::Request& request, PartyStatus& status) {
  if (!request.client_certificate)
    return fail(ErrorCode::kUnauthenticated, "show a merchant's certificate of this network");
  TRY(status.require_good(*request.client_certificate, "merchant"));
  return *request.client_certificate;
}

}  // namespace countersign::cardcompany
