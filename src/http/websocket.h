// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

// WebSockets (RFC 6455) as both sides see them. Without extensions, so that nothing is compressed.
namespace countersign::http {

enum class MessageKind { kText, kBinary };

// WebSocketMessage is one whole message; fragments are put together before anybody sees them. Text is valid
// UTF-8.
struct WebSocketMessage {
  MessageKind kind = MessageKind::kBinary;
  Bytes payload;
  std::string_view text() const { return as_text(payload); }
};

struct WebSocketLimits {
  std::size_t max_message = 64 << 10;  // of what comes in; a longer message ends the connection (1009)
  std::size_t max_unsent = 1 << 20;    // of what waits for the peer
  std::chrono::milliseconds ping_interval{15000};  // after that long without a word from the peer
  std::chrono::milliseconds peer_timeout{40000};   // after which a silent peer counts as lost
};

// Why a connection ends, as RFC 6455 §7.4.1 numbers it.
enum class WebSocketClose : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kNotAccepted = 1003,  // a kind of message that the receiver does not take
  kNotUtf8 = 1007,
  kPolicy = 1008,
  kTooLarge = 1009,
  kInternal = 1011,
};

}  // namespace countersign::http
