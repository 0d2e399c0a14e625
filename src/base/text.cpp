// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <cstdint>

namespace countersign {
namespace {

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t least;  // smallest code point of that length: anything below is a second spelling
};

std::optional<Lead> read_lead(std::uint8_t byte) {
  if (byte < 0x80) return Lead{1, byte, 0};
  if ((byte & 0xe0) == 0xc0) return Lead{2, static_cast<char32_t>(byte & 0x1f), 0x80};
  if ((byte & 0xf0) == 0xe0) return Lead{3, static_cast<char32_t>(byte & 0x0f), 0x800};
  if ((byte & 0xf8) == 0xf0) return Lead{4, static_cast<char32_t>(byte & 0x07), 0x10000};
  return std::nullopt;
}

bool is_forbidden(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff;
}

}  // namespace

std::optional<std::size_t> count_plain_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < utf8.size(); ++count) {
    const auto first = static_cast<std::uint8_t>(utf8[i]);
    if (first >= 0x20 && first < 0x7f) {  // nearly all text of documents
      ++i;
      continue;
    }
    const std::optional<Lead> lead = read_lead(first);
    if (!lead || lead->length > utf8.size() - i) return std::nullopt;
    char32_t c = lead->bits;
    for (std::size_t k = 1; k < lead->length; ++k) {
      const auto byte = static_cast<std::uint8_t>(utf8[i + k]);
      if ((byte & 0xc0) != 0x80) return std::nullopt;
      c = (c << 6) | (byte & 0x3f);
    }
    if (c < lead->least || is_forbidden(c)) return std::nullopt;
    i += lead->length;
  }
  return count;
}

}  // namespace countersign
