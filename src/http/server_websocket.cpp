// SPDX-License-Identifier: Apache-2.0
#include "http/server_websocket.h"

#include <utility>

namespace countersign::http {
namespace {

WebSocketClose answer_to(std::uint16_t close_code) {
  // 1005 says that the peer gave no code, which may not stand in a frame.
  return close_code == 1005 ? WebSocketClose::kNormal : static_cast<WebSocketClose>(close_code);
}

}  // namespace

Result<void> ServerWebSocket::send_text(std::string_view text) {
  return send(WebSocketOpcode::kText, as_bytes(text));
}

Result<void> ServerWebSocket::send_binary(BytesView bytes) {
  return send(WebSocketOpcode::kBinary, bytes);
}

Result<void> ServerWebSocket::send(WebSocketOpcode opcode, BytesView payload) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || closing_) return fail(ErrorCode::kUnavailable, "WebSocket: has ended");
    if (waiting_ > 0 && waiting_ + payload.size() > limits_.max_unsent) {
      return fail(ErrorCode::kTooLarge, "WebSocket: the peer takes too little");
    }
    append(opcode, payload);
  }
  wake_();
  return ok();
}

bool ServerWebSocket::wait_for_room(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  room_.wait_for(lock, limit, [this] { return ended_ || closing_ || waiting_ <= limits_.max_unsent / 2; });
  return !ended_ && !closing_ && waiting_ <= limits_.max_unsent / 2;
}

void ServerWebSocket::set_paused(bool paused) {
  paused_ = paused;
  wake_();
}

void ServerWebSocket::close(WebSocketClose code, std::string_view reason) {
  queue_close(code, reason);
  wake_();
}

void ServerWebSocket::begin(WebSocketEvents events) {
  std::optional<Error> ended;
  {
    const std::lock_guard lock(mutex_);
    ended = ended_;
    if (!ended) std::swap(events_, events);
  }
  if (ended && events.on_close) events.on_close(*ended);
}

void ServerWebSocket::end(const Error& reason) {
  WebSocketEvents events;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = reason;
    events = std::exchange(events_, {});  // they may hold this session
    room_.notify_all();
  }
  if (events.on_close) events.on_close(reason);
}

std::optional<Error> ServerWebSocket::take(WebSocketReader::Event event) {
  switch (event.kind) {
    case WebSocketReader::Event::Kind::kMessage:
      if (events_.on_message) events_.on_message(std::move(event.message));
      return std::nullopt;
    case WebSocketReader::Event::Kind::kPing:
      queue(WebSocketOpcode::kPong, event.message.payload);
      return std::nullopt;
    case WebSocketReader::Event::Kind::kPong:
      return std::nullopt;
    case WebSocketReader::Event::Kind::kClose:
      break;
  }
  queue_close(answer_to(event.close_code), {});
  return Error{ErrorCode::kCancelled,
               "WebSocket: closed by the peer with " + std::to_string(event.close_code)};
}

void ServerWebSocket::queue(WebSocketOpcode opcode, BytesView payload) {
  const std::lock_guard lock(mutex_);
  // A peer that asks for pongs and takes none gets no more of them.
  if (!closing_ && waiting_ <= limits_.max_unsent) append(opcode, payload);
}

void ServerWebSocket::queue_close(WebSocketClose code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closing_, true)) return;
  append(WebSocketOpcode::kClose, write_close(code, reason));
  room_.notify_all();
}

void ServerWebSocket::append(WebSocketOpcode opcode, BytesView payload) {
  const Bytes frame = write_frame(opcode, payload);
  queued_.insert(queued_.end(), frame.begin(), frame.end());
  waiting_ += frame.size();
}

std::string_view ServerWebSocket::unsent() {
  if (begin_ == sending_.size()) {
    sending_.clear();
    begin_ = 0;
    const std::lock_guard lock(mutex_);
    std::swap(sending_, queued_);
  }
  return as_text(BytesView(sending_).subspan(begin_));
}

void ServerWebSocket::sent(std::size_t bytes) {
  begin_ += bytes;
  const std::lock_guard lock(mutex_);
  waiting_ -= bytes;
  if (waiting_ <= limits_.max_unsent / 2) room_.notify_all();
}

bool ServerWebSocket::is_closing() const {
  const std::lock_guard lock(mutex_);
  return closing_;
}

}  // namespace countersign::http
