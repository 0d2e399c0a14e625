// SPDX-License-Identifier: Apache-2.0
#include "documents/text_rules.h"

#include <algorithm>
#include <cstdint>

namespace countersign::documents {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

// Length of the valid UTF-8 sequence that begins at i (RFC 3629 §4), or 0.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const std::uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if (!is_continuation(text, i + k)) return 0;
  const std::uint8_t second = byte_at(text, i + 1);
  if (lead == 0xE0 && second < 0xA0) return 0;
  if (lead == 0xED && second > 0x9F) return 0;
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second > 0x8F) return 0;
  return length;
}

// Whether the sequence at i stands for a code point that no document carries.
bool is_forbidden(std::string_view text, std::size_t i, std::size_t length) {
  const std::uint8_t lead = byte_at(text, i);
  if (length == 1) return lead < 0x20 || lead == 0x7F;
  const std::uint8_t second = byte_at(text, i + 1);
  if (length == 2) return (lead == 0xC2 && second < 0xA0) || (lead == 0xD8 && second == 0x9C);  // C1, U+061C
  if (length != 3) return false;
  const std::uint8_t third = byte_at(text, i + 2);
  if (lead == 0xEF) return second == 0xBB && third == 0xBF;  // U+FEFF
  if (lead != 0xE2) return false;
  if (second == 0x80) return third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE);
  return second == 0x81 && third >= 0xA6 && third <= 0xA9;  // U+2066–9
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_host_character(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; }

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
         std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) { return is_lower_hex(c) || c == ':'; });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0' || !std::ranges::all_of(text, is_digit)) return false;
  const int port = std::stoi(std::string(text));
  return port <= 65535 && port != 443;
}

}  // namespace

bool is_plain_text(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t length = sequence_length(utf8, i);
    if (length == 0 || is_forbidden(utf8, i, length)) return false;
    i += length;
  }
  return true;
}

std::string to_plain_text(std::string_view bytes, std::size_t max) {
  std::string text;
  std::size_t count = 0;
  for (std::size_t i = 0; i < bytes.size() && count < max; ++count) {
    const std::size_t length = sequence_length(bytes, i);
    const bool carried = length != 0 && !is_forbidden(bytes, i, length);
    text += carried ? bytes.substr(i, length) : "?";
    i += std::max<std::size_t>(length, 1);
  }
  return text;
}

std::size_t count_code_points(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; }));
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
  const auto is_local = [&](char c) { return c > ' ' && c <= '~' && kForbidden.find(c) == std::string_view::npos; };
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
