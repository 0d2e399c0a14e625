// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::mail {

// encode_header makes header text of UTF-8 without control characters: as it stands where that is plain
// ASCII, else encoded-words of RFC 2047 §4.1 ("B"), each of whole characters and at most 64 long, folded by
// CRLF and a space.
std::string encode_header(std::string_view text);

// append_body appends `text` to `out` as a MIME body in the encoding that suits it: lines of at most 76,
// ended by CRLF. Appends without leaving copies elsewhere as long as `out` has the capacity that
// body_capacity says.
enum class BodyEncoding { kQuotedPrintable, kBase64 };  // RFC 2045 §6.7, §6.8
BodyEncoding encoding_for(std::string_view text);
std::string_view encoding_name(BodyEncoding encoding);
void append_body(Bytes& out, std::string_view text, BodyEncoding encoding);
std::size_t body_capacity(std::string_view text);

}  // namespace countersign::mail
