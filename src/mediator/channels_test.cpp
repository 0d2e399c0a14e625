// SPDX-License-Identifier: Apache-2.0
#include "mediator/channels.h"

#include <gtest/gtest.h>

#include <future>

#include "mediator/testing/fake_sides.h"

namespace countersign::mediator {
namespace {

using link::Frame;
using link::FrameKind;

struct ChannelsTest : ::testing::Test {
  static Frame open(std::uint16_t channel, std::string gateway = "https://gateway.example:8443") {
    return {FrameKind::kOpen, channel, link::write_open({std::move(gateway)}).value()};
  }
  static Frame data(std::uint16_t channel, std::string_view bytes) {
    return {FrameKind::kData, channel, to_bytes(bytes)};
  }
  static Frame close(std::uint16_t channel) { return {FrameKind::kClose, channel, link::write_close({})}; }

  // The next frame for the wallet: "data 1 hello", "close 1 forbidden", "close 1".
  std::string next() {
    auto frame = to_wallet.take();
    if (!frame) return std::string(error_name(frame.error().code));
    const std::string number = std::to_string(frame.value().channel);
    if (frame.value().kind == FrameKind::kData)
      return "data " + number + " " + to_text(frame.value().payload);
    const auto reason = link::read_close(frame.value().payload);
    return "close " + number + (reason ? " " + std::string(error_name(*reason)) : "");
  }

  testing::Mailbox<Frame> to_wallet;
  testing::Mailbox<std::string> from_shop;
  testing::FakeGateways gateways;
  const PurchaseNotice sample_of_two = testing::sample_notice_of_two();
  Channels channels{testing::sample_notice(),
                    gateways,
                    {[this](Frame frame) { to_wallet.put(std::move(frame)); },
                     [this](const std::string&, BytesView text) {
                       from_shop.put(to_text(text));
                       return text.size() > 2;
                     }}};
};

TEST_F(ChannelsTest, CarriesBytesBothWays) {
  channels.take(open(1));
  channels.take(data(1, "client hello"));
  const auto gateway = gateways.next();
  EXPECT_EQ(gateways.tokens.take().value(), "token-1");
  EXPECT_EQ(gateway->next(), "client hello");
  gateway->send("server hello");
  EXPECT_EQ(next(), "data 1 server hello");
}

TEST_F(ChannelsTest, KeepsChannelsApart) {
  channels.take(open(1));
  const auto first = gateways.next();
  channels.take(open(2));
  const auto second = gateways.next();
  channels.take(data(2, "b"));
  channels.take(data(1, "a"));
  EXPECT_EQ(first->next(), "a");
  EXPECT_EQ(second->next(), "b");
  second->send("B");
  EXPECT_EQ(next(), "data 2 B");
}

TEST_F(ChannelsTest, CutsLongMessagesIntoFrames) {
  channels.take(open(1));
  gateways.next()->send(std::string(link::kMaxPayload + 5, 'x'));
  EXPECT_EQ(next().size(), std::string("data 1 ").size() + link::kMaxPayload);
  EXPECT_EQ(next(), "data 1 xxxxx");
}

TEST_F(ChannelsTest, SendsWhatIsQueuedBeforeItCloses) {
  channels.take(open(1));
  for (int i = 0; i < 50; ++i) channels.take(data(1, std::to_string(i)));
  channels.take(close(1));
  const auto gateway = gateways.next();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(gateway->next(), std::to_string(i));
  EXPECT_EQ(gateway->next(), "gone");
}

TEST_F(ChannelsTest, LetsTheWalletUseANumberAgain) {
  channels.take(open(1));
  gateways.next();
  channels.take(close(1));
  channels.take(open(1));
  const auto second = gateways.next();
  channels.take(data(1, "again"));
  EXPECT_EQ(second->next(), "again");
}

TEST_F(ChannelsTest, TellsTheWalletHowAStreamEnded) {
  channels.take(open(1));
  gateways.next()->to_mediator.close(ErrorCode::kCancelled);  // in order
  EXPECT_EQ(next(), "close 1");
  channels.take(open(2));
  gateways.next()->to_mediator.close(ErrorCode::kUnavailable);
  EXPECT_EQ(next(), "close 2 unavailable");
  gateways.refusal = ErrorCode::kUnauthenticated;
  channels.take(open(3));
  EXPECT_EQ(next(), "close 3 unauthenticated");
}

TEST_F(ChannelsTest, LeadsToThePurchasesGatewayOnly) {
  channels.take(open(1, "https://other.example"));
  EXPECT_EQ(next(), "close 1 forbidden");
  channels.take({FrameKind::kOpen, 2, to_bytes(std::string_view("{}"))});
  EXPECT_EQ(next(), "close 2 malformed");
}

TEST_F(ChannelsTest, LeadsToEachGatewayOfAPurchaseAtSeveralWithItsOwnToken) {
  Channels of_two{sample_of_two,
                  gateways,
                  {[this](Frame frame) { to_wallet.put(std::move(frame)); },
                   [this](const std::string& gateway, BytesView) { return from_shop.put(gateway); }}};
  of_two.take(open(1, "https://other.example"));
  EXPECT_EQ(gateways.tokens.take().value(), "token-2");
  const auto other = gateways.next();
  of_two.take(open(2));
  EXPECT_EQ(gateways.tokens.take().value(), "token-1");
  of_two.take(data(1, "for the other"));
  EXPECT_EQ(other->next(), "for the other");
  other->say(R"({"type":"cancelled"})");
  EXPECT_EQ(from_shop.take().value(), "https://other.example");
  of_two.take(open(3, "https://third.example"));
  EXPECT_EQ(next(), "close 3 forbidden");
  // One gateway's channels leave those of the other their number.
  for (std::uint16_t number = 10; number < 10 + Channels::kMaxOpen - 1; ++number) of_two.take(open(number));
  of_two.take(open(90));
  EXPECT_EQ(next(), "close 90 too_large");
  of_two.take(open(91, "https://other.example"));
  of_two.take(open(91, "https://other.example"));
  EXPECT_EQ(next(), "close 91 conflict") << "it was open";
}

TEST_F(ChannelsTest, RefusesWhatDoesNotFit) {
  channels.take(data(7, "nobody opened it"));
  EXPECT_EQ(next(), "close 7 not_found");
  channels.take(open(1));
  channels.take(open(1));
  EXPECT_EQ(next(), "close 1 conflict");
  for (std::uint16_t number = 2; number <= Channels::kMaxOpen; ++number) channels.take(open(number));
  channels.take(open(99));
  EXPECT_EQ(next(), "close 99 too_large");
  channels.take(close(98));  // nobody opened it: nothing to do
}

TEST_F(ChannelsTest, BoundsHowManyChannelsOnePurchaseTakes) {
  for (std::size_t i = 0; i < Channels::kMaxEver; ++i) {
    channels.take(open(1));
    gateways.next();
    channels.take(close(1));
  }
  channels.take(open(1));
  EXPECT_EQ(next(), "close 1 too_large");
}

TEST_F(ChannelsTest, PassesTextOfTheGatewayOnAndEndsWhenItIsNotUnderstood) {
  channels.take(open(1));
  const auto gateway = gateways.next();
  gateway->say(R"({"type":"cancelled"})");
  EXPECT_EQ(from_shop.take().value(), R"({"type":"cancelled"})");
  gateway->say("??");
  EXPECT_EQ(next(), "close 1 malformed");
}

TEST_F(ChannelsTest, TellsTheGatewayThatThePurchaseIsCancelled) {
  channels.take(open(1));
  const auto gateway = gateways.next();
  channels.take(data(1, "so that it is connected"));
  gateway->next();
  channels.cancel_at_shop();
  EXPECT_EQ(gateway->next(), R"({"type":"cancel"})");
}

TEST_F(ChannelsTest, TellsAGatewayThatHasClosedAnIdleChannelOnceOnAWayOfItsOwn) {
  channels.take(open(1));
  gateways.next()->to_mediator.close(ErrorCode::kCancelled);
  EXPECT_EQ(next(), "close 1");
  EXPECT_EQ(gateways.tokens.take().value(), "token-1");
  channels.cancel_at_shop();
  EXPECT_EQ(gateways.tokens.take().value(), "token-1");
  const auto anew = gateways.next();
  EXPECT_EQ(anew->next(), R"({"type":"cancel"})");
  EXPECT_EQ(anew->next(), "gone") << "for that word alone";
  channels.cancel_at_shop();
  channels.close_all();
  gateways.sockets.close(ErrorCode::kGone);
  EXPECT_FALSE(gateways.sockets.take()) << "once";
}

TEST_F(ChannelsTest, TellsNoGatewayOfACancellationThatTheWalletHasNotReached) {
  channels.cancel_at_shop();
  channels.close_all();
  gateways.sockets.close(ErrorCode::kGone);
  EXPECT_FALSE(gateways.sockets.take()) << "nothing was begun there";
}

TEST_F(ChannelsTest, TellsAGatewayThatIsBeingConnectedToAsSoonAsItIs) {
  std::promise<void> cancelled;
  gateways.before_connecting = [&] { cancelled.get_future().wait(); };
  channels.take(open(1));
  channels.cancel_at_shop();
  cancelled.set_value();
  EXPECT_EQ(gateways.next()->next(), R"({"type":"cancel"})");
}

TEST_F(ChannelsTest, TellsOneGatewayAloneThatItsCheckoutIsCancelled) {
  Channels two{sample_of_two, gateways, {[](Frame) {}, [](const std::string&, BytesView) { return true; }}};
  std::vector<std::shared_ptr<testing::FakeSocketState>> sockets;
  for (const auto& named : sample_of_two.checkouts) {
    const auto number = static_cast<std::uint16_t>(sockets.size() + 1);
    two.take(open(number, named.gateway));
    sockets.push_back(gateways.next());
    two.take(data(number, "so that it is connected"));
    sockets.back()->next();
  }
  two.cancel_at_shop(sample_of_two.checkouts[1].gateway);
  two.take(data(1, "on"));
  EXPECT_EQ(sockets[1]->next(), R"({"type":"cancel"})");
  EXPECT_EQ(sockets[0]->next(), "on");
}

TEST_F(ChannelsTest, EndsAllWithoutAWordToTheWallet) {
  channels.take(open(1));
  const auto gateway = gateways.next();
  channels.close_all();
  EXPECT_EQ(gateway->next(), "gone");
  channels.take(open(2));
  to_wallet.close(ErrorCode::kGone);
  EXPECT_EQ(next(), "gone");
}

}  // namespace
}  // namespace countersign::mediator
