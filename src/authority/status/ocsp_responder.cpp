// SPDX-License-Identifier: Apache-2.0
#include "authority/status/ocsp_responder.h"

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
  const Result<x509::OcspRequest> request = x509::parse_ocsp_request(der, ca_);
  if (!request) return failed(request.error());
  Result<Reply> reply = answer_questions(request.value());
  if (!reply) return failed(reply.error());
  return std::move(reply).value();
}

Result<OcspResponder::Reply> OcspResponder::answer_questions(const x509::OcspRequest& request) const {
  std::vector<std::optional<Directory::QuickStatus>> statuses;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    for (const x509::OcspQuestion& question : request.questions) {
      statuses.emplace_back();
      if (question.issuer_matches) {
        TRY(statuses.back(), directory_.quick_status(reader, question.serial));
        if (!statuses.back()) {
          TRY(statuses.back(), directory_.lost_status(reader, question.serial));
        }
      }
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
  TRY(Bytes der, x509::sign_ocsp_response(cache_.responder(), answers, request.nonce, this_update));
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
