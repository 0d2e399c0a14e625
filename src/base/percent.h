// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign {

// percent_decode undoes the percent-encoding of RFC 3986 §2.1. kMalformed for a cut-off or wrong code and for
// white space, control characters and octets beyond ASCII, which have to be encoded; what the codes stand for
// is the caller's to judge.
Result<std::string> percent_decode(std::string_view text);

// percent_encode encodes every octet but those of unreserved characters (RFC 3986 §2.3) and of `kept`.
std::string percent_encode(std::string_view text, std::string_view kept = {});

}  // namespace countersign
