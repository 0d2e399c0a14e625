// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

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

struct Range {
  char32_t first;
  char32_t last;
};

// What is_forbidden looks for, in order.
constexpr Range kForbidden[] = {
    {0x0000, 0x001f},       // control characters C0
    {0x007f, 0x009f},       // DEL and C1
    {0x00ad, 0x00ad},       // soft hyphen
    {0x034f, 0x034f},       // combining grapheme joiner
    {0x061c, 0x061c},       // Arabic letter mark
    {0x115f, 0x1160},       // Hangul fillers
    {0x17b4, 0x17b5},       // Khmer inherent vowels
    {0x180e, 0x180e},       // Mongolian vowel separator
    {0x200b, 0x200f},       // zero-width space, joiners, directional marks
    {0x2028, 0x202e},       // line and paragraph separators, directional embeddings
    {0x2060, 0x206f},       // word joiner, invisible operators, isolates, deprecated controls
    {0x3164, 0x3164},       // Hangul filler
    {0xfeff, 0xfeff},       // zero-width no-break space
    {0xffa0, 0xffa0},       // halfwidth Hangul filler
    {0xfff0, 0xfffb},       // interlinear annotation, and what is kept for invisible characters
    {0x13430, 0x1343f},     // joiners of hieroglyphs
    {0x1bca0, 0x1bca3},     // shorthand format controls
    {0x1d173, 0x1d17a},     // musical format controls
    {0xe0000, 0xe00ff},     // tags
    {0xe01f0, 0xe0fff},     // kept for invisible characters
    {0x110000, 0xffffffff}  // ends the search: beyond Unicode
};

bool is_forbidden(char32_t c) {
  const auto* range = std::lower_bound(std::begin(kForbidden), std::end(kForbidden), c,
                                       [](const Range& one, char32_t value) { return one.last < value; });
  return c >= range->first;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& utf8) {
  if (utf8.empty()) return std::nullopt;
  const std::optional<Lead> lead = read_lead(static_cast<std::uint8_t>(utf8.front()));
  if (!lead || lead->length > utf8.size()) return std::nullopt;
  char32_t c = lead->bits;
  for (std::size_t k = 1; k < lead->length; ++k) {
    const auto byte = static_cast<std::uint8_t>(utf8[k]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    c = (c << 6) | (byte & 0x3f);
  }
  if (c < lead->least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return std::nullopt;
  utf8.remove_prefix(lead->length);
  return c;
}

std::optional<std::size_t> count_plain_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (; !utf8.empty(); ++count) {
    if (utf8.front() >= 0x20 && utf8.front() < 0x7f) {  // nearly all text of documents
      utf8.remove_prefix(1);
      continue;
    }
    const std::optional<char32_t> c = take_code_point(utf8);
    if (!c || is_forbidden(*c)) return std::nullopt;
  }
  return count;
}

std::string_view take_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(take_part(text, separator));
  return parts;
}

}  // namespace countersign
