// SPDX-License-Identifier: Apache-2.0
#include "link/frame.h"

#include <gtest/gtest.h>

namespace countersign::link {
namespace {

Frame data_frame(std::uint16_t channel, std::string_view payload) {
  return {FrameKind::kData, channel, to_bytes(payload)};
}

TEST(Frame, HasTheStatedForm) {
  EXPECT_EQ(hex_encode(encode_frame(data_frame(0x0102, "ab"))),
            "00000005"
            "02"
            "0102"
            "6162");
  EXPECT_EQ(hex_encode(encode_frame({FrameKind::kPing, 0, {}})),
            "00000003"
            "05"
            "0000");
}

TEST(FrameReader, GivesBackWhatWasWritten) {
  FrameReader reader;
  const Frame frames[] = {{FrameKind::kControl, 0, to_bytes(std::string_view("{}"))},
                          data_frame(65535, std::string(kMaxPayload, 'x')),
                          {FrameKind::kOpen, 1, to_bytes(std::string_view("{}"))},
                          {FrameKind::kClose, 1, {}},
                          {FrameKind::kPong, 0, {}}};
  for (const Frame& frame : frames) reader.feed(encode_frame(frame));
  for (const Frame& frame : frames) EXPECT_EQ(reader.next().value(), frame);
  EXPECT_EQ(reader.next().value(), std::nullopt);
  EXPECT_FALSE(reader.is_within_frame());
}

TEST(FrameReader, TakesFramesInPiecesOfAnySize) {
  const Bytes encoded = encode_frame(data_frame(7, "hello"));
  FrameReader reader;
  for (std::size_t i = 0; i + 1 < encoded.size(); ++i) {
    reader.feed(BytesView(encoded).subspan(i, 1));
    EXPECT_EQ(reader.next().value(), std::nullopt);
    EXPECT_TRUE(reader.is_within_frame());
  }
  reader.feed(BytesView(encoded).last(1));
  EXPECT_EQ(reader.next().value(), data_frame(7, "hello"));
}

struct RefusedFrame {
  const char* name;
  const char* hex;
  const char* code;
};

class FrameReaderRefuses : public ::testing::TestWithParam<RefusedFrame> {};

TEST_P(FrameReaderRefuses, WithANamedReason) {
  FrameReader reader;
  reader.feed(hex_decode(GetParam().hex).value());
  const auto frame = reader.next();
  ASSERT_FALSE(frame);
  EXPECT_EQ(error_name(frame.error().code), GetParam().code);
  reader.feed(encode_frame(data_frame(1, "later")));
  EXPECT_FALSE(reader.next()) << "nothing is accepted after an error";
}

INSTANTIATE_TEST_SUITE_P(
    Frames, FrameReaderRefuses,
    ::testing::Values(RefusedFrame{"ALengthBelowItsHeader", "00000002", "malformed"},
                      RefusedFrame{"LengthZero", "00000000", "malformed"},
                      RefusedFrame{"ALengthBeyondTheLimitBeforeItsPayloadCame", "00008004", "too_large"},
                      RefusedFrame{"TheLargestLength", "ffffffff", "too_large"},
                      RefusedFrame{"KindZero", "00000003000000", "unsupported"},
                      RefusedFrame{"AnUnknownKindBeforeItsPayloadCame", "00000010070001", "unsupported"},
                      RefusedFrame{"ControlOnAChannel", "0000000401000161", "malformed"},
                      RefusedFrame{"EmptyControl", "00000003010000", "malformed"},
                      RefusedFrame{"DataOnChannelZero", "0000000402000061", "malformed"},
                      RefusedFrame{"EmptyData", "00000003020001", "malformed"},
                      RefusedFrame{"ChannelZeroOpened", "0000000403000061", "malformed"},
                      RefusedFrame{"PingWithPayload", "0000000405000061", "malformed"},
                      RefusedFrame{"PongOnAChannel", "00000003060001", "malformed"},
                      RefusedFrame{"AReasonBeyondAnyErrorName", "00000044040001", "malformed"}),
    [](const auto& row) { return row.param.name; });

TEST(EncodeFrame, WritesNothingThatAReaderWouldRefuse) {
  EXPECT_THROW(encode_frame(data_frame(0, "x")), std::logic_error);
  EXPECT_THROW(encode_frame(data_frame(1, std::string(kMaxPayload + 1, 'x'))), std::logic_error);
}

}  // namespace
}  // namespace countersign::link
