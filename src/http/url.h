// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::http {

// Parts of an https or http URL. Host in lower case; IPv6 addresses without their brackets.
struct Url {
  std::string scheme, host, path;  // path with query as it goes over the wire, "/" at least
  unsigned short port = 443;
  std::string origin() const;  // "https://shop.example:8443", default port left out
};

// parse_url answers kMalformed for user info, fragments, other schemes, empty or percent-encoded hosts and
// port 0.
Result<Url> parse_url(std::string_view text);

}  // namespace countersign::http
