// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/party_status.h"

namespace countersign::cardcompany {

Result<Bytes> PartyStatus::ask_own(BytesView request) {
  return responders_.ask(trust_->own_status_url(), request, http::Responder::kOwn);
}

Result<void> PartyStatus::require_good(const x509::Certificate& party, std::string_view whose) {
  const std::string subject(whose);
  const auto anchor = trust_->current();
  if (anchor->issuer_of(party) == nullptr)
    return trust_->note(Result<void>(
        fail(ErrorCode::kCertificateUnknown, subject + ": issued by no data centre known here")));
  const TimePoint now = clock_.now();
  TRY(const auto home, trust_->status_url_of(party.subject(), now));
  const auto responder = home == trust_->own_status_url() ? http::Responder::kOwn : http::Responder::kOther;
  const auto ask = [&](BytesView request) { return responders_.ask(home, request, responder); };
  const auto fetched = x509::fetch_status(party, *anchor, ask, x509::StatusAge::kOfThisQuestion, now);
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
