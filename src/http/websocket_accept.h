// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/server_websocket.h"

namespace countersign::http {

// accept_websocket answers a request for a WebSocket: 101 with the session begun, or a problem. Blocks as
// long as the route's accept does.
Response accept_websocket(const WebSocketRoute& route, const Request& request,
                          const std::shared_ptr<ServerWebSocket>& session);

}  // namespace countersign::http
