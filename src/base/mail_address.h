// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace countersign {

// is_mail_address says whether text is an address that the network takes: local@domain, at most 254 octets
// (RFC 5321 §4.1.2, without quoting), no spaces, control characters or comments; non-ASCII only in the
// domain, as punycode.
bool is_mail_address(std::string_view text);

// is_atom_character says whether a word of a mail's header may hold it unquoted (atext, RFC 5322 §3.2.3).
bool is_atom_character(char c);

}  // namespace countersign
