// SPDX-License-Identifier: Apache-2.0
#include "link/frame.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/secret.h"

namespace countersign::link {
namespace {

constexpr std::size_t kAfterLength = 3;  // kind and channel
constexpr std::size_t kMaxReason = 64;

std::uint32_t length_at(BytesView bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

Error malformed(std::string_view what) {
  return {ErrorCode::kMalformed, "frame: " + std::string(what)};
}

// What can be said of a frame before its payload is there.
Result<void> check_header(std::uint8_t kind, std::uint16_t channel, std::size_t size) {
  if (size > kMaxPayload) return fail(ErrorCode::kTooLarge, "frame: " + std::to_string(size) + " bytes");
  switch (FrameKind{kind}) {
    case FrameKind::kControl:
      if (channel != 0) return fail(malformed("control outside of channel 0"));
      if (size == 0) return fail(malformed("empty control"));
      return ok();
    case FrameKind::kData:
      if (channel == 0 || size == 0) return fail(malformed("data on channel 0, or none"));
      return ok();
    case FrameKind::kOpen:
      if (channel == 0 || size == 0) return fail(malformed("channel 0 opened, or nothing said"));
      return ok();
    case FrameKind::kClose:
      if (size > kMaxReason) return fail(malformed("a reason that is no error name"));
      return ok();
    case FrameKind::kPing:
    case FrameKind::kPong:
      if (channel != 0 || size != 0) return fail(malformed("ping or pong with a channel or payload"));
      return ok();
  }
  return fail(ErrorCode::kUnsupported, "frame: kind " + std::to_string(kind));
}

}  // namespace

Result<void> check_frame(const Frame& frame) {
  return check_header(static_cast<std::uint8_t>(frame.kind), frame.channel, frame.payload.size());
}

Bytes encode_frame(const Frame& frame) {
  if (const auto checked = check_frame(frame); !checked) throw std::logic_error(checked.error().detail);
  const auto length = static_cast<std::uint32_t>(frame.payload.size() + kAfterLength);
  Bytes out;
  out.reserve(kFrameHeader + frame.payload.size());
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(length >> shift));
  out.push_back(static_cast<std::uint8_t>(frame.kind));
  out.push_back(static_cast<std::uint8_t>(frame.channel >> 8));
  out.push_back(static_cast<std::uint8_t>(frame.channel & 0xff));
  out.insert(out.end(), frame.payload.begin(), frame.payload.end());
  return out;
}

FrameReader::~FrameReader() {
  crypto::wipe(held_);
}

void FrameReader::feed(BytesView bytes) {
  if (failed_) return;
  // What has been given out makes room first. A vector that grows leaves its old memory behind, so the new
  // one is made by hand and the old one wiped.
  Bytes joined;
  joined.reserve(held_.size() - read_ + bytes.size());
  joined.insert(joined.end(), held_.begin() + static_cast<std::ptrdiff_t>(read_), held_.end());
  joined.insert(joined.end(), bytes.begin(), bytes.end());
  crypto::wipe(held_);
  held_ = std::move(joined);
  read_ = 0;
}

Result<std::optional<Frame>> FrameReader::next() {
  if (failed_) return fail(*failed_);
  const BytesView rest = BytesView(held_).subspan(read_);
  if (rest.size() < sizeof(std::uint32_t)) return std::optional<Frame>();
  const std::size_t length = length_at(rest);
  Result<void> checked =
      length < kAfterLength ? Result<void>(fail(malformed("shorter than its header"))) : ok();
  if (checked && length > kMaxPayload + kAfterLength)
    checked = fail(ErrorCode::kTooLarge, "frame: " + std::to_string(length) + " bytes");
  if (checked && rest.size() < kFrameHeader) return std::optional<Frame>();
  if (checked) {
    const auto channel = static_cast<std::uint16_t>(rest[5] << 8 | rest[6]);
    checked = check_header(rest[4], channel, length - kAfterLength);
  }
  if (!checked) {
    failed_ = checked.error();
    return fail(*failed_);
  }
  if (rest.size() < sizeof(std::uint32_t) + length) return std::optional<Frame>();
  Frame frame;
  frame.kind = FrameKind{rest[4]};
  frame.channel = static_cast<std::uint16_t>(rest[5] << 8 | rest[6]);
  frame.payload = to_bytes(rest.subspan(kFrameHeader, length - kAfterLength));
  read_ += sizeof(std::uint32_t) + length;
  return std::optional<Frame>(std::move(frame));
}

}  // namespace countersign::link
