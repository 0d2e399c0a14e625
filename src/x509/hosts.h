// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

// Hosts as they stand in certificates, each in its one accepted spelling.
namespace countersign::x509 {

// is_dns_name accepts a lower-case host name of letters, digits and hyphens (RFC 1123 §2.1) without wildcard
// and without a trailing dot, whose last label is not a number.
bool is_dns_name(std::string_view text);

// The 4 or 16 octets of an IP address in its canonical text form (RFC 5952), and back.
Result<Bytes> ip_octets(std::string_view text);
Result<std::string> ip_text(BytesView octets);

// The octets of address and mask of "127.0.0.0/8" (RFC 5280 §4.2.1.10), and back. Bits beyond the prefix are
// zero.
Result<Bytes> ip_range_octets(std::string_view cidr);
Result<std::string> ip_range_text(BytesView octets);

// host_of_origin answers the host of an https origin without path, lower case, without the default port:
// "https://shop.example:8443" → "shop.example", "https://[::1]" → "::1". kMalformed for anything else.
Result<std::string> host_of_origin(std::string_view origin);

// Whether `host` is `domain` or below it.
bool is_within_domain(std::string_view host, std::string_view domain);
// Whether the address lies in the range; both in text form.
bool is_within_range(std::string_view ip, std::string_view cidr);

}  // namespace countersign::x509
