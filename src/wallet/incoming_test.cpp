// SPDX-License-Identifier: Apache-2.0
#include "wallet/incoming.h"

#include <gtest/gtest.h>

#include <future>

#include "wallet/testing/fake_computer.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::OrderProfile;
using namespace std::chrono_literals;

class IncomingTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.order.profile = OrderProfile::kPlain;
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
    HolderData data(world_.parties());
    ASSERT_TRUE(data.keep_personal({"Kim", "Seoul", "1990-01-01", "", ""}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret("4111111111111111"), "2029-08", "KIM"}}));
    world_.card.log_out();
    start_.origin = world_.peers.order.origin;
  }
  IncomingView settled() { return settled_view(desk_); }
  IncomingView begin() {
    EXPECT_TRUE(desk_.start(start_, computer_));
    return settled();
  }
  Result<void> approve(std::string_view pin = "1234", std::string_view code = "") {
    const auto view = desk_.view();
    return desk_.approve(start_.purchase, {view ? view->question : 0, {{}, "1"}, std::string(code)},
                         secret(pin));
  }
  link::Ended ended() { return computer_->last<link::Ended>().value(); }

  WalletWorld world_;
  IncomingDesk desk_{world_.parties(), {OrderProfile::kPlain, [](auto) {}}};
  std::shared_ptr<FakeComputer> computer_ = std::make_shared<FakeComputer>();
  link::Start start_{"3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10",
                     {{"https://127.0.0.1:8443", "checkout-1", "t", {"session", "plain"}}},
                     "",
                     true,
                     ""};
};

TEST_F(IncomingTest, AsksTheHolderAndTellsThePc) {
  const auto view = begin();
  EXPECT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(view.computer, "Office PC");
  EXPECT_TRUE(view.attested);
  ASSERT_TRUE(view.first().request && view.first().request->order);
  EXPECT_EQ(view.holder.means.at(0).ending, "1111");
  EXPECT_EQ(computer_->last<link::Progress>()->state, link::PurchaseState::kAsked);
  EXPECT_FALSE(computer_->last<link::Ended>());
}

TEST_F(IncomingTest, PaysAfterThePinAndTellsThePc) {
  begin();
  const auto done = approve();
  ASSERT_TRUE(done) << done.error().detail;
  const auto view = settled();
  EXPECT_EQ(view.end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(ended(), (link::Ended{start_.purchase, link::Outcome::kConfirmed, std::nullopt}));
  EXPECT_FALSE(world_.card.is_logged_in());
  EXPECT_GT(computer_->hung_up, 0);
}

TEST_F(IncomingTest, AsksAgainAfterAWrongPin) {
  begin();
  EXPECT_EQ(approve("9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(settled().state, IncomingState::kAsked);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
  EXPECT_TRUE(approve());
}

TEST_F(IncomingTest, SignsNothingOnceTheCardIsLocked) {
  begin();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(approve("9999"));
  EXPECT_EQ(approve().error().code, ErrorCode::kPinLocked);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
}

TEST_F(IncomingTest, WantsTheCodeComparedWhereNoBrowserAttests) {
  start_.attested = false;
  start_.origin = "";
  start_.code = "123456";
  EXPECT_FALSE(begin().attested);
  EXPECT_EQ(approve("1234", "").error().code, ErrorCode::kForbidden);
  EXPECT_EQ(approve("1234", "654321").error().code, ErrorCode::kForbidden);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
  EXPECT_TRUE(approve("1234", "123456"));
}

TEST_F(IncomingTest, RefusesAPurchaseWhileAnotherIsUnderWay) {
  begin();
  const auto other = std::make_shared<FakeComputer>();
  auto second = start_;
  second.purchase = "5f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a11";
  EXPECT_FALSE(desk_.start(second, other));
  EXPECT_EQ(other->last<link::Ended>()->code, ErrorCode::kConflict);
  EXPECT_EQ(desk_.view()->id, start_.purchase);
  ASSERT_TRUE(approve());
  EXPECT_TRUE(desk_.start(second, other)) << "afterwards";
  settled();
}

TEST_F(IncomingTest, OffersAllThatTheHolderPermitsWhateverThePcNames) {
  struct Row {
    OrderProfile weakest;
    std::vector<OrderProfile> offered;
  };
  const Row rows[] = {
      {OrderProfile::kSession, {OrderProfile::kSession}},
      {OrderProfile::kPlain, {OrderProfile::kSession, OrderProfile::kPlain}},
      {OrderProfile::kDirect, {OrderProfile::kSession, OrderProfile::kPlain, OrderProfile::kDirect}}};
  for (const auto& [weakest, offered] : rows) {
    for (const char* named : {"session", "plain", "direct", "other"}) {
      IncomingDesk desk{world_.parties(), {weakest, [](auto) {}}};
      start_.checkouts[0].profiles = {named};
      ASSERT_TRUE(desk.start(start_, std::make_shared<FakeComputer>()));
      settled_view(desk);
      EXPECT_EQ(world_.peers.dialogue.opening->profiles, offered) << named;
    }
  }
}

TEST_F(IncomingTest, TakesNoPurchaseWithoutPaymentThatTheHolderDoesNotPermit) {
  world_.peers.order.profile = world_.peers.dialogue.profile = OrderProfile::kDirect;
  start_.checkouts[0].profiles = {"direct"};
  EXPECT_EQ(begin().end.code, "forbidden");
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
  IncomingDesk generous{world_.parties(), {OrderProfile::kDirect, [](auto) {}}};
  ASSERT_TRUE(generous.start(start_, std::make_shared<FakeComputer>()));
  EXPECT_EQ(settled_view(generous).state, IncomingState::kAsked);
}

TEST_F(IncomingTest, RefusesAGatewayThatChoosesWeakerThanTheHolderPermits) {
  IncomingDesk strict{world_.parties(), {OrderProfile::kSession, [](auto) {}}};
  ASSERT_TRUE(strict.start(start_, computer_));
  for (std::uint64_t seen = 0; strict.view()->state != IncomingState::kEnded;)
    seen = strict.wait(seen, 100ms);
  EXPECT_EQ(strict.view()->end.code, "forbidden");
  EXPECT_EQ(world_.peers.dialogue.opening->profiles, std::vector{OrderProfile::kSession});
}

TEST_F(IncomingTest, RefusesAPageThatIsNotTheMerchants) {
  start_.origin = "https://evil.example";
  EXPECT_EQ(begin().end.code, "wrong_origin");
  EXPECT_EQ(ended().code, ErrorCode::kWrongOrigin);
  EXPECT_FALSE(world_.peers.dialogue.opening) << "the gateway hears nothing";
}

TEST_F(IncomingTest, NamesAGatewayThatCannotBeReached) {
  world_.peers.gateway_is_down = true;
  EXPECT_EQ(begin().end.code, "unavailable");
  EXPECT_EQ(ended().outcome, link::Outcome::kFailed);
}

TEST_F(IncomingTest, NamesWhatThePcHeardOfTheGatewayWhereNothingElseIsKnown) {
  world_.peers.gateway_is_down = true;
  computer_->closes_because = ErrorCode::kCancelled;
  EXPECT_EQ(begin().end.code, "cancelled");
  EXPECT_EQ(ended().code, ErrorCode::kCancelled);
}

TEST_F(IncomingTest, EndsWhenTheHolderSaysNo) {
  begin();
  ASSERT_TRUE(desk_.refuse(start_.purchase));
  EXPECT_EQ(settled().by, EndedBy::kHolder);
  EXPECT_EQ(computer_->last<link::Cancel>()->by, link::CancelledBy::kWallet);
  EXPECT_EQ(ended().outcome, link::Outcome::kCancelled);
  EXPECT_EQ(world_.peers.cancelled, 1);
  EXPECT_EQ(approve().error().code, ErrorCode::kConflict);
}

TEST_F(IncomingTest, EndsWhenTheBrowserSaysNo) {
  begin();
  desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
  EXPECT_EQ(settled().by, EndedBy::kBrowser);
  EXPECT_EQ(approve().error().code, ErrorCode::kConflict);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
}

TEST_F(IncomingTest, LetsNobodyElseCancelOrContinue) {
  begin();
  FakeComputer other;
  desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, other);
  desk_.cancel({"5f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a11", link::CancelledBy::kBrowser}, *computer_);
  desk_.go_on(start_.purchase, other);
  desk_.lost(other);
  EXPECT_EQ(settled().state, IncomingState::kAsked);
}

TEST_F(IncomingTest, NamesALinkThatWasLost) {
  begin();
  desk_.lost(*computer_);
  const auto view = settled();
  EXPECT_EQ(view.by, EndedBy::kLostLink);
  EXPECT_EQ(view.end.code, "unavailable");
}

TEST_F(IncomingTest, CanBeginTheSamePurchaseAgainAfterTheLinkWasLost) {
  begin();
  desk_.lost(*computer_);
  const auto again = std::make_shared<FakeComputer>();
  start_.purchase = "5f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a11";
  ASSERT_TRUE(desk_.start(start_, again));
  settled();
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingTest, FindsOutTheOutcomeThoughTheLinkIsLostAfterTheOrderLeft) {
  begin();
  world_.peers.change_answer = [this](Bytes answer) {
    desk_.lost(*computer_);
    return answer;
  };
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingTest, CannotBeCancelledOnceTheOrderHasLeft) {
  begin();
  Result<void> refused = ok();
  world_.peers.change_answer = [&](Bytes answer) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    refused = desk_.refuse(start_.purchase);
    return answer;
  };
  ASSERT_TRUE(approve());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingTest, CanBeCancelledWhileTheInformationIsUnderWay) {
  world_.peers.dialogue.asks_at_once = false;
  begin();
  world_.peers.dialogue.change = [this](documents::GatewayMessage message) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    return message;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(settled().by, EndedBy::kBrowser);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
}

// The shops hear of it over the ways that the PC carries.
TEST_F(IncomingTest, TellsThePcOfTheHoldersNoBeforeTheWaysToTheShopEnd) {
  world_.peers.dialogue.asks_at_once = false;
  begin();
  world_.peers.dialogue.change = [this](documents::GatewayMessage message) {
    EXPECT_TRUE(desk_.refuse(start_.purchase));
    return message;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(settled().by, EndedBy::kHolder);
  ASSERT_FALSE(computer_->told_before_the_end.empty());
  const auto* cancel = std::get_if<link::Cancel>(&computer_->told_before_the_end.back());
  ASSERT_NE(cancel, nullptr);
  EXPECT_EQ(cancel->by, link::CancelledBy::kWallet);
  EXPECT_EQ(cancel->gateway, start_.checkouts[0].gateway);
}

TEST_F(IncomingTest, LeavesADialogueToWhoWorksOnItHoweverOftenItIsCancelledAndLost) {
  world_.peers.dialogue.asks_at_once = false;
  begin();
  world_.peers.dialogue.change = [this](documents::GatewayMessage message) {
    desk_.cancel({start_.purchase, link::CancelledBy::kShop}, *computer_);
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    desk_.lost(*computer_);
    EXPECT_EQ(desk_.view()->state, IncomingState::kWorking);
    return message;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(settled().by, EndedBy::kShop);
}

TEST_F(IncomingTest, NamesTheLostLinkAndNotWhatItInterrupted) {
  world_.peers.dialogue.asks_at_once = false;
  begin();
  world_.peers.dialogue.change = [this](documents::GatewayMessage) -> documents::GatewayMessage {
    desk_.lost(*computer_);
    documents::Outcome outcome;
    outcome.kind = documents::Outcome::Kind::kIdentified;  // ends the dialogue: it does not belong here
    return outcome;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  const auto view = settled();
  EXPECT_EQ(view.by, EndedBy::kLostLink);
  EXPECT_EQ(view.end.result, DialogueResult::kFailed);
  EXPECT_EQ(view.end.code, "unavailable");
}

TEST_F(IncomingTest, TellsThePcThatTheOutcomeIsNotKnownHowever) {
  world_.peers.change_answer = [](Bytes) { return Bytes(); };
  world_.peers.not_yet_found = 100;
  begin();
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kUnknown);
  EXPECT_EQ(settled().end.code, "not_found") << "what the authority said is the holder's to see";
  EXPECT_EQ(ended().code, ErrorCode::kUnavailable);
}

TEST_F(IncomingTest, EndsAPurchaseThatIsConfirmedAlreadyWithItsConfirmation) {
  begin();
  ASSERT_TRUE(approve());
  const auto first = settled();
  const auto again = std::make_shared<FakeComputer>();
  ASSERT_TRUE(desk_.start(start_, again));
  const auto view = settled();
  EXPECT_EQ(view.end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(view.end.purchase, first.end.purchase);
  EXPECT_EQ(again->last<link::Ended>()->outcome, link::Outcome::kConfirmed);
  EXPECT_EQ(world_.peers.dialogue.signed_orders.size(), 1U);
}

TEST_F(IncomingTest, AsksForAnotherWayToPayAfterADecline) {
  world_.peers.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  const auto view = settled();
  EXPECT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(view.first().request->declined, "insufficient_funds");
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingTest, IsCancelledWhereADeclineCrossesTheCancellation) {
  world_.peers.dialogue.declines = 1;
  begin();
  world_.peers.dialogue.change = [this](documents::GatewayMessage message) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    return message;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(settled().end.result, DialogueResult::kCancelled);
  EXPECT_EQ(settled().by, EndedBy::kBrowser);
  EXPECT_EQ(world_.peers.cancelled, 1) << "the shop hears of it";
}

TEST_F(IncomingTest, TellsThePcOfNoWayBackFromAnApproval) {
  world_.peers.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  ASSERT_TRUE(approve());
  std::vector<link::PurchaseState> states;
  for (const auto& message : computer_->told()) {
    if (const auto* progress = std::get_if<link::Progress>(&message)) states.push_back(progress->state);
  }
  using enum link::PurchaseState;
  EXPECT_EQ(states, (std::vector{kAsked, kApproved, kConfirming}));
}

TEST_F(IncomingTest, ForgetsWhatHasEndedWhenTheHolderHasSeenIt) {
  begin();
  EXPECT_EQ(desk_.dismiss(start_.purchase).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(approve());
  ASSERT_TRUE(desk_.dismiss(start_.purchase));
  EXPECT_FALSE(desk_.view());
}

TEST_F(IncomingTest, WakesWhoWaitsForAChange) {
  const auto before = desk_.wait(0, 0ms);
  auto waiting = std::async(std::launch::async, [&] { return desk_.wait(before, 10s); });
  begin();
  EXPECT_NE(waiting.get(), before);
}

}  // namespace
}  // namespace countersign::wallet
