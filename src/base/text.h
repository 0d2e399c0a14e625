// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

// take_code_point takes one code point off the front of UTF-8 text (RFC 3629): no second spelling, no
// surrogate, none beyond U+10FFFF. nullopt where the text is empty or does not begin with one; nothing is
// taken then.
std::optional<char32_t> take_code_point(std::string_view& utf8);

// count_plain_characters counts the code points of UTF-8 text (RFC 3629). nullopt when the text is not valid
// UTF-8 or carries what no name or document may, because nobody sees it: control characters (C0, DEL, C1),
// bidirectional controls (U+061C, U+200E/F, U+202A–E, U+2066–9), line and paragraph separators, and invisible
// format characters (zero-width spaces and joiners, soft hyphen, Hangul fillers, tags …). Variation
// selectors, which choose a shape for what stands before them, are none of these.
std::optional<std::size_t> count_plain_characters(std::string_view utf8);

// take_part takes the text up to the next separator off the front of `rest`, and the separator with it.
std::string_view take_part(std::string_view& rest, char separator);
// split gives the parts between separators, empty ones too, but none behind a separator that ends the text.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace countersign
