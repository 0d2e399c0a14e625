// SPDX-License-Identifier: Apache-2.0
#include "authority/status/ocsp_responder.h"

#include <algorithm>

#include "authority/status/http_caching.h"
#include "base/log.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kRequestType = "application/ocsp-request";
constexpr std::string_view kResponseType = "application/ocsp-response";

// OCSPResponseStatus of RFC 6960 §4.2.1.
constexpr int kMalformedRequest = 1;
constexpr int kInternalError = 2;
constexpr int kTryLater = 3;

int error_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupported:
      return kMalformedRequest;
    case ErrorCode::kUnavailable:
    case ErrorCode::kStorageFull:
      return kTryLater;
    default:
      return kInternalError;
  }
}

}  // namespace

OcspResponder::Reply OcspResponder::answer(BytesView der) const {
  const auto failed = [](const Error& error) {
    if (error_status(error.code) != kMalformedRequest) log_error("ocsp_failed", error);
    return Reply{.der = std::make_shared<const Bytes>(x509::ocsp_error_response(error_status(error.code)))};
  };
  const Result<Asked> asked = read(der);
  if (!asked) return failed(asked.error());
  Result<Reply> reply = answer_questions(asked.value());
  if (!reply) return failed(reply.error());
  return std::move(reply).value();
}

Result<OcspResponder::Asked> OcspResponder::read(BytesView der) const {
  Asked asked;
  for (const x509::Certificate& ca : cas_) {
    TRY(auto request, x509::parse_ocsp_request(der, ca));
    asked.issuers.resize(request.questions.size(), nullptr);
    for (std::size_t i = 0; i < request.questions.size(); ++i)
      if (request.questions[i].issuer_matches) asked.issuers[i] = &ca;
    asked.request = std::move(request);
    if (std::ranges::find(asked.issuers, nullptr) == asked.issuers.end()) break;
  }
  return asked;
}

Result<bool> OcspResponder::has_issued(storage::Reader& reader, const x509::Certificate& issuer,
                                       const x509::SerialNumber& serial) const {
  const std::string key(as_text(serial.bytes()));
  std::optional<Bytes> known;
  {
    const std::lock_guard lock(mutex_);
    known = issuers_.find(key);
  }
  if (!known) {
    TRY(const auto entry, directory_.find_by_serial(reader, serial));
    if (!entry) return false;
    known = entry->certificate.extensions().authority_key_id;
    const std::lock_guard lock(mutex_);
    issuers_.put(key, *known);
  }
  return *known == issuer.extensions().subject_key_id;
}

// What is known from the record of statuses alone is on hold or revoked: that may be said of any issuer's.
Result<OcspResponder::Status> OcspResponder::status_of(storage::Reader& reader,
                                                       const x509::SerialNumber& serial,
                                                       const x509::Certificate& issuer) const {
  TRY(auto status, directory_.quick_status(reader, serial));
  if (!status) return directory_.lost_status(reader, serial);
  TRY(const bool is_its_own, has_issued(reader, issuer, serial));
  if (!is_its_own) status.reset();
  return status;
}

Result<OcspResponder::Reply> OcspResponder::answer_questions(const Asked& asked) const {
  const x509::OcspRequest& request = asked.request;
  std::vector<Status> statuses(request.questions.size());
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      if (asked.issuers[i] == nullptr) continue;
      TRY(statuses[i], status_of(reader, request.questions[i].serial, *asked.issuers[i]));
    }
    return ok();
  }));
  const TimePoint now = clock_.now();
  if (request.questions.size() == 1 && request.nonce.empty()) {
    TRY(auto response, cache_.response(request.questions.front().cert_id, statuses.front(), now));
    return Reply{response.der, true, response.this_update, response.next_update};
  }
  const TimePoint this_update = whole_seconds(now);
  std::vector<x509::OcspAnswer> answers;
  answers.reserve(statuses.size());
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    answers.push_back({request.questions[i].cert_id, ocsp_status(statuses[i]), this_update,
                       this_update + cache_.options().valid_for});
  }
  TRY(Bytes der, x509::sign_ocsp_response(cache_.signer_of(request.questions.front().cert_id), answers,
                                          request.nonce, this_update));
  return Reply{.der = std::make_shared<const Bytes>(std::move(der))};
}

http::Response OcspResponder::post(const http::Request& request) const {
  if (request.header("Content-Type") != kRequestType) {
    return http::problem_response(
        {ErrorCode::kUnsupported, "ocsp: Content-Type must be application/ocsp-request"});
  }
  return http::der_response(200, *answer(request.body).der, kResponseType);
}

http::Response OcspResponder::get(const http::Request& request) const {
  const Result<Bytes> der = base64_decode(request.parameter("rest"));
  const Reply reply = answer(der ? BytesView(der.value()) : BytesView());
  http::Response response = http::der_response(200, *reply.der, kResponseType);
  if (reply.reusable) allow_revalidated_caching(request, response, reply.this_update, reply.next_update);
  return response;
}

}  // namespace countersign::authority
