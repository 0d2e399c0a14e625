// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::documents {

// is_plain_text says whether UTF-8 text is free of what a document may not carry: control characters (C0, DEL, C1),
// bidirectional controls (U+061C, U+200E/F, U+202A–E, U+2066–9), U+FEFF. The text must be valid UTF-8.
bool is_plain_text(std::string_view utf8);

// to_plain_text makes any bytes into such text of at most `max` code points, "?" in the place of what may not stand there.
std::string to_plain_text(std::string_view bytes, std::size_t max);

// count_code_points of valid UTF-8.
std::size_t count_code_points(std::string_view utf8);

// is_https_origin accepts the one spelling of a web origin (RFC 6454 §6.2) with the https scheme: lower-case host, no
// path, no default port, "https://shop.example", "https://shop.example:8443", "https://[::1]:8443".
bool is_https_origin(std::string_view text);

// is_mail_address accepts local@domain of printable ASCII without quoting, at most 254 octets (RFC 5321 §4.1.2).
bool is_mail_address(std::string_view text);

// is_uuid says whether text is a lower-case UUID (RFC 9562 §4) of that version and variant 10.
bool is_uuid(std::string_view text, char version);

}  // namespace countersign::documents
