// SPDX-License-Identifier: Apache-2.0
#include "mediator/native_port.h"

#include <gtest/gtest.h>

#include <thread>

#include "mediator/testing/pipe.h"

namespace countersign::mediator {
namespace {

TEST(NativePort, ReadsMessagesHoweverTheyArrive) {
  testing::Pipe in, out;
  NativePort port(in.reader(), out.writer());
  const std::string wire =
      testing::framed("{}") + testing::framed("") + testing::framed(std::string(65536, 'x'));
  std::jthread browser([&] {
    for (std::size_t at = 0; at < wire.size(); at += 7) in.write(wire.substr(at, 7));
    in.close_writer();
  });
  EXPECT_EQ(to_text(port.receive().value()), "{}");
  EXPECT_EQ(port.receive().value().size(), 0u);
  EXPECT_EQ(port.receive().value().size(), 65536u);
  EXPECT_EQ(port.receive().error().code, ErrorCode::kGone);
}

struct BrokenWire {
  const char* name;
  std::string bytes;
  ErrorCode code;
};

TEST(NativePort, RefusesWhatIsCutOrTooLong) {
  const BrokenWire rows[] = {
      {"cut in the length", std::string("\x05\x00", 2), ErrorCode::kMalformed},
      {"cut before the message", std::string("\x05\x00\x00\x00", 4), ErrorCode::kMalformed},
      {"cut within the message", testing::framed("hello").substr(0, 6), ErrorCode::kMalformed},
      {"one byte too long", std::string("\x01\x00\x01\x00", 4), ErrorCode::kTooLarge},
      {"the largest length", "\xff\xff\xff\xff", ErrorCode::kTooLarge},
  };
  for (const BrokenWire& row : rows) {
    testing::Pipe in, out;
    NativePort port(in.reader(), out.writer());
    in.write(row.bytes);
    in.close_writer();
    EXPECT_EQ(port.receive().error().code, row.code) << row.name;
  }
}

TEST(NativePort, EndsItsWaitingWhenTold) {
  testing::Pipe in, out;
  NativePort port(in.reader(), out.writer());
  std::jthread other([&] { port.wake(); });
  EXPECT_EQ(port.receive().error().code, ErrorCode::kGone);
}

TEST(NativePort, WritesTheLengthBeforeTheMessage) {
  testing::Pipe in, out;
  NativePort port(in.reader(), out.writer());
  ASSERT_TRUE(port.send(R"({"type":"progress"})"));
  EXPECT_EQ(out.read_message(), R"({"type":"progress"})");
}

TEST(NativePort, SaysThatTheBrowserIsGone) {
  testing::Pipe in, out;
  out.ignore_broken_pipes();
  NativePort port(in.reader(), out.writer());
  out.close_reader();
  EXPECT_EQ(port.send("{}").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::mediator
