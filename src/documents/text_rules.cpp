// SPDX-License-Identifier: Apache-2.0
#include "documents/text_rules.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "x509/hosts.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kLongestSequence = 4;  // octets of one code point

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_unreserved(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

// "", "/log", "/a/b".
bool is_plain_path(std::string_view path) {
  while (!path.empty()) {
    if (path.front() != '/') return false;
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty() || segment == "." || segment == ".." || !std::ranges::all_of(segment, is_unreserved))
      return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

// Where the path begins behind host and port.
std::size_t path_of(std::string_view text, std::string_view scheme) {
  return std::min(text.find('/', scheme.size()), text.size());
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

std::optional<std::size_t> count_plain_lines(std::string_view utf8) {
  std::size_t count = 0;
  for (;;) {
    const std::size_t end = utf8.find('\n');
    const auto plain = count_plain_characters(utf8.substr(0, end));
    if (!plain) return std::nullopt;
    count += *plain;
    if (end == std::string_view::npos) return count;
    ++count;
    utf8.remove_prefix(end + 1);
  }
}

bool is_https_origin(std::string_view text) {
  return x509::host_of_origin(text).has_value();
}

bool is_web_origin(std::string_view text) {
  if (!text.starts_with(kHttp)) return is_https_origin(text);
  return !text.ends_with(":80") && is_https_origin(std::string(kHttps).append(text.substr(kHttp.size())));
}

bool is_web_prefix(std::string_view text) {
  const std::size_t path = path_of(text, text.starts_with(kHttp) ? kHttp : kHttps);
  return is_web_origin(text.substr(0, path)) && is_plain_path(text.substr(path));
}

bool is_https_prefix(std::string_view text) {
  return text.starts_with(kHttps) && is_web_prefix(text);
}

bool is_log_origin(std::string_view text) {
  return text.size() <= kMaxLogOrigin && is_https_prefix(std::string(kHttps).append(text));
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

bool is_code(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::optional<Sha256Digest> digest_of_hex(std::string_view text) {
  Sha256Digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return is_lower_hex(c); })) return std::nullopt;
  std::ranges::copy(hex_decode(text).value(), digest.begin());
  return digest;
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
