// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>

#include "http/websocket.h"

namespace countersign::http {

enum class WebSocketOpcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};
using WebSocketMask = std::array<std::uint8_t, 4>;

// write_frame makes one final frame (RFC 6455 §5.2). Clients give a fresh random mask, servers none. The
// payload of a control frame has at most 125 bytes.
Bytes write_frame(WebSocketOpcode opcode, BytesView payload, const std::optional<WebSocketMask>& mask = {});
// The payload of a close frame; the reason is cut at 123 bytes.
Bytes write_close(WebSocketClose code, std::string_view reason);

// WebSocketReader makes messages of a connection's bytes, within limits. It does no input or output, so that
// anything can be thrown at it.
class WebSocketReader {
 public:
  // A server demands masked frames, a client refuses them (RFC 6455 §5.1).
  enum class Side { kServer, kClient };
  WebSocketReader(Side side, std::size_t max_message);

  // Where to read into, and how many bytes arrived there.
  std::span<std::uint8_t> space();
  void commit(std::size_t bytes);

  struct Event {
    enum class Kind { kMessage, kPing, kPong, kClose };
    Kind kind = Kind::kMessage;
    WebSocketMessage message;      // of control frames: its payload; of kClose: the reason
    std::uint16_t close_code = 0;  // of kClose; 1005 when the peer gave none
  };
  // The next event of the bytes that are there; nullopt when more are needed. Errors are final: kMalformed
  // (framing), kUnsupported (text that is not UTF-8), kTooLarge (the message).
  Result<std::optional<Event>> next();

 private:
  struct Frame {
    WebSocketOpcode opcode = WebSocketOpcode::kContinuation;
    bool is_final = false;
    std::uint64_t remaining = 0;
    WebSocketMask mask{};
    std::size_t position = 0;  // in the payload, for the mask
    bool is_control() const { return (static_cast<std::uint8_t>(opcode) & 0x8) != 0; }
  };
  Result<bool> read_header();
  Result<void> begin_frame();
  void take_payload(Bytes& payload);
  Result<std::optional<Event>> finish_frame();
  Result<Event> finish_control();

  const Side side_;
  const std::size_t max_message_;
  Bytes buffer_;  // bytes [begin_, end_) have arrived and are not yet read
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::optional<Frame> frame_;          // whose header is read
  std::optional<MessageKind> pending_;  // of which fragments have arrived
  Bytes message_;
  Bytes control_;
};

// With which code a reader's error ends the connection.
WebSocketClose close_code_of(const Error& error);

}  // namespace countersign::http
