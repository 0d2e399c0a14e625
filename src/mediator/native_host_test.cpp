// SPDX-License-Identifier: Apache-2.0
#include "mediator/native_host.h"

#include <gtest/gtest.h>

#include "mediator/testing/fake_sides.h"
#include "mediator/testing/pipe.h"

namespace countersign::mediator {
namespace {

using link::Outcome;
using link::PurchaseState;

constexpr std::string_view kStart =
    R"({"type":"start","purchase":{"gateway":"https://gateway.example:8443","checkout":"c","token":"t",)"
    R"("profiles":["plain"]},"origin":"https://shop.example"})";

// A browser on the other side of the pipes.
struct NativeHostTest : ::testing::Test {
  void SetUp() override {
    serving = std::thread([this] {
      host.serve();
      out.close_writer();
    });
  }
  void TearDown() override {
    in.close_writer();
    serving.join();
  }
  void say(std::string_view message) { in.write(testing::framed(message)); }
  std::string next() { return out.read_message(); }
  // Begins a purchase and gives the start that the wallet hears.
  link::Start begin() {
    say(kStart);
    EXPECT_EQ(next(), R"({"type":"progress","state":"searching"})");
    EXPECT_EQ(next(), R"({"type":"progress","state":"connected"})");
    return std::get<link::Start>(wallets.link->hear().value());
  }

  testing::Pipe in, out;
  testing::FakeWallets wallets;
  testing::FakeGateways gateways;
  NativePort port{in.reader(), out.writer()};
  NativeHost host{port,
                  {wallets, gateways,
                   [] {
                     return Equipment{2, {{"chromium", "in order", ""}}};
                   },
                   "0.3"}};
  std::thread serving;
};

TEST_F(NativeHostTest, SaysHowThePcIsEquipped) {
  say(R"({"type":"status"})");
  EXPECT_EQ(next(), R"({"type":"status","version":"0.3","pairings":2,)"
                    R"("parts":[{"name":"chromium","state":"in order","remedy":""}]})");
}

TEST_F(NativeHostTest, CarriesAPurchaseToItsEndAndEnds) {
  const link::Start start = begin();
  EXPECT_TRUE(start.attested);
  EXPECT_EQ(start.origin, "https://shop.example");
  wallets.link->to_mediator.put(
      {link::FrameKind::kOpen, 1, link::write_open({"https://gateway.example:8443"}).value()});
  wallets.link->to_mediator.put({link::FrameKind::kData, 1, to_bytes(std::string_view("opaque"))});
  EXPECT_EQ(gateways.next()->next(), "opaque");
  wallets.link->say(link::Progress{start.purchase, PurchaseState::kAsked});
  EXPECT_EQ(next(), R"({"type":"progress","state":"asked"})");
  wallets.link->say(link::Review{start.purchase, {testing::sample_order()}});
  EXPECT_EQ(next(), write_review({testing::sample_order()}, 0));
  say(R"({"type":"answer","answer":"continue"})");
  EXPECT_TRUE(std::holds_alternative<link::PaymentInformationRequest>(wallets.link->hear().value()));
  wallets.link->say(link::Ended{start.purchase, Outcome::kConfirmed, std::nullopt});
  EXPECT_EQ(next(), R"({"type":"ended","outcome":"confirmed"})");
  EXPECT_EQ(next(), "");  // the host has ended
}

TEST_F(NativeHostTest, CarriesOnePurchaseOnly) {
  begin();
  say(kStart);
  EXPECT_NE(next().find(R"("code":"conflict")"), std::string::npos);
  EXPECT_TRUE(next().starts_with(R"({"type":"ended","outcome":"failed","code":"conflict")"));
  EXPECT_EQ(std::get<link::Cancel>(wallets.link->hear().value()).by, link::CancelledBy::kBrowser);
  EXPECT_EQ(next(), "");
}

TEST_F(NativeHostTest, EndsAPurchaseWithAMalformedMessage) {
  begin();
  say("{");
  EXPECT_NE(next().find(R"("code":"malformed")"), std::string::npos);
  EXPECT_TRUE(next().starts_with(R"({"type":"ended","outcome":"failed","code":"malformed")"));
  EXPECT_TRUE(std::holds_alternative<link::Cancel>(wallets.link->hear().value()));
}

TEST_F(NativeHostTest, EndsWithAMessageThatIsTooLarge) {
  in.write(std::string("\x01\x00\x01\x00", 4));
  EXPECT_NE(next().find(R"("code":"too_large")"), std::string::npos);
  EXPECT_EQ(next(), "");
}

TEST_F(NativeHostTest, RefusesAnswersAndCancelsWithoutAPurchase) {
  say(R"({"type":"answer","answer":"continue"})");
  EXPECT_NE(next().find(R"("code":"conflict")"), std::string::npos);
  EXPECT_EQ(next(), "");
}

TEST_F(NativeHostTest, CancelsWhenTheBrowserCloses) {
  begin();
  in.close_writer();
  EXPECT_TRUE(next().starts_with(R"({"type":"ended","outcome":"cancelled")"));
  EXPECT_EQ(std::get<link::Cancel>(wallets.link->hear().value()).by, link::CancelledBy::kBrowser);
}

TEST_F(NativeHostTest, CancelsWhileItSearches) {
  wallets.keeps_searching = true;
  say(kStart);
  EXPECT_EQ(next(), R"({"type":"progress","state":"searching"})");
  say(R"({"type":"cancel"})");
  EXPECT_TRUE(next().starts_with(R"({"type":"ended","outcome":"cancelled")"));
  EXPECT_EQ(next(), "");
}

TEST_F(NativeHostTest, NamesTheRemedyWhenTheWalletDoesNotAnswer) {
  wallets.obstacle = link::Obstacle::kNoAnswer;
  say(kStart);
  EXPECT_EQ(next(), R"({"type":"progress","state":"searching"})");
  EXPECT_EQ(next(), write_end({Outcome::kFailed, link::not_reached(link::Obstacle::kNoAnswer, "").error.code,
                               std::string(link::remedy(link::Obstacle::kNoAnswer))}));
}

TEST_F(NativeHostTest, ReportsALostLink) {
  begin();
  wallets.link->to_mediator.close(ErrorCode::kUnavailable);
  EXPECT_TRUE(next().starts_with(R"({"type":"ended","outcome":"failed","code":"unavailable")"));
}

TEST_F(NativeHostTest, TellsTheGatewayWhenTheBrowserCancels) {
  begin();
  wallets.link->to_mediator.put(
      {link::FrameKind::kOpen, 1, link::write_open({"https://gateway.example:8443"}).value()});
  wallets.link->to_mediator.put({link::FrameKind::kData, 1, to_bytes(std::string_view("hello"))});
  const auto gateway = gateways.next();
  EXPECT_EQ(gateway->next(), "hello");
  say(R"({"type":"cancel"})");
  EXPECT_EQ(gateway->next(), R"({"type":"cancel"})");
  EXPECT_EQ(gateway->next(), "gone");
}

}  // namespace
}  // namespace countersign::mediator
