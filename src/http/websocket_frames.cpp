// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_frames.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace countersign::http {
namespace {

constexpr std::size_t kReadSize = 16 << 10;
constexpr std::size_t kMaxHeader = 14;
constexpr std::size_t kMaxControl = 125;
constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint16_t kNoCode = 1005;

bool is_known(std::uint8_t opcode) {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xa);
}

// RFC 6455 §7.4: codes that may stand in a frame.
bool is_close_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// RFC 3629: how many bytes a character has that begins with `lead`, and the least of them that it may stand
// for.
struct Character {
  std::size_t size;
  char32_t least;
};
Character character_of(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0};
  if (lead >= 0xc2 && lead <= 0xdf) return {2, 0x80};
  if (lead >= 0xe0 && lead <= 0xef) return {3, 0x800};
  if (lead >= 0xf0 && lead <= 0xf4) return {4, 0x10000};
  return {0, 0};
}

bool is_utf8(BytesView text) {
  for (std::size_t i = 0; i < text.size();) {
    const Character character = character_of(text[i]);
    if (character.size == 0 || character.size > text.size() - i) return false;
    char32_t value = character.size == 1 ? text[i] : text[i] & (0x7fu >> character.size);
    for (std::size_t k = 1; k < character.size; ++k) {
      if ((text[i + k] & 0xc0) != 0x80) return false;
      value = value << 6 | (text[i + k] & 0x3fu);
    }
    if (value < character.least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return false;
    i += character.size;
  }
  return true;
}

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "WebSocket: " + std::string(what));
}

void apply_mask(std::span<std::uint8_t> bytes, const WebSocketMask& mask, std::size_t position) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= mask[(position + i) % mask.size()];
}

void append_big_endian(Bytes& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

}  // namespace

Bytes write_frame(WebSocketOpcode opcode, BytesView payload, const std::optional<WebSocketMask>& mask) {
  Bytes frame;
  frame.reserve(kMaxHeader + payload.size());
  frame.push_back(static_cast<std::uint8_t>(kFinal | static_cast<std::uint8_t>(opcode)));
  const auto masked = static_cast<std::uint8_t>(mask ? kMasked : 0);
  if (payload.size() <= kMaxControl) {
    frame.push_back(static_cast<std::uint8_t>(masked | payload.size()));
  } else if (payload.size() <= 0xffff) {
    frame.push_back(static_cast<std::uint8_t>(masked | 126));
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame.push_back(static_cast<std::uint8_t>(masked | 127));
    append_big_endian(frame, payload.size(), 8);
  }
  if (mask) frame.insert(frame.end(), mask->begin(), mask->end());
  const std::size_t header = frame.size();
  frame.insert(frame.end(), payload.begin(), payload.end());
  if (mask) apply_mask(std::span(frame).subspan(header), *mask, 0);
  return frame;
}

Bytes write_close(WebSocketClose code, std::string_view reason) {
  Bytes payload;
  append_big_endian(payload, static_cast<std::uint16_t>(code), 2);
  const BytesView text = as_bytes(reason.substr(0, kMaxControl - 2));
  payload.insert(payload.end(), text.begin(), text.end());
  return payload;
}

WebSocketClose close_code_of(const Error& error) {
  if (error.code == ErrorCode::kTooLarge) return WebSocketClose::kTooLarge;
  if (error.code == ErrorCode::kUnsupported) return WebSocketClose::kNotUtf8;
  return WebSocketClose::kProtocolError;
}

WebSocketReader::WebSocketReader(Side side, std::size_t max_message)
    : side_(side), max_message_(max_message), buffer_(kReadSize) {}

std::span<std::uint8_t> WebSocketReader::space() {
  // next() leaves at most a part of a header behind.
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return std::span(buffer_).subspan(end_);
}

void WebSocketReader::commit(std::size_t bytes) {
  end_ += bytes;
}

Result<std::optional<WebSocketReader::Event>> WebSocketReader::next() {
  for (;;) {
    if (!frame_) {
      TRY(const bool is_read, read_header());
      if (!is_read) return std::optional<Event>();
    }
    take_payload(frame_->is_control() ? control_ : message_);
    if (frame_->remaining > 0) return std::optional<Event>();
    TRY(auto event, finish_frame());
    if (event) return event;
  }
}

// False while the header is not there as a whole.
Result<bool> WebSocketReader::read_header() {
  const BytesView there = BytesView(buffer_).subspan(begin_, end_ - begin_);
  if (there.size() < 2) return false;
  const std::uint8_t short_length = there[1] & 0x7f;
  const std::size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  const bool is_masked = (there[1] & kMasked) != 0;
  const std::size_t size = 2 + extended + (is_masked ? 4 : 0);
  if ((there[0] & kReserved) != 0) return malformed("reserved bits");
  if (!is_known(there[0] & 0xf)) return malformed("opcode");
  if (is_masked != (side_ == Side::kServer)) return malformed("mask");
  if (there.size() < size) return false;

  Frame frame;
  frame.opcode = static_cast<WebSocketOpcode>(there[0] & 0xf);
  frame.is_final = (there[0] & kFinal) != 0;
  frame.remaining = extended == 0 ? short_length : 0;
  for (std::size_t i = 0; i < extended; ++i) frame.remaining = frame.remaining << 8 | there[2 + i];
  if ((extended == 2 && frame.remaining < 126) || (extended == 8 && frame.remaining <= 0xffff)) {
    return malformed("length in a longer form than it needs");
  }
  if (is_masked)
    std::copy_n(there.begin() + static_cast<std::ptrdiff_t>(2 + extended), 4, frame.mask.begin());
  begin_ += size;
  frame_ = frame;
  TRY(begin_frame());
  return true;
}

Result<void> WebSocketReader::begin_frame() {
  if (frame_->is_control()) {
    if (!frame_->is_final || frame_->remaining > kMaxControl) return malformed("control frame");
    control_.clear();
    return ok();
  }
  const bool continues = frame_->opcode == WebSocketOpcode::kContinuation;
  if (continues != pending_.has_value()) return malformed("order of fragments");
  if (frame_->remaining > max_message_ - message_.size()) {
    return fail(ErrorCode::kTooLarge, "WebSocket: message beyond " + std::to_string(max_message_) + " bytes");
  }
  if (!continues) {
    pending_ = frame_->opcode == WebSocketOpcode::kText ? MessageKind::kText : MessageKind::kBinary;
  }
  return ok();
}

void WebSocketReader::take_payload(Bytes& payload) {
  const std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>(frame_->remaining, end_ - begin_));
  const std::span<std::uint8_t> arrived = std::span(buffer_).subspan(begin_, count);
  if (side_ == Side::kServer) apply_mask(arrived, frame_->mask, frame_->position);
  payload.insert(payload.end(), arrived.begin(), arrived.end());
  begin_ += count;
  frame_->remaining -= count;
  frame_->position += count;
}

Result<std::optional<WebSocketReader::Event>> WebSocketReader::finish_frame() {
  if (frame_->is_control()) {
    TRY(auto event, finish_control());
    frame_.reset();
    return std::optional<Event>(std::move(event));
  }
  const bool is_final = frame_->is_final;
  frame_.reset();
  if (!is_final) return std::optional<Event>();
  Event event;
  event.message = {*std::exchange(pending_, std::nullopt), std::exchange(message_, {})};
  if (event.message.kind == MessageKind::kText && !is_utf8(event.message.payload)) {
    return fail(ErrorCode::kUnsupported, "WebSocket: text is not UTF-8");
  }
  return std::optional<Event>(std::move(event));
}

Result<WebSocketReader::Event> WebSocketReader::finish_control() {
  Event event;
  event.message.payload = std::exchange(control_, {});
  if (frame_->opcode != WebSocketOpcode::kClose) {
    event.kind = frame_->opcode == WebSocketOpcode::kPing ? Event::Kind::kPing : Event::Kind::kPong;
    return event;
  }
  event.kind = Event::Kind::kClose;
  event.close_code = kNoCode;
  Bytes& payload = event.message.payload;
  if (payload.empty()) return event;
  if (payload.size() < 2) return malformed("close frame");
  event.close_code = static_cast<std::uint16_t>(payload[0] << 8 | payload[1]);
  payload.erase(payload.begin(), payload.begin() + 2);
  if (!is_close_code(event.close_code)) return malformed("close code");
  if (!is_utf8(payload)) return fail(ErrorCode::kUnsupported, "WebSocket: close reason is not UTF-8");
  return event;
}

}  // namespace countersign::http
