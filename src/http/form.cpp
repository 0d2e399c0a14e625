// SPDX-License-Identifier: Apache-2.0
#include "http/form.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::http {
namespace {

constexpr std::size_t kLargestForm = 16 << 10;
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Fields> read_form(const Request& request) {
  std::string_view type = request.header("Content-Type");
  if (trimmed(take_part(type, ';')) != kFormType)
    return fail(ErrorCode::kUnsupported, "form: " + std::string(kFormType));
  if (request.body.size() > kLargestForm) return fail(ErrorCode::kTooLarge, "form");
  return parse_form(as_text(request.body));
}

std::string field(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

std::string cookie(const Request& request, std::string_view name) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    std::string_view value = trimmed(take_part(rest, ';'));
    if (take_part(value, '=') == name) return std::string(value);
  }
  return "";
}

Result<void> require_same_origin(const Request& request) {
  const auto origin = request.header("Origin");
  if (origin.empty() || origin == "https://" + std::string(request.header("Host"))) return ok();
  return fail(ErrorCode::kForbidden, "form: sent from another origin");
}

std::string_view preferred_language(const Request& request, std::initializer_list<std::string_view> known) {
  const auto known_one = [&](std::string_view language) {
    return std::find(known.begin(), known.end(), language);
  };
  if (const auto asked = known_one(request.query_value("lang")); asked != known.end()) return *asked;
  std::string_view rest = request.header("Accept-Language");
  while (!rest.empty()) {
    std::string_view range = trimmed(take_part(rest, ','));
    const auto tag = take_part(range, ';');
    if (const auto found = known_one(tag.substr(0, tag.find('-'))); found != known.end()) return *found;
  }
  return *known.begin();
}

}  // namespace countersign::http
