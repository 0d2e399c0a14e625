// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "http/websocket_server.h"

namespace countersign::merchant {

// Relay carries the bytes of one wallet's TLS session between a mediator's WebSocket and a socket, whose
// other end the gateway serves like any connection. It cannot read them. Ends when either side ends.
class Relay {
 public:
  // Takes `descriptor`, one end of a connected pair of stream sockets. `cancel` is called on a thread of the
  // relay's own when the mediator says so.
  Relay(std::shared_ptr<http::WebSocketSession> session, int descriptor, std::function<void()> cancel);
  ~Relay();  // ends it
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // What the route hears of the WebSocket. Do not block.
  void take(const http::WebSocketMessage& message);
  void end();
  // Tells the mediator: JSON of control.
  void tell(std::string_view control);
  bool has_ended() const { return ended_; }

 private:
  void run();
  bool forward_to_mediator();
  void forward_to_gateway();
  bool flush();  // with mutex_ held; false when the socket is broken
  void wake() const;
  bool act_on_wishes();

  const std::shared_ptr<http::WebSocketSession> session_;
  const int descriptor_;
  const int wakeup_;  // eventfd
  const std::function<void()> cancel_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;        // guards what follows
  Bytes unsent_;            // for the gateway's socket
  bool is_paused_ = false;  // the mediator is not read until unsent_ has gone
  bool wants_cancel_ = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace countersign::merchant
