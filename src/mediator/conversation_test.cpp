// SPDX-License-Identifier: Apache-2.0
#include "mediator/conversation.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "http/message.h"
#include "mediator/testing/fake_sides.h"

namespace countersign::mediator {
namespace {

const std::string kGateway = "https://gateway.example:8443";

using link::CancelledBy;
using link::Outcome;
using link::PurchaseState;

// All that was said to the three sides, in order, one line each.
struct ConversationTest : ::testing::Test, PurchaseScreen {
  void show_progress(std::string_view state) override { say("screen: " + std::string(state)); }
  void show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) override {
    std::string line = "screen: review";
    for (const auto& order : orders) line += " " + std::to_string(order.total);
    if (not_shown > 0) line += " and " + std::to_string(not_shown) + " more";
    say(line);
  }
  void show_end(const PurchaseEnd& end) override {
    say("screen: " + std::string(link::outcome_name(end.outcome)) +
        (end.code ? " " + std::string(error_name(*end.code)) : ""));
    remedy = end.remedy;
    ended = end;
  }
  void say(std::string line) { said += (said.empty() ? "" : "; ") + std::move(line); }

  static std::string words_of(const link::Control& message) {
    if (std::holds_alternative<link::Start>(message)) return "start";
    if (std::holds_alternative<link::PaymentInformationRequest>(message)) return "payment information";
    const auto& cancel = std::get<link::Cancel>(message);
    return "cancel by " + std::string(link::cancelled_by_name(cancel.by)) +
           (cancel.gateway.empty() ? "" : " " + cancel.gateway);
  }
  Conversation::Sides sides() {
    return {*this,
            [this](const link::Control& message) {
              say("wallet: " + words_of(message));
              if (const auto* start = std::get_if<link::Start>(&message)) started = *start;
            },
            [this](const auto& gateway) { say("shop: cancel" + (gateway ? " " + *gateway : "")); },
            [this] { say("over"); }};
  }
  // What was said since this was asked last.
  std::string heard() { return std::exchange(said, {}); }

  void begin() {
    talk.search();
    talk.begin();
    heard();
  }
  void wallet(const link::Control& message) {
    talk.take_wallet_message(link::write_control(message).value());
  }
  void progress(PurchaseState state) { wallet(link::Progress{id, state}); }
  void review() { wallet(link::Review{id, {testing::sample_order()}}); }
  bool shop(std::string_view json) { return talk.take_shop_message(kGateway, as_bytes(json)); }

  const std::string id = crypto::random_uuid_v4();
  std::string said;
  std::string remedy;  // at the end
  std::optional<PurchaseEnd> ended;
  std::optional<link::Start> started;
  Conversation talk{testing::sample_notice(), id, "", sides()};
};

TEST_F(ConversationTest, TellsTheWalletWhatTheTagSaysAndWhoVouchesForThePage) {
  talk.search();
  talk.begin();
  EXPECT_EQ(heard(), "screen: searching; screen: connected; wallet: start");
  const PurchaseNotice notice = testing::sample_notice();
  EXPECT_EQ(*started, (link::Start{id, notice.checkouts, notice.origin, true, ""}));
}

TEST_F(ConversationTest, SaysThatNobodyVouchesForALink) {
  PurchaseNotice notice = testing::sample_notice();
  notice.origin.clear();
  notice.attested = false;
  Conversation of_link(notice, id, "123456", sides());
  of_link.begin();
  EXPECT_FALSE(started->attested);
  EXPECT_EQ(started->code, "123456");
}

TEST_F(ConversationTest, ShowsTheReviewAndAsksForPaymentOnceItIsAnswered) {
  begin();
  progress(PurchaseState::kAsked);
  review();
  talk.take_answer(ReviewAnswer::kContinue);
  progress(PurchaseState::kApproved);
  progress(PurchaseState::kConfirming);
  wallet(link::Ended{id, Outcome::kConfirmed, std::nullopt});
  EXPECT_EQ(
      heard(),
      "screen: asked; screen: review 900; wallet: payment information; screen: approved; screen: confirming; "
      "screen: confirmed; over");
  EXPECT_TRUE(talk.is_over());
}

TEST_F(ConversationTest, PassesOverRepetitions) {
  begin();
  progress(PurchaseState::kAsked);
  review();
  review();
  talk.take_answer(ReviewAnswer::kContinue);
  talk.take_answer(ReviewAnswer::kContinue);
  EXPECT_EQ(heard(), "screen: asked; screen: review 900; wallet: payment information");
  progress(PurchaseState::kApproved);
  talk.take_answer(ReviewAnswer::kCancel);
  EXPECT_EQ(heard(), "screen: approved");
}

TEST_F(ConversationTest, SaysNothingAfterTheEnd) {
  begin();
  wallet(link::Ended{id, Outcome::kRefused, ErrorCode::kCertificateRevoked});
  EXPECT_EQ(heard(), "screen: refused certificate_revoked; over");
  progress(PurchaseState::kAsked);
  review();
  talk.take_answer(ReviewAnswer::kContinue);
  talk.cancel();
  talk.leave();
  talk.refuse({ErrorCode::kMalformed, ""});
  talk.lose_wallet({ErrorCode::kUnavailable, ""});
  EXPECT_TRUE(shop(R"({"type":"cancelled"})"));
  EXPECT_EQ(heard(), "");
}

TEST_F(ConversationTest, IsCancelledByTheBrowserUntilTheHolderApproves) {
  const auto cancelled = "screen: cancelled cancelled; shop: cancel; wallet: cancel by browser; over";
  begin();
  talk.cancel();
  EXPECT_EQ(heard(), cancelled);

  for (const bool by_leaving : {false, true}) {
    Conversation another(testing::sample_notice(), id, "", sides());
    another.begin();
    another.take_wallet_message(link::write_control(link::Review{id, {testing::sample_order()}}).value());
    heard();
    if (by_leaving) {
      another.leave();
    } else {
      another.take_answer(ReviewAnswer::kCancel);
    }
    EXPECT_EQ(heard(), cancelled);
  }
}

TEST_F(ConversationTest, LeavesAnApprovedPurchaseToTheWallet) {
  begin();
  progress(PurchaseState::kApproved);
  heard();
  talk.cancel();
  EXPECT_EQ(heard(), "wallet: cancel by browser");
  talk.leave();
  EXPECT_TRUE(shop(R"({"type":"cancelled"})"));
  EXPECT_EQ(heard(), "");
  wallet(link::Ended{id, Outcome::kConfirmed, std::nullopt});
  EXPECT_EQ(heard(), "screen: confirmed; over");
}

TEST_F(ConversationTest, IsCancelledDuringTheSearch) {
  talk.search();
  talk.cancel();
  EXPECT_EQ(heard(), "screen: searching; screen: cancelled cancelled; over");
  talk.begin();
  talk.fail_search(link::not_reached(link::Obstacle::kCancelled, ""));
  EXPECT_EQ(heard(), "");
}

TEST_F(ConversationTest, SaysWhatIsInTheWayOfTheWallet) {
  talk.search();
  heard();
  talk.fail_search(link::not_reached(link::Obstacle::kNoAnswer, ""));
  EXPECT_EQ(heard(), "screen: failed unavailable; over");
}

TEST_F(ConversationTest, IsCancelledByTheWalletOrTheShop) {
  begin();
  wallet(link::Cancel{id, CancelledBy::kWallet});
  EXPECT_EQ(heard(), "screen: cancelled cancelled; shop: cancel; over");

  Conversation another(testing::sample_notice(), id, "", sides());
  another.begin();
  heard();
  EXPECT_TRUE(another.take_shop_message(kGateway, as_bytes(R"({"type":"cancelled"})")));
  EXPECT_EQ(heard(), "screen: cancelled cancelled; wallet: cancel by shop; over");
}

TEST_F(ConversationTest, CancelsNothingAtTheShopOnceTheHolderHasApproved) {
  begin();
  progress(PurchaseState::kConfirming);
  heard();
  wallet(link::Cancel{id, CancelledBy::kWallet});
  EXPECT_EQ(heard(), "screen: cancelled cancelled; over");
}

TEST_F(ConversationTest, ReportsALostLinkAndBelievesAConfirmationOfTheShop) {
  begin();
  talk.lose_wallet({ErrorCode::kUnavailable, "lost"});
  EXPECT_EQ(heard(), "screen: failed unavailable; over");

  Conversation another(testing::sample_notice(), id, "", sides());
  another.begin();
  heard();
  EXPECT_TRUE(another.take_shop_message(kGateway, as_bytes(R"({"type":"ended","outcome":"confirmed"})")));
  EXPECT_EQ(heard(), "");
  another.lose_wallet({ErrorCode::kUnavailable, "lost"});
  EXPECT_EQ(heard(), "screen: confirmed; over");
}

TEST_F(ConversationTest, ClaimsNotThatNothingWasDecidedOnceTheHolderHasApproved) {
  begin();
  talk.lose_wallet({ErrorCode::kUnavailable, "lost"});
  EXPECT_EQ(remedy, http::remedy_of(ErrorCode::kUnavailable));

  for (const bool by_loss : {true, false}) {
    Conversation another(testing::sample_notice(), id, "", sides());
    another.begin();
    another.take_wallet_message(link::write_control(link::Progress{id, PurchaseState::kApproved}).value());
    if (by_loss) {
      another.lose_wallet({ErrorCode::kUnavailable, "lost"});
      EXPECT_EQ(ended->outcome, Outcome::kUndecided);
    } else {
      another.take_wallet_message(
          link::write_control(link::Ended{id, Outcome::kFailed, ErrorCode::kUnavailable}).value());
    }
    EXPECT_NE(remedy.find("Look there"), std::string::npos) << remedy;
  }
}

// What a wallet, or whoever sits between, may not say; each ends the purchase with a name.
struct WrongWord {
  const char* name;
  std::vector<link::Control> before;
  link::Control word;
  const char* code;
};

TEST_F(ConversationTest, EndsWhenTheWalletSaysWhatItMayNot) {
  const std::string other = crypto::random_uuid_v4();
  const link::Progress asked{id, PurchaseState::kAsked};
  const link::Progress approved{id, PurchaseState::kApproved};
  const link::Review shown{id, {testing::sample_order()}};
  link::Review another_order = shown;
  another_order.orders[0].lines[0].unit_price = another_order.orders[0].total = 450;
  another_order.orders[0].lines[0].quantity = 1;
  link::Review another_page = shown;
  another_page.orders[0].origin = "https://other.example";
  const WrongWord rows[] = {
      {"progress of another purchase", {}, link::Progress{other, PurchaseState::kAsked}, "conflict"},
      {"review of another purchase", {asked}, link::Review{other, {testing::sample_order()}}, "conflict"},
      {"end of another purchase", {asked}, link::Ended{other, Outcome::kConfirmed, std::nullopt}, "conflict"},
      {"cancel of another purchase", {asked}, link::Cancel{other, CancelledBy::kWallet}, "conflict"},
      {"cancel in the shop's name", {asked}, link::Cancel{id, CancelledBy::kShop}, "conflict"},
      {"another order than was shown", {asked, shown}, another_order, "conflict"},
      {"an order of another page", {asked}, another_page, "wrong_origin"},
      {"a review after the approval", {asked, approved}, shown, "conflict"},
      {"progress backwards", {asked, approved}, asked, "conflict"},
      {"our own start",
       {},
       link::Start{id, {{"https://gateway.example:8443", "c", "t", {"plain"}}}, "", false, "123456"},
       "conflict"},
      {"our own request", {asked, shown}, link::PaymentInformationRequest{id}, "conflict"},
  };
  for (const WrongWord& row : rows) {
    Conversation one(testing::sample_notice(), id, "", sides());
    one.begin();
    for (const auto& word : row.before) one.take_wallet_message(link::write_control(word).value());
    heard();
    one.take_wallet_message(link::write_control(row.word).value());
    const bool has_approved = row.before.size() == 2 && row.before[1] == link::Control(approved);
    EXPECT_TRUE(heard().starts_with((has_approved ? "screen: undecided " : "screen: failed ") +
                                    std::string(row.code) + "; shop: cancel; wallet: cancel by browser"))
        << row.name;
    EXPECT_TRUE(one.is_over()) << row.name;
  }
}

TEST_F(ConversationTest, EndsWhenTheWalletSpeaksNoJson) {
  for (const std::string_view text :
       {"", "{", "[]", R"({"type":"progress"})", R"({"type":"surprise","version":1})"}) {
    Conversation one(testing::sample_notice(), id, "", sides());
    one.begin();
    heard();
    one.take_wallet_message(as_bytes(text));
    EXPECT_TRUE(heard().starts_with("screen: failed ")) << text;
  }
}

TEST_F(ConversationTest, EndsWhenTheBrowserAnswersWhatWasNotAsked) {
  begin();
  progress(PurchaseState::kAsked);
  heard();
  talk.take_answer(ReviewAnswer::kContinue);
  EXPECT_EQ(heard(), "screen: failed conflict; shop: cancel; wallet: cancel by browser; over");
}

TEST_F(ConversationTest, RefusesWhatNoGatewaySays) {
  begin();
  for (const std::string_view text :
       {"", "{}", R"({"type":"review"})", R"({"type":"ended","outcome":"paid"})",
        R"({"type":"cancelled","by":"x"})", R"({"type":"progress"})",
        R"({"type":"cancelled"}{"type":"cancelled"})"}) {
    EXPECT_FALSE(shop(text)) << text;
  }
  EXPECT_TRUE(shop(R"({"type":"progress","state":"confirming"})"));
  EXPECT_EQ(heard(), "");
}

// Two merchants, one purchase.
struct ConversationOfTwo : ConversationTest {
  ConversationOfTwo() {
    two.begin();
    heard();
  }
  void hear(const link::Control& message) { two.take_wallet_message(link::write_control(message).value()); }
  bool says(const std::string& gateway, std::string_view json) {
    return two.take_shop_message(gateway, as_bytes(json));
  }
  static link::ShownOrder other_order() {
    auto order = testing::sample_order();
    order.merchant = "CN=Other";
    order.total = order.lines[0].unit_price *= 2;
    order.lines[0].quantity = 1;
    return order;
  }
  Conversation two{testing::sample_notice_of_two(), id, "", sides()};
};

TEST_F(ConversationOfTwo, ShowsAllOrdersOnceAndGoesOnForAll) {
  hear(link::Review{id, {testing::sample_order(), other_order()}});
  hear(link::Review{id, {testing::sample_order(), other_order()}});
  two.take_answer(ReviewAnswer::kContinue);
  EXPECT_EQ(heard(), "screen: review 900 900; wallet: payment information");
}

TEST_F(ConversationOfTwo, SaysHowManyOrdersTheLookDoesNotShow) {
  hear(link::Review{id, {other_order()}, 1});
  EXPECT_EQ(heard(), "screen: review 900 and 1 more");
}

TEST_F(ConversationOfTwo, TakesTheWalletsWordForHowManyMoreAreBought) {
  hear(link::Review{id, {other_order()}, 0});
  EXPECT_EQ(heard(), "screen: review 900") << "the other is out already";
}

TEST_F(ConversationOfTwo, ShowsTheLookAgainWithoutWhatWasTakenOutUntilItIsAnswered) {
  hear(link::Review{id, {testing::sample_order(), other_order()}});
  hear(link::Review{id, {other_order()}});
  EXPECT_EQ(heard(), "screen: review 900 900; screen: review 900");
  two.take_answer(ReviewAnswer::kContinue);
  EXPECT_EQ(heard(), "wallet: payment information");

  Conversation answered(testing::sample_notice_of_two(), id, "", sides());
  answered.begin();
  const auto show = [&](const link::Review& review) {
    answered.take_wallet_message(link::write_control(review).value());
  };
  show({id, {other_order()}, 1});
  answered.take_answer(ReviewAnswer::kContinue);
  heard();
  show({id, {other_order()}, 0});
  EXPECT_EQ(heard(), "") << "what was answered is not asked again";
  EXPECT_FALSE(answered.is_over());
}

TEST_F(ConversationOfTwo, EndsWhenALookGrows) {
  for (const auto& more :
       {link::Review{id, {other_order()}, 1}, link::Review{id, {testing::sample_order(), other_order()}},
        link::Review{id, {other_order(), other_order()}}}) {
    Conversation one(testing::sample_notice_of_two(), id, "", sides());
    one.begin();
    one.take_wallet_message(link::write_control(link::Review{id, {other_order()}}).value());
    EXPECT_FALSE(one.is_over());
    one.take_wallet_message(link::write_control(more).value());
    EXPECT_TRUE(one.is_over());
    EXPECT_EQ(ended->code, ErrorCode::kConflict);
  }
}

TEST_F(ConversationOfTwo, TellsTheEndOfEach) {
  hear(link::Ended{id,
                   Outcome::kPartly,
                   ErrorCode::kExpired,
                   {{kGateway, Outcome::kConfirmed, std::nullopt},
                    {"https://other.example", Outcome::kFailed, ErrorCode::kExpired}}});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kPartly);
  EXPECT_EQ(ended->checkouts.at(1).code, ErrorCode::kExpired);
}

TEST_F(ConversationOfTwo, LeadsToTheTerminalWhereOneMayBeBoughtYet) {
  hear(link::Progress{id, PurchaseState::kConfirming});
  hear(link::Ended{id,
                   Outcome::kPartly,
                   ErrorCode::kUnavailable,
                   {{kGateway, Outcome::kConfirmed, std::nullopt},
                    {"https://other.example", Outcome::kUndecided, ErrorCode::kUnavailable}}});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->checkouts.at(1).outcome, Outcome::kUndecided);
  EXPECT_NE(remedy.find("Look there"), std::string::npos) << remedy;
}

TEST_F(ConversationOfTwo, GoesOnWhenOneShopCancelsAndEndsWhenAllHave) {
  EXPECT_TRUE(says("https://other.example", R"({"type":"cancelled"})"));
  EXPECT_TRUE(says("https://other.example", R"({"type":"cancelled"})"));
  EXPECT_FALSE(two.is_over());
  EXPECT_EQ(heard(), "wallet: cancel by shop https://other.example") << "once";
  EXPECT_TRUE(says(kGateway, R"({"type":"cancelled"})"));
  EXPECT_TRUE(two.is_over());
}

TEST_F(ConversationOfTwo, CancelsAtTheShopThatTheHolderLeavesOutAndGoesOn) {
  const std::string other = "https://other.example";
  hear(link::Cancel{id, CancelledBy::kWallet, other});
  EXPECT_EQ(heard(), "shop: cancel " + other);
  EXPECT_FALSE(two.is_over());
  hear(link::Ended{
      id,
      Outcome::kPartly,
      ErrorCode::kCancelled,
      {{kGateway, Outcome::kConfirmed, std::nullopt}, {other, Outcome::kLeftOut, ErrorCode::kCancelled}}});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->checkouts.at(1).outcome, Outcome::kLeftOut);
}

TEST_F(ConversationOfTwo, NamesWhatWasConfirmedWhenTheTerminalIsLost) {
  hear(link::Progress{id, link::PurchaseState::kConfirming});
  EXPECT_TRUE(says(kGateway, R"({"type":"ended","outcome":"confirmed"})"));
  two.lose_wallet({ErrorCode::kUnavailable, "gone"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kPartly);
  EXPECT_EQ(ended->checkouts.at(0).outcome, Outcome::kConfirmed);
  EXPECT_EQ(ended->checkouts.at(1).outcome, Outcome::kUndecided) << "it may have been signed";
  EXPECT_EQ(ended->checkouts.at(1).code, ErrorCode::kUnavailable);
  EXPECT_NE(remedy.find("Look there"), std::string::npos) << remedy;
}

TEST_F(ConversationOfTwo, LeavesBothUndecidedWhenTheTerminalIsLostAfterTheApproval) {
  hear(link::Progress{id, PurchaseState::kApproved});
  two.lose_wallet({ErrorCode::kUnavailable, "gone"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kUndecided);
  ASSERT_EQ(ended->checkouts.size(), 2U);
  for (const auto& one : ended->checkouts) EXPECT_EQ(one.outcome, Outcome::kUndecided);
}

TEST_F(ConversationOfTwo, CallsNothingUndecidedThatWasTakenOutBeforeTheApproval) {
  const std::string other = "https://other.example";
  for (const bool by_shop : {true, false}) {
    Conversation one(testing::sample_notice_of_two(), id, "", sides());
    one.begin();
    const auto wallet_says = [&](const link::Control& message) {
      one.take_wallet_message(link::write_control(message).value());
    };
    wallet_says(link::Progress{id, PurchaseState::kAsked});
    if (by_shop) {
      EXPECT_TRUE(one.take_shop_message(other, as_bytes(R"({"type":"cancelled"})")));
    } else {
      wallet_says(link::Cancel{id, CancelledBy::kWallet, other});
    }
    wallet_says(link::Progress{id, PurchaseState::kApproved});
    one.lose_wallet({ErrorCode::kUnavailable, "gone"});
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->outcome, Outcome::kUndecided);
    EXPECT_EQ(ended->checkouts.at(0).outcome, Outcome::kUndecided) << "it may have been signed";
    EXPECT_EQ(ended->checkouts.at(1).outcome, by_shop ? Outcome::kCancelled : Outcome::kLeftOut);
    EXPECT_EQ(ended->checkouts.at(1).code, ErrorCode::kCancelled);
  }
}

TEST_F(ConversationOfTwo, EndsAsCancelledWhatTheHolderTookOutOneByOne) {
  for (const auto& named : testing::sample_notice_of_two().checkouts)
    hear(link::Cancel{id, CancelledBy::kWallet, named.gateway});
  two.lose_wallet({ErrorCode::kUnavailable, "gone"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kCancelled);
  EXPECT_EQ(ended->code, ErrorCode::kCancelled);
}

TEST_F(ConversationOfTwo, NamesEachWhenTheWalletIsNotUnderstoodAfterTheApproval) {
  hear(link::Progress{id, PurchaseState::kConfirming});
  EXPECT_TRUE(says(kGateway, R"({"type":"ended","outcome":"confirmed"})"));
  hear(link::Progress{id, PurchaseState::kAsked});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kPartly);
  EXPECT_EQ(ended->code, ErrorCode::kConflict);
  ASSERT_EQ(ended->checkouts.size(), 2U);
  EXPECT_EQ(ended->checkouts[0].outcome, Outcome::kConfirmed);
  EXPECT_EQ(ended->checkouts[1].outcome, Outcome::kUndecided);
  EXPECT_NE(remedy.find("Look there"), std::string::npos) << remedy;
}

TEST_F(ConversationOfTwo, SaysNotThatNothingWasBoughtWhenTheBrowserCancelsTheRest) {
  hear(link::Progress{id, PurchaseState::kAsked});
  EXPECT_TRUE(says(kGateway, R"({"type":"ended","outcome":"confirmed"})"));  // by an earlier approval
  two.cancel();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kPartly);
  EXPECT_EQ(ended->checkouts.at(1).outcome, Outcome::kCancelled);
}

TEST_F(ConversationOfTwo, HasNothingUndecidedWhenTheTerminalIsLostBeforeTheApproval) {
  hear(link::Progress{id, PurchaseState::kAsked});
  EXPECT_TRUE(says(kGateway, R"({"type":"ended","outcome":"confirmed"})"));  // by an earlier approval
  two.lose_wallet({ErrorCode::kUnavailable, "gone"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->outcome, Outcome::kPartly);
  EXPECT_EQ(ended->checkouts.at(1).outcome, Outcome::kFailed);
  EXPECT_EQ(remedy, http::remedy_of(ErrorCode::kUnavailable));
}

TEST_F(ConversationOfTwo, EndsWhenTheWalletSpeaksOfCheckoutsThatItHasNot) {
  const link::ShownOrder order = testing::sample_order();
  auto elsewhere = order;
  elsewhere.origin = "https://evil.example";
  const std::pair<link::Control, ErrorCode> messages[] = {
      {link::Review{id, {order, order, order}}, ErrorCode::kConflict},
      {link::Review{id, {order, order}, 1}, ErrorCode::kConflict},
      {link::Review{id, {order, elsewhere}}, ErrorCode::kWrongOrigin},
      {link::Ended{
           id, Outcome::kConfirmed, std::nullopt, {{"https://evil.example", Outcome::kConfirmed, {}}}},
       ErrorCode::kConflict},
      {link::Cancel{id, CancelledBy::kWallet, "https://evil.example"}, ErrorCode::kConflict},
      {link::Cancel{id, CancelledBy::kShop, kGateway}, ErrorCode::kConflict}};
  for (const auto& [message, code] : messages) {
    Conversation one(testing::sample_notice_of_two(), id, "", sides());
    one.begin();
    one.take_wallet_message(link::write_control(message).value());
    EXPECT_TRUE(one.is_over());
    EXPECT_EQ(ended->code, code);
  }
}

}  // namespace
}  // namespace countersign::mediator
