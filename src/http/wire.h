// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace countersign::http {

// How a response goes over a connection.
struct Framing {
  bool with_body = true;   // false answers HEAD: the length is stated, the body left out
  bool keep_alive = true;  // false adds `Connection: close`
};

// append_response writes a response as HTTP/1.1 (RFC 9112 §4) to the end of `wire`. Content-Length and
// Connection are set here and ignored in `headers`. False, with `wire` as it was, for a header that could
// break the framing.
bool append_response(std::string& wire, const Response& response, Framing framing);

// The reason phrase of a status, or "Unknown".
std::string_view reason_phrase(int status);

}  // namespace countersign::http
