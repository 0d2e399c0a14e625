// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "authority/confirmation/confirmation_service.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kSignedDataType = "application/pkcs7-mime; smime-type=signed-data";

// The media type alone, without parameters (RFC 9110 §8.3.1: compared without case).
bool is_cms(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return std::equal(type.begin(), type.end(), http::kCmsMediaType.begin(), http::kCmsMediaType.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

Result<void> judge_sender(const http::Request& request) {
  if (!request.client_certificate) {
    return fail(ErrorCode::kUnauthenticated, "confirmations: a merchant's TLS certificate is needed");
  }
  if (request.client_certificate->role() != x509::Role::kMerchant) {
    return fail(ErrorCode::kForbidden, "confirmations: only merchants ask for them");
  }
  if (!is_cms(request.header("Content-Type"))) {
    return fail(ErrorCode::kUnsupported, "confirmations: Content-Type must be application/pkcs7-mime");
  }
  return ok();
}

http::Response response_of(Result<Decision> decision) {
  if (!decision) return http::problem_response(decision.error());
  const bool refused = decision.value().kind == Decision::Kind::kRefused;
  http::Response response = http::der_response(refused ? http::status_of(decision.value().reason) : 200,
                                               std::move(decision.value().document), kSignedDataType);
  if (refused) response.headers["Countersign-Document"] = "refusal";
  return response;
}

}  // namespace

void add_confirmation_routes(http::Router& router, ConfirmationService& service) {
  router.add("POST", "/v1/confirmations", [&service](http::Request request, http::Respond respond) {
    if (const Result<void> judged = judge_sender(request); !judged) {
      return respond(http::problem_response(judged.error()));
    }
    service.confirm(std::move(request.body), *request.client_certificate,
                    [respond = std::move(respond)](Result<Decision> decision) {
                      respond(response_of(std::move(decision)));
                    });
  });
}

}  // namespace countersign::authority
