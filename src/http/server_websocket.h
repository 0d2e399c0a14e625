// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "http/websocket_frames.h"
#include "http/websocket_server.h"

namespace countersign::http {

// ServerWebSocket is the session between the thread of its connection, which moves the bytes, and those who
// send.
class ServerWebSocket final : public WebSocketSession {
 public:
  // `wake` makes the connection look after this session; it is called from any thread.
  ServerWebSocket(WebSocketLimits limits, std::function<void()> wake)
      : limits_(limits), wake_(std::move(wake)) {}

  Result<void> send_text(std::string_view text) override;
  Result<void> send_binary(BytesView bytes) override;
  bool wait_for_room(std::chrono::milliseconds limit) override;
  void pause_reading() override { set_paused(true); }
  void resume_reading() override { set_paused(false); }
  void close(WebSocketClose code, std::string_view reason) override;

  // For the connection:
  const WebSocketLimits& limits() const { return limits_; }
  // The route has accepted. Calls on_close at once if the connection has ended meanwhile.
  void begin(WebSocketEvents events);
  // The session is over; on_close is called, once.
  void end(const Error& reason);
  // Answers control frames and passes messages on. The reason, when the event ends the session.
  std::optional<Error> take(WebSocketReader::Event event);
  void queue(WebSocketOpcode opcode, BytesView payload);
  // A close frame as the last that is sent.
  void queue_close(WebSocketClose code, std::string_view reason);
  // What is to be sent, until sent(bytes) says so of all of it. Belongs to the connection's thread.
  std::string_view unsent();
  void sent(std::size_t bytes);
  bool is_paused() const { return paused_; }
  // Whether a close frame is queued or sent, so that the connection ends once nothing is unsent.
  bool is_closing() const;

 private:
  Result<void> send(WebSocketOpcode opcode, BytesView payload);
  void append(WebSocketOpcode opcode, BytesView payload);
  void set_paused(bool paused);

  const WebSocketLimits limits_;
  const std::function<void()> wake_;
  std::atomic<bool> paused_{false};
  Bytes sending_;  // the connection's thread only
  std::size_t begin_ = 0;
  WebSocketEvents events_;  // set before the connection's thread sees the 101

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  Bytes queued_;
  std::size_t waiting_ = 0;  // bytes in queued_ and those of sending_ that are not sent
  bool closing_ = false;
  std::optional<Error> ended_;
};

}  // namespace countersign::http
