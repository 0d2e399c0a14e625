// SPDX-License-Identifier: Apache-2.0
#include "merchant/form.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kLargestForm = 16 << 10;
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// Takes the text up to the next separator off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<http::Fields> read_form(const http::Request& request) {
  std::string_view type = request.header("Content-Type");
  if (trimmed(next_part(type, ';')) != kFormType)
    return fail(ErrorCode::kUnsupported, "form: " + std::string(kFormType));
  if (request.body.size() > kLargestForm) return fail(ErrorCode::kTooLarge, "form");
  return http::parse_form(as_text(request.body));
}

std::string field(const http::Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

std::string cookie(const http::Request& request, std::string_view name) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    std::string_view value = trimmed(next_part(rest, ';'));
    if (next_part(value, '=') == name) return std::string(value);
  }
  return "";
}

Result<void> require_same_origin(const http::Request& request) {
  const auto origin = request.header("Origin");
  if (origin.empty() || origin == "https://" + std::string(request.header("Host"))) return ok();
  return fail(ErrorCode::kForbidden, "form: sent from another origin");
}

Language language_of(const http::Request& request) {
  if (const auto asked = request.query.find("lang"); asked != request.query.end()) {
    const auto language = language_of_code(asked->second);
    if (language) return language.value();
  }
  std::string_view rest = request.header("Accept-Language");
  while (!rest.empty()) {
    std::string_view range = trimmed(next_part(rest, ','));
    const auto tag = next_part(range, ';');
    const auto language = language_of_code(tag.substr(0, tag.find('-')));
    if (language) return language.value();
  }
  return Language::kEnglish;
}

}  // namespace countersign::merchant
