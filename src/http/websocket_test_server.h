// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "http/server.h"
#include "http/websocket_server.h"

// A WebSocket route for tests: it echoes, and remembers how its sessions ended.
namespace countersign::http {

class EchoRoute {
 public:
  // Text "pause" pauses reading until "resume" is called; "close" closes; anything else is echoed.
  WebSocketRoute route(WebSocketLimits limits = {}) {
    return {"echo.v1", limits,
            [this](const Request& request, const std::shared_ptr<WebSocketSession>& session) {
              return accept(request, session);
            }};
  }

  // How the next session ended, as the error's name; "" when none does within 10 s.
  std::string next_end() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return !ends_.empty(); })) return {};
    std::string end = std::move(ends_.front());
    ends_.pop_front();
    return end;
  }
  // The newest session.
  std::shared_ptr<WebSocketSession> session() {
    const std::lock_guard lock(mutex_);
    return session_;
  }

 private:
  Result<WebSocketEvents> accept(const Request& request, const std::shared_ptr<WebSocketSession>& session) {
    if (request.header("Authorization") != "Bearer open-sesame") {
      return fail(ErrorCode::kUnauthenticated, "echo: token");
    }
    const std::lock_guard lock(mutex_);
    session_ = session;
    return WebSocketEvents{[session](const WebSocketMessage& message) { echo(*session, message); },
                           [this](const Error& reason) { remember(reason); }};
  }
  static void echo(WebSocketSession& session, const WebSocketMessage& message) {
    if (message.kind == MessageKind::kBinary) {
      static_cast<void>(session.send_binary(message.payload));
    } else if (message.text() == "pause") {
      session.pause_reading();
    } else if (message.text() == "close") {
      session.close(WebSocketClose::kNormal);
    } else {
      static_cast<void>(session.send_text(message.text()));
    }
  }
  void remember(const Error& reason) {
    const std::lock_guard lock(mutex_);
    ends_.emplace_back(error_name(reason.code));
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::string> ends_;
  std::shared_ptr<WebSocketSession> session_;
};

}  // namespace countersign::http
