// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_service.h"

namespace countersign::cardcompany {
namespace {

Result<http::Response> publish(const http::Request& request, const PublishedCertificates& certificates) {
  if (!request.client_certificate)
    return fail(ErrorCode::kUnauthenticated, "show a merchant's certificate of this network");
  TRY(const auto current, certificates.current());
  TRY(const auto json, documents::write_company_certificates(current));
  return http::json_response(200, as_text(json));
}

Result<http::Response> authorize(const http::Request& request, const SplitDesk& desk, PartyStatus& status) {
  TRY(const auto merchant, require_merchant(request, status));
  TRY(const auto asked, documents::parse_split_authorization_request(request.body));
  TRY(auto result, desk.authorize(merchant, asked));
  return http::der_response(200, std::move(result),
                            std::string(http::kCmsMediaType) + "; smime-type=signed-data");
}

Result<http::Response> describe(const Result<documents::MovementAnswer>& movement) {
  TRY(const auto answer, movement);
  TRY(const auto json, documents::write_movement_answer(answer));
  return http::json_response(200, as_text(json));
}

Result<http::Response> capture(const http::Request& request, const SplitDesk& desk, PartyStatus& status) {
  TRY(const auto merchant, require_merchant(request, status));
  TRY(const auto asked, documents::parse_capture_request(request.body));
  return describe(desk.capture(merchant, asked));
}

Result<http::Response> refund(const http::Request& request, const SplitDesk& desk, PartyStatus& status) {
  TRY(const auto merchant, require_merchant(request, status));
  TRY(const auto asked, documents::parse_refund_request(request.body));
  return describe(desk.refund(merchant, asked));
}

}  // namespace

void add_split_routes(http::Router& router, const SplitDesk& desk, PartyStatus& status,
                      const PublishedCertificates& certificates) {
  router.add_blocking("GET", "/v1/certificates", [&](const http::Request& request) {
    return http::answer(publish(request, certificates));
  });
  router.add_blocking("POST", "/v1/split-authorizations", [&](const http::Request& request) {
    return http::answer(authorize(request, desk, status));
  });
  router.add_blocking("POST", "/v1/captures", [&](const http::Request& request) {
    return http::answer(capture(request, desk, status));
  });
  router.add_blocking("POST", "/v1/refunds", [&](const http::Request& request) {
    return http::answer(refund(request, desk, status));
  });
}

}  // namespace countersign::cardcompany
