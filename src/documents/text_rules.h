// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::documents {

// to_plain_text makes any bytes into UTF-8 text of at most `max` code points that documents may carry
// (base/text.h), with
// "?" in the place of what may not stand there.
std::string to_plain_text(std::string_view bytes, std::size_t max);

// count_plain_lines is count_plain_characters (base/text.h) for text that may have line feeds, each of which
// counts, too.
std::optional<std::size_t> count_plain_lines(std::string_view utf8);

// is_https_origin accepts the one spelling of a web origin (RFC 6454 §6.2) that certificates hold, too: see
// host_of_origin (x509/hosts.h).
bool is_https_origin(std::string_view text);

// is_web_origin accepts http origins, too, in the same spelling: without a path and without the default port.
bool is_web_origin(std::string_view text);
// is_web_prefix accepts a web origin, alone or with a path of segments of letters, digits and "-._~" (RFC
// 3986 §2.3) behind it, none of them empty, "." or "..": no credentials, query, fragment or slash at the end,
// so that what is asked for is appended with "/". is_https_prefix accepts https alone.
bool is_web_prefix(std::string_view text);
bool is_https_prefix(std::string_view text);

// is_log_origin accepts the name of a public log (c2sp.org/tlog-checkpoint): such a prefix without its
// scheme, "seoul-1.example/log", of at most kMaxLogOrigin characters.
inline constexpr std::size_t kMaxLogOrigin = 255;
bool is_log_origin(std::string_view text);

// is_token says whether text is an identifier or token as links and tags carry them: one or more characters
// of the base64url alphabet (RFC 4648 §5).
bool is_token(std::string_view text);

// is_code accepts a name of a–z and _, one or more characters: why something was refused.
bool is_code(std::string_view text);

// digest_of_hex reads exactly 64 lower-case hexadecimal digits.
std::optional<Sha256Digest> digest_of_hex(std::string_view text);

// is_uuid says whether text is a lower-case UUID (RFC 9562 §4) of that version and variant 10.
bool is_uuid(std::string_view text, char version);

}  // namespace countersign::documents
