// SPDX-License-Identifier: Apache-2.0
#include "wallet/link.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "base/percent.h"
#include "documents/text_rules.h"
#include "http/client.h"

namespace countersign::wallet {
namespace {

constexpr std::size_t kLongestLink = 2048;
constexpr std::size_t kLongestToken = 128;

using Parameters = std::map<std::string, std::string, std::less<>>;

Result<Parameters> read_parameters(std::string_view text, std::string_view kind,
                                   std::span<const std::string_view> names) {
  // A copied link often brings white space along.
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  if (text.size() > kLongestLink) return fail(ErrorCode::kTooLarge, "link");
  constexpr std::string_view kScheme = "countersign:";
  if (!text.starts_with(kScheme))
    return fail(ErrorCode::kMalformed, "link: does not begin with countersign:");
  text.remove_prefix(kScheme.size());
  const auto question = text.find('?');
  if (text.substr(0, question) != kind || question == std::string_view::npos) {
    return fail(ErrorCode::kUnsupported, "link: is not of the kind " + std::string(kind));
  }
  text.remove_prefix(question + 1);
  Parameters parameters;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = item.find('=');
    const std::string name(item.substr(0, equals));
    if (equals == std::string_view::npos || std::find(names.begin(), names.end(), name) == names.end()) {
      return fail(ErrorCode::kMalformed, "link: unknown parameter");
    }
    auto value = percent_decode(item.substr(equals + 1));
    if (!value) return fail(value.error(), "link: " + name);
    if (!parameters.emplace(name, std::move(value).value()).second) {
      return fail(ErrorCode::kMalformed, "link: " + name + " stands twice");
    }
  }
  for (const auto name : names) {
    if (!parameters.contains(name))
      return fail(ErrorCode::kMalformed, "link: " + std::string(name) + " is missing");
  }
  return parameters;
}

Result<std::string> base_url(const Parameters& parameters, std::string_view name) {
  const auto& text = parameters.find(name)->second;
  const auto url = http::parse_url(text);
  if (!url) return fail(url.error(), "link: " + std::string(name));
  if (url.value().scheme != "https" || url.value().path != "/") {
    return fail(ErrorCode::kMalformed,
                "link: " + std::string(name) + " is not an https address without path");
  }
  return url.value().origin();
}

Result<std::string> token(const Parameters& parameters, std::string_view name) {
  const auto& text = parameters.find(name)->second;
  if (text.size() > kLongestToken || !documents::is_token(text)) {
    return fail(ErrorCode::kMalformed,
                "link: " + std::string(name) + " has characters that do not belong there");
  }
  return text;
}

}  // namespace

Result<EnrolmentLink> parse_enrolment_link(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"authority", "id", "token", "root"};
  TRY(const auto parameters, read_parameters(text, "enrol", kNames));
  EnrolmentLink link;
  TRY(link.authority, base_url(parameters, "authority"));
  TRY(link.id, token(parameters, "id"));
  TRY(link.token, token(parameters, "token"));
  const auto root = hex_decode(parameters.find("root")->second);
  if (!root || root.value().size() != link.root.size()) {
    return fail(ErrorCode::kMalformed, "link: root is not a SHA-256 fingerprint");
  }
  std::copy(root.value().begin(), root.value().end(), link.root.begin());
  return link;
}

Result<PaymentLink> parse_payment_link(std::string_view text) {
  constexpr std::array<std::string_view, 3> kNames{"gateway", "checkout", "token"};
  if (text.find("&gateway.2=") != std::string_view::npos)
    return fail(ErrorCode::kUnsupported, "link: several merchants; open it on a PC that is paired");
  TRY(const auto parameters, read_parameters(text, "pay", kNames));
  PaymentLink link;
  TRY(link.gateway, base_url(parameters, "gateway"));
  TRY(link.checkout, token(parameters, "checkout"));
  TRY(link.token, token(parameters, "token"));
  return link;
}

}  // namespace countersign::wallet
