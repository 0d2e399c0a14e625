// SPDX-License-Identifier: Apache-2.0
#include "link/connection.h"

#include <future>

#include "link/test_world.h"
#include "link/testing/pair.h"
#include "link/tls_stream.h"

namespace countersign::link {
namespace {

using std::chrono::milliseconds;
using testing::connected_pair;

constexpr milliseconds kLimit{5'000};

Frame data_frame(std::string_view payload, std::uint16_t channel = 1) {
  return {FrameKind::kData, channel, to_bytes(payload)};
}

// A connection whose other end is in the test's hand.
struct HalfConnection {
  explicit HalfConnection(ConnectionOptions options = {}) {
    auto [here, there] = testing::stream_pair();
    connection = Connection::start(std::move(here), {}, "test", options);
    peer = std::move(there);
  }
  Result<void> write(BytesView bytes) { return peer->write_all(bytes, after(kLimit)); }
  std::shared_ptr<Connection> connection;
  std::unique_ptr<TlsStream> peer;
};

TEST(Connection, CarriesFramesBothWaysInOrder) {
  auto [mediator, wallet] = connected_pair();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(mediator->send(data_frame(std::to_string(i))));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(wallet->receive().value(), data_frame(std::to_string(i)));
  ASSERT_TRUE(wallet->send(data_frame("back", 9)));
  EXPECT_EQ(mediator->receive().value(), data_frame("back", 9));
}

TEST(Connection, TakesFramesFromManyThreads) {
  auto [mediator, wallet] = connected_pair();
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::future<bool>> senders;
  for (std::uint16_t channel = 1; channel <= kThreads; ++channel)
    senders.push_back(std::async(std::launch::async, [&mediator = mediator, channel] {
      bool sent = true;
      for (int i = 0; i < kEach; ++i)
        sent = sent && mediator->send(data_frame(std::string(5'000, 'x') + std::to_string(i), channel));
      return sent;
    }));
  std::vector<int> next(kThreads + 1, 0);
  for (int i = 0; i < kThreads * kEach; ++i) {
    const Frame frame = wallet->receive().value();
    EXPECT_EQ(as_text(frame.payload).substr(5'000), std::to_string(next[frame.channel]++))
        << "in its sender's order";
  }
  for (auto& sender : senders) EXPECT_TRUE(sender.get());
}

TEST(Connection, HoldsNoMoreThanItsQueuesWhenNobodyReceives) {
  ConnectionOptions options;
  options.queue_bytes = 64 << 10;
  options.send_limit = milliseconds(100);
  auto [mediator, wallet] = connected_pair(options);
  Result<void> sent = ok();
  int count = 0;
  while (sent && count < 10'000) {
    sent = mediator->send(data_frame(std::string(kMaxPayload, 'x')));
    ++count;
  }
  EXPECT_EQ(code_of(sent), "unavailable");
  EXPECT_LT(count, 100);
  for (int i = 0; i + 1 < count; ++i) ASSERT_TRUE(wallet->receive()) << "what was sent arrives";
  EXPECT_TRUE(mediator->send(data_frame("on it goes")));
  EXPECT_EQ(wallet->receive().value(), data_frame("on it goes"));
}

TEST(Connection, DeliversWhatWasSentBeforeItWasClosed) {
  auto [mediator, wallet] = connected_pair();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(wallet->send(data_frame(std::string(kMaxPayload, 'x'))));
  wallet->close();
  EXPECT_EQ(code_of(wallet->send(data_frame("too late"))), "cancelled");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(mediator->receive());
  EXPECT_EQ(code_of(mediator->receive()), "gone");
}

TEST(Connection, TellsTheReasonOfItsEnd) {
  auto [mediator, wallet] = connected_pair();
  wallet->close(ErrorCode::kForbidden);
  EXPECT_EQ(code_of(mediator->receive()), "forbidden");
  EXPECT_EQ(code_of(mediator->send(data_frame("x"))), "forbidden");
  EXPECT_EQ(mediator->ended()->code, ErrorCode::kForbidden);
  EXPECT_EQ(code_of(wallet->receive()), "cancelled");
}

TEST(Connection, WakesReceiversWhenItIsClosedHere) {
  auto [mediator, wallet] = connected_pair();
  auto received =
      std::async(std::launch::async, [&mediator = mediator] { return code_of(mediator->receive()); });
  mediator->close();
  EXPECT_EQ(received.get(), "cancelled");
}

TEST(Connection, ReportsAnEndWithoutGoodbye) {
  HalfConnection half;
  half.peer.reset();
  EXPECT_EQ(code_of(half.connection->receive()), "unavailable");
}

TEST(Connection, AnswersPingsAndKeepsThemToItself) {
  HalfConnection half;
  ASSERT_TRUE(half.write(encode_frame({FrameKind::kPing, 0, {}})));
  Bytes pong(kFrameHeader);
  ASSERT_TRUE(half.peer->read_all(pong, after(kLimit)));
  EXPECT_EQ(pong, encode_frame({FrameKind::kPong, 0, {}}));
  EXPECT_EQ(half.connection->receive(milliseconds(1)).value(), std::nullopt);
}

TEST(Connection, SurvivesAFloodOfPings) {
  HalfConnection half;
  Bytes pings;
  for (int i = 0; i < 2'000; ++i) {
    const Bytes ping = encode_frame({FrameKind::kPing, 0, {}});
    pings.insert(pings.end(), ping.begin(), ping.end());
  }
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(half.write(pings));  // none of the answers is read
  ASSERT_TRUE(half.write(encode_frame(data_frame("still here"))));
  EXPECT_EQ(half.connection->receive().value(), data_frame("still here"));
}

TEST(Connection, LivesOnPingsWhileNothingIsSaid) {
  ConnectionOptions options;
  options.ping_after = milliseconds(20);
  options.silence_limit = milliseconds(400);
  auto [mediator, wallet] = connected_pair(options);
  EXPECT_EQ(mediator->receive(milliseconds(1'000)).value(), std::nullopt);
  ASSERT_TRUE(wallet->send(data_frame("awake")));
  EXPECT_EQ(mediator->receive().value(), data_frame("awake"));
}

TEST(Connection, NoticesAHalfOpenPeer) {
  ConnectionOptions options;
  options.silence_limit = milliseconds(100);
  HalfConnection half(options);  // the other end is open and says nothing
  EXPECT_EQ(code_of(half.connection->receive()), "unavailable");
}

TEST(Connection, GivesUpOnAFrameThatComesDropByDrop) {
  ConnectionOptions options;
  options.silence_limit = milliseconds(300);
  HalfConnection half(options);
  const Bytes frame = encode_frame(data_frame(std::string(1'000, 'x')));
  std::atomic<bool> over = false;
  auto dripping = std::async(std::launch::async, [&] {
    for (std::size_t i = 0; i < frame.size() && !over; ++i) {
      if (!half.write(BytesView(frame).subspan(i, 1))) return;
      (void)half.connection->receive(milliseconds(10));
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(half.connection->receive()), "unavailable");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
  over = true;
}

struct Breach {
  const char* name;
  const char* hex;
  const char* code;
};

class ConnectionEnds : public ::testing::TestWithParam<Breach> {};

TEST_P(ConnectionEnds, WithANamedReason) {
  HalfConnection half;
  ASSERT_TRUE(half.write(encode_frame(data_frame("before"))));
  ASSERT_TRUE(half.write(hex_decode(GetParam().hex).value()));
  EXPECT_EQ(half.connection->receive().value(), data_frame("before"));
  EXPECT_EQ(code_of(half.connection->receive()), GetParam().code);
  EXPECT_EQ(code_of(half.connection->send(data_frame("x"))), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Breaches, ConnectionEnds,
                         ::testing::Values(Breach{"OnAnOversizedFrame", "ffffffff02", "too_large"},
                                           Breach{"OnAnUnknownKind", "00000003090000", "unsupported"},
                                           Breach{"OnDataWithoutAChannel", "0000000402000061", "malformed"}),
                         [](const auto& row) { return row.param.name; });

TEST(Connection, SendsNothingThatTheOtherSideWouldRefuse) {
  auto [mediator, wallet] = connected_pair();
  EXPECT_EQ(code_of(mediator->send(data_frame("x", 0))), "malformed");
  EXPECT_EQ(code_of(mediator->send(data_frame(std::string(kMaxPayload + 1, 'x')))), "too_large");
  EXPECT_TRUE(mediator->send(data_frame("fine")));
}

}  // namespace
}  // namespace countersign::link
