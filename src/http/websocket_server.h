// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/message.h"
#include "http/websocket.h"

namespace countersign::http {

// WebSocketSession is the server's end of an open WebSocket. Thread-safe. What is sent before the route has
// accepted goes out after the 101. Holding a session does not keep its connection open.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  // Queue a message and return. kUnavailable: the session has ended. kTooLarge: more than max_unsent waits
  // for the peer; the session goes on, and the caller waits (wait_for_room) or gives up.
  virtual Result<void> send_text(std::string_view text) = 0;
  virtual Result<void> send_binary(BytesView bytes) = 0;
  // Blocks until at least half of max_unsent is free. False: the session has ended, or `limit` is over. Never
  // in a callback of this session.
  virtual bool wait_for_room(std::chrono::milliseconds limit) = 0;
  // While paused nothing is read, so that the peer has to wait; a peer cannot be found lost meanwhile.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  // Sends what is queued, then the close frame, and ends. `reason` is at most 123 bytes of ASCII.
  virtual void close(WebSocketClose code, std::string_view reason = {}) = 0;
};

// WebSocketEvents is what a route wants to hear, on the thread of the connection: callbacks must not block
// and are never called at the same time.
struct WebSocketEvents {
  std::function<void(WebSocketMessage)> on_message;
  // Once, after the last message, however the session ended: kCancelled when the peer closed it in order,
  // kUnavailable when it was lost, what WebSocketReader says when the peer broke the protocol, and
  // kGone when close() was called here.
  std::function<void(const Error& reason)> on_close;
};

// WebSocketRoute turns a GET with `Upgrade: websocket` into a session (Router::add_websocket). A request that
// is no upgrade to `subprotocol` gets a 426 problem. `accept` runs on a worker thread, may block, and
// decides: an Error is answered as its problem, and no session begins. It may keep the session.
struct WebSocketRoute {
  std::string subprotocol;
  WebSocketLimits limits = {};
  std::function<Result<WebSocketEvents>(const Request&, const std::shared_ptr<WebSocketSession>&)> accept;
};

}  // namespace countersign::http
