// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::http {

// Decoded names and values of a query or form.
using Fields = std::map<std::string, std::string, std::less<>>;

// Target is a request target in origin form (RFC 9112 §3.2.1), decoded.
struct Target {
  std::string path;  // begins with "/"
  Fields query;      // each name once
  // Whether decoding brought forth a "/" or the path has an empty segment inside. Only prefix routes take
  // such paths: base64 in the path (RFC 6960 appendix A.1) needs them.
  bool irregular = false;
};

// parse_target refuses (kMalformed) what could be read in two ways: other forms than origin form, stray
// percent signs, encoded or plain control characters, backslashes, bytes beyond ASCII, and "." or ".."
// between slashes, also when the slash or dot is encoded.
Result<Target> parse_target(std::string_view text);

// parse_form reads application/x-www-form-urlencoded text, a query or a posted form: "+" is a space, each
// name may occur once, values are UTF-8 as far as the sender says. kMalformed.
Result<Fields> parse_form(std::string_view text);

// Percent-encoding of all but unreserved characters (RFC 3986 §2.3); encode_path leaves "/" as it is.
std::string encode_component(std::string_view text);
std::string encode_path(std::string_view path);

}  // namespace countersign::http
