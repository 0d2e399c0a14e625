// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/service.h"

#include <boost/json/object.hpp>

namespace countersign::cardcompany {
namespace {

namespace json = boost::json;

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

Result<http::Response> decide(const http::Request& request, AuthorizationDesk& desk, PartyStatus& status) {
  TRY(const auto merchant, require_merchant(request, status));
  TRY(auto question, parse_question(request.body));
  question.foreign_home = status.foreign_home_of(merchant);
  TRY(const auto authorization, desk.decide(merchant.subject().text(), question));
  return describe(authorization);
}

Result<http::Response> release(const http::Request& request, AuthorizationDesk& desk, PartyStatus& status) {
  TRY(const auto merchant, require_merchant(request, status));
  TRY(desk.release(merchant.subject().text(), request.parameter("reference")));
  return http::json_response(200, R"({"state":"released"})");
}

}  // namespace

void add_service_routes(http::Router& router, AuthorizationDesk& desk, PartyStatus& status) {
  router.add_blocking("POST", "/v1/authorizations", [&](const http::Request& request) {
    return http::answer(decide(request, desk, status));
  });
  router.add_blocking("POST", "/v1/authorizations/{reference}/release", [&](const http::Request& request) {
    return http::answer(release(request, desk, status));
  });
}

}  // namespace countersign::cardcompany
