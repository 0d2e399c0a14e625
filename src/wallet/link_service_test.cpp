// SPDX-License-Identifier: Apache-2.0
#include "wallet/link_service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "link/testing/pair.h"
#include "wallet/testing/fake_peers.h"
#include "wallet/tunnels.h"

namespace countersign::wallet {
namespace {

using namespace std::chrono_literals;
using link::FrameKind;

// A wallet and a PC on one link, in one process.
class ServeComputerTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.order.profile = documents::OrderProfile::kPlain;
    start_.origin = world_.peers.order.origin;
  }
  void TearDown() override {
    link_.mediator->close();
    serving_.join();
  }
  void send(const link::Control& message) {
    ASSERT_TRUE(link_.mediator->send({FrameKind::kControl, 0, take(link::write_control(message))}));
  }
  // The next message of that kind.
  template <typename Message>
  Message next() {
    for (;;) {
      const auto frame = take(link_.mediator->receive());
      if (frame.kind != FrameKind::kControl) continue;
      const auto message = take(link::read_control(frame.payload));
      if (const auto* found = std::get_if<Message>(&message)) return *found;
    }
  }

  WalletWorld world_;
  IncomingDesk desk_{world_.parties(), {documents::OrderProfile::kPlain, [](auto) {}}};
  link::testing::ConnectedPair link_ = link::testing::connected_pair();
  std::thread serving_{[this] { serve_computer(link_.wallet, desk_); }};
  link::Start start_{"3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10",
                     {{"https://127.0.0.1:8443", "checkout-1", "t", {"plain"}}},
                     "",
                     true,
                     ""};
};

TEST_F(ServeComputerTest, TellsThePcHowFarThePurchaseIs) {
  send(start_);
  EXPECT_EQ(next<link::Progress>().state, link::PurchaseState::kAsked);
  EXPECT_EQ(desk_.view()->computer, "Computer");
  ASSERT_TRUE(desk_.refuse(start_.purchase));
  EXPECT_EQ(next<link::Ended>().outcome, link::Outcome::kCancelled);
}

TEST_F(ServeComputerTest, HearsTheBrowsersNo) {
  send(start_);
  next<link::Progress>();
  send(link::Cancel{start_.purchase, link::CancelledBy::kBrowser});
  EXPECT_EQ(next<link::Ended>().code, ErrorCode::kCancelled);
}

TEST_F(ServeComputerTest, EndsThePurchaseWithTheLink) {
  send(start_);
  next<link::Progress>();
  link_.mediator->close();
  for (std::uint64_t seen = 0; desk_.view()->state != IncomingState::kEnded;) seen = desk_.wait(seen, 100ms);
  EXPECT_EQ(desk_.view()->by, EndedBy::kLostLink);
}

TEST_F(ServeComputerTest, EndsTheLinkWithWhoSaysWhatPcsDoNotSay) {
  send(link::Ended{start_.purchase, link::Outcome::kConfirmed, std::nullopt});
  const auto frame = link_.mediator->receive();
  EXPECT_EQ(frame.error().code, ErrorCode::kUnsupported);
}

TEST_F(ServeComputerTest, LetsPcsOpenNoChannels) {
  ASSERT_TRUE(
      link_.mediator->send({FrameKind::kOpen, 1, take(link::write_open({"https://127.0.0.1:8443"}))}));
  EXPECT_EQ(link_.mediator->receive().error().code, ErrorCode::kUnsupported);
}

TEST_F(ServeComputerTest, DropsBytesOfAChannelThatIsNotOpen) {
  ASSERT_TRUE(link_.mediator->send({FrameKind::kData, 9, {1, 2, 3}}));
  send(start_);
  EXPECT_EQ(next<link::Progress>().state, link::PurchaseState::kAsked);
}

class LinkServiceTest : public testing::Test {
 protected:
  Result<std::unique_ptr<LinkService>> start(std::optional<link::LanListenOptions> lan,
                                             link::BluetoothUse use_bluetooth) {
    const LinkOptions options{"Terminal", std::move(lan), use_bluetooth, {"unix:path=/nonexistent"}};
    return LinkService::start(options, *pairings_, desk_, world_.clock);
  }
  static link::LanListenOptions loopback() {
    link::LanListenOptions lan;
    lan.address = "127.0.0.1";
    lan.group.clear();
    lan.discovery_port = 0;
    return lan;
  }

  WalletWorld world_;
  IncomingDesk desk_{world_.parties(), {documents::OrderProfile::kPlain, [](auto) {}}};
  std::unique_ptr<Pairings> pairings_ = take(Pairings::open(world_.folder, world_.clock));
};

TEST_F(LinkServiceTest, DoesNotWaitWhereItsOnlyWayIsMissingAndSaysWhy) {
  const auto service = take(start(std::nullopt, link::BluetoothUse::kAlways));
  EXPECT_FALSE(service->state().listens);
  ASSERT_TRUE(service->state().obstacle);
  EXPECT_EQ(service->state().obstacle->obstacle, link::Obstacle::kServiceMissing);
  EXPECT_EQ(start(std::nullopt, link::BluetoothUse::kNever).error().code, ErrorCode::kUnavailable);
}

TEST_F(LinkServiceTest, GoesOnWithoutBluetoothWhereThereIsAnotherWay) {
  const auto service = start(loopback(), link::BluetoothUse::kAlways);
  ASSERT_TRUE(service) << service.error().detail;
  EXPECT_TRUE(service.value()->state().listens);
  EXPECT_NE(service.value()->state().port, 0);
  EXPECT_TRUE(service.value()->state().obstacle) << "Bluetooth was demanded";
  EXPECT_FALSE(take(start(loopback(), link::BluetoothUse::kWhereThere))->state().obstacle);
}

class TunnelsTest : public testing::Test {
 protected:
  Result<link::Frame> sent() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 10s, [this] { return !sent_.empty(); }))
      return fail(ErrorCode::kUnavailable, "nothing was sent");
    auto frame = std::move(sent_.front());
    sent_.erase(sent_.begin());
    return frame;
  }
  std::string read_some(int socket) {
    std::array<char, 64> buffer{};
    const ssize_t size = recv(socket, buffer.data(), buffer.size(), 0);
    return size < 0 ? "error" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  std::mutex mutex_;  // guards sent_
  std::condition_variable changed_;
  std::vector<link::Frame> sent_;
  Tunnels tunnels_{[this](link::Frame frame) -> Result<void> {
    const std::lock_guard lock(mutex_);
    sent_.push_back(std::move(frame));
    changed_.notify_all();
    return ok();
  }};
};

TEST_F(TunnelsTest, CarriesBytesBothWaysUntilTheClientHangsUp) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ASSERT_TRUE(tunnels_.carry(ends[1], "https://127.0.0.1:8443"));
  const auto opened = take(sent());
  EXPECT_EQ(opened.kind, FrameKind::kOpen);
  EXPECT_EQ(take(link::read_open(opened.payload)).gateway, "https://127.0.0.1:8443");
  ASSERT_EQ(::send(ends[0], "hello", 5, 0), 5);
  EXPECT_EQ(take(sent()), (link::Frame{FrameKind::kData, opened.channel, to_bytes("hello")}));
  tunnels_.take({FrameKind::kData, opened.channel, to_bytes("world")});
  EXPECT_EQ(read_some(ends[0]), "world");
  close(ends[0]);
  EXPECT_EQ(take(sent()).kind, FrameKind::kClose);
}

TEST_F(TunnelsTest, TellsTheClientWhenThePcCloses) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ASSERT_TRUE(tunnels_.carry(ends[1], "https://127.0.0.1:8443"));
  const auto channel = take(sent()).channel;
  tunnels_.take({FrameKind::kClose, channel, link::write_close(ErrorCode::kUnavailable)});
  EXPECT_EQ(read_some(ends[0]), "");
  EXPECT_EQ(tunnels_.closed_because("https://127.0.0.1:8443"), ErrorCode::kUnavailable);
  tunnels_.take({FrameKind::kData, channel, to_bytes("late")});
  close(ends[0]);
}

TEST_F(TunnelsTest, ForgetsWhyAChannelWasClosedWithTheNext) {
  std::array<int, 2> ends{}, next{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, next.data()), 0);
  ASSERT_TRUE(tunnels_.carry(ends[1], "https://127.0.0.1:8443"));
  tunnels_.take({FrameKind::kClose, take(sent()).channel, link::write_close(ErrorCode::kExpired)});
  ASSERT_TRUE(tunnels_.carry(next[1], "https://127.0.0.1:8443"));
  EXPECT_FALSE(tunnels_.closed_because("https://127.0.0.1:8443"));
  close(ends[0]);
  close(next[0]);
}

TEST_F(TunnelsTest, HangsUpOnOneGatewayAlone) {
  std::array<int, 2> first{}, second{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, first.data()), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second.data()), 0);
  ASSERT_TRUE(tunnels_.carry(first[1], "https://127.0.0.1:8443"));
  ASSERT_TRUE(tunnels_.carry(second[1], "https://127.0.0.1:9443"));
  const auto one = take(sent()).channel;
  const auto other = take(sent()).channel;
  tunnels_.hang_up("https://127.0.0.1:8443");
  EXPECT_EQ(read_some(first[0]), "");
  EXPECT_EQ(take(sent()), (link::Frame{FrameKind::kClose, one, link::write_close(std::nullopt)}));
  tunnels_.take({FrameKind::kData, other, to_bytes("on")});
  EXPECT_EQ(read_some(second[0]), "on");
  close(first[0]);
  close(second[0]);
}

TEST_F(TunnelsTest, GivesEachStreamAChannelOfItsOwn) {
  std::array<int, 2> first{}, second{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, first.data()), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, second.data()), 0);
  ASSERT_TRUE(tunnels_.carry(first[1], "https://127.0.0.1:8443"));
  ASSERT_TRUE(tunnels_.carry(second[1], "https://127.0.0.1:8443"));
  const auto one = take(sent()).channel;
  EXPECT_NE(take(sent()).channel, one);
  tunnels_.hang_up();
  EXPECT_EQ(read_some(first[0]), "");
  EXPECT_EQ(read_some(second[0]), "");
  close(first[0]);
  close(second[0]);
}

}  // namespace
}  // namespace countersign::wallet
