// SPDX-License-Identifier: Apache-2.0
#include "merchant/api_answers.h"

#include <charconv>

namespace countersign::merchant {

http::Response signed_answer(const StoredAnswer& stored) {
  const std::string media_type = std::string(http::kCmsMediaType) + "; smime-type=signed-data";
  if (stored.answer.kind == SignedAnswer::Kind::kConfirmation)
    return http::der_response(200, stored.answer.document, media_type);
  const auto code = error_of_name(stored.code).value_or(ErrorCode::kForbidden);
  auto response = http::der_response(http::status_of(code), stored.answer.document, media_type);
  response.headers["Countersign-Document"] = "refusal";
  return response;
}

Result<std::string> bearer_token(const http::Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto value = request.header("Authorization");
  if (!value.starts_with(kScheme) || value.size() == kScheme.size())
    return fail(ErrorCode::kUnauthenticated, "Authorization: Bearer is missing");
  return std::string(value.substr(kScheme.size()));
}

Result<void> require_media_type(const http::Request& request, std::string_view media_type) {
  const auto stated = request.header("Content-Type");
  if (stated.substr(0, stated.find_first_of("; ")) == media_type) return ok();
  return fail(ErrorCode::kUnsupported, "Content-Type: " + std::string(media_type) + " is needed");
}

Result<int> limit_of(const http::Request& request, int fallback, int most) {
  const std::string_view text = request.query_value("limit");
  if (text.empty()) return fallback;
  int limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > most)
    return fail(ErrorCode::kMalformed, "limit: 1 to " + std::to_string(most));
  return limit;
}

}  // namespace countersign::merchant
