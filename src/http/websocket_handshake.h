// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

// The opening handshake of RFC 6455 §4.
namespace countersign::http {

// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (§4.2.2).
std::string websocket_accept(std::string_view key);

// check_upgrade says whether a request asks for a WebSocket of this subprotocol. kUnsupported, and kMalformed
// for an upgrade with a key or version of another form.
Result<void> check_upgrade(const Request& request, std::string_view subprotocol);
// The 426 that answers what check_upgrade refused.
Response upgrade_refusal(const Error& error);
// The 101 that answers a request which check_upgrade let pass.
Response upgrade_answer(const Request& request, std::string_view subprotocol);

// check_upgrade_answer says whether a 101 is for our key and subprotocol, without extensions. kMalformed.
Result<void> check_upgrade_answer(const Response& answer, std::string_view key, std::string_view subprotocol);

}  // namespace countersign::http
