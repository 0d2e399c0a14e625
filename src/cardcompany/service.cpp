// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/service.h"

#include <boost/json/object.hpp>

namespace countersign::cardcompany {
namespace {

namespace json = boost::json;

// Subject text of the merchant that asks.
Result<std::string> authenticate(const http::Request& request, MerchantStatus& status) {
  if (!request.client_certificate)
    return fail(ErrorCode::kUnauthenticated, "show a merchant's certificate of this network");
  TRY(status.require_good(*request.client_certificate));
  return request.client_certificate->subject().text();
}

http::Response describe(const Authorization& authorization) {
  json::object body;
  const bool is_approved = authorization.state == Authorization::State::kApproved;
  const bool was_voided =
      authorization.state == Authorization::State::kReleased && authorization.code.empty();
  body["approved"] = is_approved;
  body["authorization"] = nullptr;
  body["code"] = nullptr;
  body["reason"] = nullptr;
  if (is_approved) {
    body["authorization"] = authorization.id;
  } else {
    const std::string_view code = was_voided ? "released" : std::string_view(authorization.code);
    body["code"] = code;
    body["reason"] = reason_text(code);
  }
  return http::json_response(200, documents::write_json(body));
}

Result<http::Response> decide(const http::Request& request, AuthorizationDesk& desk, MerchantStatus& status) {
  TRY(const auto merchant, authenticate(request, status));
  TRY(const auto question, parse_question(request.body));
  TRY(const auto authorization, desk.decide(merchant, question));
  return describe(authorization);
}

Result<http::Response> release(const http::Request& request, AuthorizationDesk& desk,
                               MerchantStatus& status) {
  TRY(const auto merchant, authenticate(request, status));
  TRY(desk.release(merchant, request.parameter("reference")));
  return http::json_response(200, R"({"state":"released"})");
}

}  // namespace

void add_service_routes(http::Router& router, AuthorizationDesk& desk, MerchantStatus& status) {
  router.add_blocking("POST", "/v1/authorizations", [&](const http::Request& request) {
    return http::answer(decide(request, desk, status));
  });
  router.add_blocking("POST", "/v1/authorizations/{reference}/release", [&](const http::Request& request) {
    return http::answer(release(request, desk, status));
  });
}

}  // namespace countersign::cardcompany
