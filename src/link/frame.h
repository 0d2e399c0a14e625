// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace countersign::link {

// What a frame carries. Channel 0 is the link itself; channels from 1 on are byte streams that the wallet
// opens.
enum class FrameKind : std::uint8_t {
  kControl = 1,  // channel 0: one JSON message (control.h)
  kData = 2,     // channel ≥ 1: bytes of the stream
  kOpen = 3,     // channel ≥ 1: a new stream; the payload is what OpenChannel of control.h says
  kClose = 4,    // ends the channel, or with channel 0 the link; the payload is an error name, or empty
  kPing = 5,     // channel 0, empty; answered by kPong. Connection does both by itself
  kPong = 6,
};

inline constexpr std::size_t kMaxPayload = 32 << 10;
inline constexpr std::size_t kFrameHeader =
    7;  // u32 length of what follows, u8 kind, u16 channel; big-endian

struct Frame {
  FrameKind kind = FrameKind::kControl;
  std::uint16_t channel = 0;
  Bytes payload;
  friend bool operator==(const Frame&, const Frame&) = default;
};

// check_frame holds a frame against the rules above: kMalformed, kTooLarge. Senders and readers apply it
// alike.
Result<void> check_frame(const Frame& frame);
// encode_frame writes a frame that check_frame accepts; others throw std::logic_error.
Bytes encode_frame(const Frame& frame);

// FrameReader cuts a stream of bytes into frames. Hostile input is named as soon as it is seen, before more
// than one frame is held: kTooLarge, kMalformed, kUnsupported (unknown kind). After an error it accepts
// nothing more. Wipes what it held. For one thread.
class FrameReader {
 public:
  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader();
  // Takes bytes in; at most kMaxPayload + kFrameHeader are kept beyond those that `next` has given out.
  void feed(BytesView bytes);
  // The next whole frame, nullopt when more bytes are needed.
  Result<std::optional<Frame>> next();
  // Whether part of a frame is held: an end of the stream here means that it was cut off.
  bool is_within_frame() const { return read_ < held_.size(); }

 private:
  Bytes held_;
  std::size_t read_ = 0;  // how much of held_ has been given out
  std::optional<Error> failed_;
};

}  // namespace countersign::link
