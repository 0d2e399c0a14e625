// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_frames.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

using Side = WebSocketReader::Side;
using Kind = WebSocketReader::Event::Kind;

// Feeds bytes in pieces of `step` and answers the events as text: "text:Hello", "ping:", "close 1000:", an
// error's name.
std::string events_of(Side side, BytesView bytes, std::size_t step = 1 << 20,
                      std::size_t max_message = 1000) {
  WebSocketReader reader(side, max_message);
  std::string events;
  const auto append = [&](const std::string& event) { events += (events.empty() ? "" : " ") + event; };
  while (!bytes.empty()) {
    const auto space = reader.space();
    const std::size_t size = std::min({step, space.size(), bytes.size()});
    std::copy_n(bytes.begin(), size, space.begin());
    reader.commit(size);
    bytes = bytes.subspan(size);
    for (;;) {
      const auto event = reader.next();
      if (!event) return append(std::string(error_name(event.error().code))), events;
      if (!event.value()) break;
      const auto& [kind, message, code] = *event.value();
      const std::string payload = ":" + to_text(message.payload);
      if (kind == Kind::kMessage) append((message.kind == MessageKind::kText ? "text" : "binary") + payload);
      if (kind == Kind::kPing) append("ping" + payload);
      if (kind == Kind::kPong) append("pong" + payload);
      if (kind == Kind::kClose) append("close " + std::to_string(code) + payload);
    }
  }
  return events;
}

std::string events_of_hex(Side side, std::string_view hex) {
  return events_of(side, hex_decode(hex).value());
}

// RFC 6455 §5.7.
TEST(WebSocketReader, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(events_of_hex(Side::kClient, "810548656c6c6f"), "text:Hello");
  EXPECT_EQ(events_of_hex(Side::kServer, "818537fa213d7f9f4d5158"), "text:Hello");
  EXPECT_EQ(events_of_hex(Side::kClient, "010348656c80026c6f"), "text:Hello");
  EXPECT_EQ(events_of_hex(Side::kClient, "890548656c6c6f"), "ping:Hello");
  EXPECT_EQ(events_of_hex(Side::kServer, "8a8537fa213d7f9f4d5158"), "pong:Hello");
}

TEST(WriteFrame, WritesTheExamplesOfTheStandard) {
  const Bytes hello = to_bytes(std::string_view("Hello"));
  EXPECT_EQ(hex_encode(write_frame(WebSocketOpcode::kText, hello)), "810548656c6c6f");
  EXPECT_EQ(hex_encode(write_frame(WebSocketOpcode::kText, hello, WebSocketMask{0x37, 0xfa, 0x21, 0x3d})),
            "818537fa213d7f9f4d5158");
  EXPECT_EQ(hex_encode(write_frame(WebSocketOpcode::kBinary, Bytes(256))).substr(0, 8), "827e0100");
  EXPECT_EQ(hex_encode(write_frame(WebSocketOpcode::kBinary, Bytes(65536))).substr(0, 20),
            "827f0000000000010000");
}

TEST(WebSocketReader, ReadsTheSameHoweverTheBytesArrive) {
  Bytes bytes;
  for (const std::size_t size : {0, 1, 125, 126, 800}) {
    const Bytes frame = write_frame(WebSocketOpcode::kBinary, Bytes(size, 'x'),
                                    WebSocketMask{1, 2, 3, static_cast<std::uint8_t>(size)});
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
  const std::string whole = events_of(Side::kServer, bytes);
  for (const std::size_t step : {1, 2, 3, 7, 100})
    EXPECT_EQ(events_of(Side::kServer, bytes, step), whole) << step;
}

TEST(WebSocketReader, LetsControlFramesComeBetweenFragments) {
  EXPECT_EQ(events_of_hex(Side::kClient,
                          "010348656c890170"
                          "80026c6f"),
            "ping:p text:Hello");
}

struct BrokenFrame {
  const char* name;
  Side side;
  const char* hex;
  const char* events;
};

TEST(WebSocketReader, RefusesWhatTheStandardForbids) {
  const BrokenFrame rows[] = {
      {"unmasked to a server", Side::kServer, "810548656c6c6f", "malformed"},
      {"masked to a client", Side::kClient, "818537fa213d7f9f4d5158", "malformed"},
      {"reserved bit 1 (compression)", Side::kClient, "c10548656c6c6f", "malformed"},
      {"reserved bit 3", Side::kClient, "910548656c6c6f", "malformed"},
      {"unknown data opcode", Side::kClient, "8300", "malformed"},
      {"unknown control opcode", Side::kClient, "8b00", "malformed"},
      {"ping in fragments", Side::kClient, "0900", "malformed"},
      {"ping of 126 bytes", Side::kClient, "897e007e", "malformed"},
      {"continuation of nothing", Side::kClient, "800141", "malformed"},
      {"second message within the first", Side::kClient, "010141810142", "malformed"},
      {"16-bit length that fits in 7", Side::kClient, "817e0005", "malformed"},
      {"64-bit length that fits in 16", Side::kClient, "817f0000000000000100", "malformed"},
      {"length with the top bit", Side::kClient, "827f8000000000000000", "too_large"},
      {"message beyond the limit", Side::kClient, "827e03e9", "too_large"},
      {"text that is not UTF-8", Side::kClient, "8102c328", "unsupported"},
      {"text with an overlong form", Side::kClient, "8102c080", "unsupported"},
      {"text with a surrogate", Side::kClient, "8103eda080", "unsupported"},
      {"text cut within a character", Side::kClient, "8102e282", "unsupported"},
      {"close of one byte", Side::kClient, "880103", "malformed"},
      {"close with a code that may not be sent", Side::kClient, "880203ed", "malformed"},
      {"close with a reason that is not UTF-8", Side::kClient, "880303e8ff", "unsupported"},
  };
  for (const BrokenFrame& row : rows) EXPECT_EQ(events_of_hex(row.side, row.hex), row.events) << row.name;
}

TEST(WebSocketReader, CountsFragmentsTogether) {
  Bytes bytes = write_frame(WebSocketOpcode::kBinary, Bytes(600));
  bytes[0] = 0x02;  // not final
  Bytes more = write_frame(WebSocketOpcode::kContinuation, Bytes(401));
  bytes.insert(bytes.end(), more.begin(), more.end());
  EXPECT_EQ(events_of(Side::kClient, bytes), "too_large");
}

TEST(WebSocketReader, ReadsCloseFrames) {
  EXPECT_EQ(events_of_hex(Side::kClient, "8800"), "close 1005:");
  EXPECT_EQ(events_of(Side::kClient,
                      write_frame(WebSocketOpcode::kClose, write_close(WebSocketClose::kPolicy, "no"))),
            "close 1008:no");
}

TEST(WriteClose, CutsAReasonThatIsTooLong) {
  EXPECT_EQ(write_close(WebSocketClose::kNormal, std::string(200, 'r')).size(), 125u);
}

}  // namespace
}  // namespace countersign::http
