// SPDX-License-Identifier: Apache-2.0
#include "documents/text_rules.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kLongestSequence = 4;  // octets of one code point

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_host_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, is_host_character)) return false;
  const auto bad_edge = [](char c) { return c == '.' || c == '-'; };
  if (bad_edge(host.front()) || bad_edge(host.back())) return false;
  for (std::size_t i = 1; i < host.size(); ++i)
    if (bad_edge(host[i - 1]) && bad_edge(host[i]) && (host[i] == '.' || host[i - 1] == '.')) return false;
  return true;
}

bool is_address_literal(std::string_view host) {
  return host.size() >= 4 && host.size() <= 41 && host.front() == '[' && host.back() == ']' &&
         std::ranges::all_of(host.substr(1, host.size() - 2),
                             [](char c) { return is_lower_hex(c) || c == ':'; });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0' || !std::ranges::all_of(text, is_digit))
    return false;
  const int port = std::stoi(std::string(text));
  return port <= 65535 && port != 443;
}

}  // namespace

std::string to_plain_text(std::string_view bytes, std::size_t max) {
  std::string text;
  for (std::size_t count = 0; !bytes.empty() && count < max; ++count) {
    std::size_t size = 1;
    while (size <= kLongestSequence && count_plain_characters(bytes.substr(0, size)) != 1) ++size;
    const bool carried = size <= std::min(kLongestSequence, bytes.size());
    text += carried ? bytes.substr(0, size) : "?";
    bytes.remove_prefix(carried ? size : 1);
  }
  return text;
}

bool is_https_origin(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  const std::size_t colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  const std::string_view host = text.substr(0, colon);
  if (!is_host_name(host) && !is_address_literal(host)) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

bool is_mail_address(std::string_view text) {
  constexpr std::string_view kForbidden = "()<>[]:;@\\,\"";
  const std::size_t at = text.rfind('@');
  if (text.size() > 254 || at == std::string_view::npos) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  const auto is_local = [&](char c) {
    return c > ' ' && c <= '~' && kForbidden.find(c) == std::string_view::npos;
  };
  const auto is_domain = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  };
  return !local.empty() && local.size() <= 64 && std::ranges::all_of(local, is_local) && !domain.empty() &&
         std::ranges::all_of(domain, is_domain) && domain.front() != '.' && domain.back() != '.' &&
         local.front() != '.' && local.back() != '.' && text.find("..") == std::string_view::npos;
}

bool is_uuid(std::string_view text, char version) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  const char variant = text[19];
  return text[14] == version && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b');
}

}  // namespace countersign::documents
