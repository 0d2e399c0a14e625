// SPDX-License-Identifier: Apache-2.0
// Purchases at several merchants that are approved at once.
#include <gtest/gtest.h>

#include "wallet/testing/fake_computer.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::OrderProfile;
using namespace std::chrono_literals;

constexpr std::string_view kThat = "https://127.0.0.1:8443";
constexpr std::string_view kOther = "https://127.0.0.1:9443";

// Two shops of one page: `that` and `other`.
class IncomingSeveralTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
    HolderData data(world_.parties());
    ASSERT_TRUE(data.keep_personal({"Kim", "Seoul", "1990-01-01", "", ""}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret("4111111111111111"), "2029-08", "KIM"}}));
    ASSERT_TRUE(data.add_means({documents::AccountData{"Hanok Bank", secret("110-234-567890"), "KIM"}}));
    world_.card.log_out();
    other_.order.id = "019a0000-0000-7000-8000-0000000000ff";
    other_.order.checkout = "checkout-2";
    world_.peers.others.emplace(kOther, &other_);
    start_.origin = that_.order.origin;
    pay_in(OrderProfile::kPlain);
  }
  void pay_in(OrderProfile profile) {
    for (auto* shop : {&that_, &other_}) shop->order.profile = shop->dialogue.profile = profile;
  }
  IncomingView settled() { return settled_view(desk_); }
  IncomingView begin() {
    EXPECT_TRUE(desk_.start(start_, computer_));
    return settled();
  }
  Result<void> approve(std::string_view pin = "1234", std::string_view means = "1",
                       std::vector<documents::RequestedField> fields = {}) {
    return desk_.approve(start_.purchase,
                         {desk_.view()->question, {std::move(fields), std::string(means)}, start_.code},
                         secret(pin));
  }
  link::Ended ended() { return computer_->last<link::Ended>().value(); }
  static DialogueResult result_of(const IncomingView& view, std::size_t number) {
    return view.sections.at(number).end.value().result;
  }
  static std::size_t orders_signed(const FakePeers& shop) { return shop.dialogue.signed_orders.size(); }

  WalletWorld world_;
  FakePeers& that_ = world_.peers;
  FakePeers other_{world_.trade};
  IncomingDesk desk_{world_.parties(), {OrderProfile::kPlain, [](auto) {}, 200ms}};
  std::shared_ptr<FakeComputer> computer_ = std::make_shared<FakeComputer>();
  link::Start start_{"3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10",
                     {{std::string(kThat), "checkout-1", "t", {"session", "plain"}},
                      {std::string(kOther), "checkout-2", "u", {"session", "plain"}}},
                     "",
                     true,
                     ""};
};

TEST_F(IncomingSeveralTest, ShowsASectionForEachMerchantAndTheTotal) {
  const auto view = begin();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  ASSERT_EQ(view.sections.size(), 2U);
  for (const auto& section : view.sections) EXPECT_TRUE(section.asks && section.request->order);
  const auto question = question_of(view).value();
  ASSERT_EQ(question.totals.size(), 1U);
  EXPECT_EQ(question.totals[0].minor_units, 2 * that_.order.total.minor_units);
  EXPECT_EQ(question.means.size(), 2U);
  EXPECT_FALSE(computer_->last<link::Ended>());
}

TEST_F(IncomingSeveralTest, BuysFromBothWithOnePinAndOneOrderEach) {
  begin();
  ASSERT_TRUE(approve());
  const auto view = settled();
  EXPECT_EQ(view.end.result, DialogueResult::kConfirmed);
  EXPECT_NE(view.sections[0].end->purchase, view.sections[1].end->purchase);
  EXPECT_EQ(orders_signed(that_), 1U);
  EXPECT_EQ(orders_signed(other_), 1U);
  EXPECT_EQ(ended().outcome, link::Outcome::kConfirmed);
  ASSERT_EQ(ended().checkouts.size(), 2U);
  EXPECT_EQ(ended().checkouts[1].gateway, kOther);
  EXPECT_FALSE(world_.card.is_logged_in());
}

TEST_F(IncomingSeveralTest, BindsBothOrdersToOneGroupAndTellsNeitherOfTheOther) {
  begin();
  ASSERT_TRUE(approve());
  ASSERT_TRUE(that_.order.group && other_.order.group);
  EXPECT_EQ(that_.order.group, other_.order.group);
  EXPECT_EQ(that_.order.group->count, 2);
  EXPECT_EQ(that_.dialogue.opening->group, group_of(start_.checkouts));
}

TEST_F(IncomingSeveralTest, MakesTheGroupOfTheWholeSetAndOfNothingElse) {
  const auto group = group_of(start_.checkouts);
  auto turned = start_.checkouts;
  std::swap(turned[0], turned[1]);
  EXPECT_EQ(group_of(turned), group) << "begun again it is the same";
  auto of_another_token = start_.checkouts;
  of_another_token[1].token = "v";
  EXPECT_NE(group_of(of_another_token)->id, group->id);
  auto of_three = start_.checkouts;
  of_three.push_back({"https://third.example", "c", "t", {"plain"}});
  EXPECT_EQ(group_of(of_three)->count, 3);
  EXPECT_NE(group_of(of_three)->id, group->id);
  EXPECT_FALSE(group_of({start_.checkouts[0]})) << "one order is no group";
}

TEST_F(IncomingSeveralTest, SignsNothingInAGroupThatAShopMadeUp) {
  other_.puts_group = false;
  other_.order.group = documents::OrderGroup{"00112233445566778899aabbccddeeff", 2};
  auto view = begin();
  EXPECT_EQ(view.sections[1].end->code, "conflict");
  EXPECT_TRUE(view.sections[0].asks) << "the others are left as they are";
  ASSERT_TRUE(desk_.refuse(start_.purchase));

  // Nor one that is added to an order of its own.
  other_.order.profile = that_.order.profile;
  start_.checkouts.erase(start_.checkouts.begin());
  ASSERT_TRUE(desk_.dismiss(start_.purchase));
  EXPECT_EQ(begin().end.code, "conflict");
}

TEST_F(IncomingSeveralTest, RefusesACheckoutOfAnotherPage) {
  other_.order.origin = "https://evil.example";
  const auto view = begin();
  EXPECT_EQ(view.sections[1].end->code, "wrong_origin");
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(other_), 0U);
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, RefusesAPageThatIsNoneOfTheMerchants) {
  start_.attested = false;
  start_.code = "123456";
  start_.origin = "https://evil.example";
  const auto view = begin();
  EXPECT_EQ(view.state, IncomingState::kEnded);
  EXPECT_EQ(view.end.code, "wrong_origin");
  EXPECT_FALSE(that_.dialogue.opening || other_.dialogue.opening);
}

TEST_F(IncomingSeveralTest, WantsTheCodeComparedOnceForAll) {
  start_.attested = false;
  start_.code = "123456";
  begin();
  EXPECT_EQ(
      desk_.approve(start_.purchase, {desk_.view()->question, {{}, "1"}, ""}, secret("1234")).error().code,
      ErrorCode::kForbidden);
  EXPECT_EQ(orders_signed(that_) + orders_signed(other_), 0U);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingSeveralTest, AsksAgainAfterAWrongPinAndHasSignedNothing) {
  begin();
  EXPECT_EQ(approve("9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(orders_signed(that_) + orders_signed(other_), 0U);
  ASSERT_EQ(settled().state, IncomingState::kAsked);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingSeveralTest, GoesOnWithoutAShopThatHasDisappearedAndNamesIt) {
  other_.gateway_is_down = true;
  computer_->closed[std::string(kThat)] = ErrorCode::kExpired;  // of another gateway: not its reason
  const auto view = begin();
  EXPECT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(view.sections[1].end->code, "unavailable");
  EXPECT_EQ(question_of(view).value().totals[0], that_.order.total) << "only what can be bought";
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
  EXPECT_EQ(ended().outcome, link::Outcome::kPartly);
  EXPECT_EQ(ended().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ended().checkouts[0].outcome, link::Outcome::kConfirmed);
  EXPECT_EQ(ended().checkouts[1].code, ErrorCode::kUnavailable);
}

TEST_F(IncomingSeveralTest, GoesOnWithoutACheckoutThatHasExpired) {
  other_.dialogue.fails = Error{ErrorCode::kExpired, "over"};
  EXPECT_EQ(begin().sections[1].end->code, "expired");
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, LeavesTheOthersAsTheyAreWhenTheAuthorityRefusesOne) {
  begin();
  that_.refuses = true;
  ASSERT_TRUE(approve());
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kRefused);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kConfirmed);
  EXPECT_EQ(view.end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, SaysNotOfASignedOrderWithoutAnAnswerThatItFailed) {
  begin();
  other_.change_answer = [](Bytes) { return Bytes(); };
  other_.not_yet_found = 100;
  ASSERT_TRUE(approve());
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kUnknown);
  EXPECT_EQ(ended().outcome, link::Outcome::kPartly);
  EXPECT_EQ(ended().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ended().checkouts[1].outcome, link::Outcome::kUndecided);
  EXPECT_TRUE(link::write_control(ended()));
}

TEST_F(IncomingSeveralTest, AsksOnlyThatShopAgainWhichDeclinedThePayment) {
  other_.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  auto view = settled();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed);
  EXPECT_FALSE(view.sections[0].asks);
  EXPECT_TRUE(view.sections[1].asks);
  EXPECT_EQ(view.sections[1].request->declined, "insufficient_funds");
  ASSERT_TRUE(approve("1234", "2"));
  view = settled();
  EXPECT_EQ(view.end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(orders_signed(that_), 1U) << "what is bought is not bought again";
  EXPECT_EQ(other_.dialogue.numbers.back(), "110-234-567890");
}

TEST_F(IncomingSeveralTest, CanBeRefusedForTheRestAfterADecline) {
  other_.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  ASSERT_TRUE(desk_.refuse(start_.purchase));
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kCancelled);
  EXPECT_EQ(view.end.result, DialogueResult::kPartly);
  EXPECT_EQ(other_.cancelled, 1);
  EXPECT_EQ(ended().checkouts[0].outcome, link::Outcome::kConfirmed);
  EXPECT_FALSE(computer_->last<link::Cancel>()) << "it would hide from the PC what is bought";
}

TEST_F(IncomingSeveralTest, TakesNothingBackThatIsSignedWhenThePcCancelsTheRest) {
  begin();
  that_.change_answer = [this](Bytes answer) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    return answer;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kCancelled);
  EXPECT_EQ(orders_signed(other_), 0U);
  EXPECT_EQ(other_.cancelled, 1) << "the shop hears of it";
  EXPECT_EQ(view.by, EndedBy::kBrowser);
}

TEST_F(IncomingSeveralTest, TellsBothShopsOfACancellationThatADeclineCrosses) {
  that_.dialogue.declines = 1;
  begin();
  that_.dialogue.change = [this](documents::GatewayMessage message) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    return message;
  };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kCancelled);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kCancelled);
  EXPECT_EQ(view.by, EndedBy::kBrowser);
  EXPECT_EQ(that_.cancelled, 1);
  EXPECT_EQ(other_.cancelled, 1);
  EXPECT_EQ(orders_signed(other_), 0U);
}

TEST_F(IncomingSeveralTest, EndsTheRestWhenTheLinkIsLostAndFindsOutWhatHasLeft) {
  begin();
  that_.change_answer = [this](Bytes answer) {
    desk_.lost(*computer_);
    return answer;
  };
  EXPECT_FALSE(approve());
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed);
  EXPECT_EQ(view.sections[1].end->code, "unavailable");
  EXPECT_EQ(view.by, EndedBy::kLostLink);
}

TEST_F(IncomingSeveralTest, TakesOutTheOrderOfAShopThatCancelsAndLeavesTheOthers) {
  begin();
  desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kOther)}, *computer_);
  const auto view = settled();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kCancelled);
  EXPECT_EQ(question_of(view).value().totals[0], that_.order.total);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
  EXPECT_EQ(orders_signed(other_), 0U);
}

// The one shop's order waits unseen while the other asks who the holder is; then that other leaves.
TEST_F(IncomingSeveralTest, AnswersNoQuestionWithThePinForAnother) {
  using documents::PersonalField;
  other_.order.profile = other_.dialogue.profile = OrderProfile::kSession;
  other_.dialogue.fields = {{PersonalField::kName, 0}};
  const auto shown = begin();
  ASSERT_FALSE(shown.sections[0].asks);
  ASSERT_TRUE(shown.sections[1].asks);
  desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kOther)}, *computer_);
  ASSERT_EQ(settled().state, IncomingState::kAsked);
  const IncomingApproval approval{shown.question, {{{PersonalField::kName, 0}}, "1"}, ""};
  EXPECT_EQ(desk_.approve(start_.purchase, approval, secret("1234")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(orders_signed(that_), 0U);
  EXPECT_EQ(settled().state, IncomingState::kAsked) << "it can be looked at and approved still";
  EXPECT_TRUE(approve());
  EXPECT_EQ(orders_signed(that_), 1U);
}

TEST_F(IncomingSeveralTest, RefusesOneCheckoutUnderTwoNamesOfItsGateway) {
  other_.order.checkout = start_.checkouts[1].checkout = start_.checkouts[0].checkout;
  const auto view = begin();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_TRUE(view.sections[0].asks);
  EXPECT_EQ(view.sections[1].end.value().code, "conflict");
}

TEST_F(IncomingSeveralTest, KeepsItsQuestionWhenThePinIsWrong) {
  const auto shown = begin();
  EXPECT_EQ(approve("9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(settled().question, shown.question);
}

TEST_F(IncomingSeveralTest, ReleasesNothingThatIsNotAskedFor) {
  begin();
  const auto done = approve("1234", "1", {{documents::PersonalField::kAddress, 0}});
  EXPECT_EQ(done.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(settled().state, IncomingState::kAsked);
}

TEST_F(IncomingSeveralTest, SignsNoOrderThatItsShopCancelsWhileAnotherIsOnItsWay) {
  begin();
  that_.change_answer = [this](Bytes answer) {
    desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kOther)}, *computer_);
    desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kThat)}, *computer_);
    return answer;
  };
  ASSERT_TRUE(approve());
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed) << "it was signed before";
  EXPECT_EQ(result_of(view, 1), DialogueResult::kCancelled);
  EXPECT_EQ(orders_signed(other_), 0U);
}

TEST_F(IncomingSeveralTest, ShowsTheLookWithoutTheOrderOfAShopThatCancelsMeanwhile) {
  pay_in(OrderProfile::kSession);
  begin();
  ASSERT_TRUE(approve());
  desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kOther)}, *computer_);
  EXPECT_EQ(settled().state, IncomingState::kReview);
  EXPECT_EQ(computer_->last<link::Review>()->orders.size(), 1U);
  desk_.go_on(start_.purchase, *computer_);
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(other_), 0U);
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, CancelsAllBeforeTheApproval) {
  begin();
  ASSERT_TRUE(desk_.refuse(start_.purchase));
  EXPECT_EQ(settled().end.result, DialogueResult::kCancelled);
  EXPECT_EQ(that_.cancelled + other_.cancelled, 2);
  EXPECT_EQ(computer_->last<link::Cancel>()->by, link::CancelledBy::kWallet);
}

TEST_F(IncomingSeveralTest, TellsAllShopsOfTheNoAtOnceAndWaitsNotForASilentOne) {
  begin();
  that_.when_cancelled = [this] { computer_->wait_hung_up(); };
  ASSERT_TRUE(desk_.refuse(start_.purchase));
  EXPECT_EQ(other_.cancelled, 1);
  EXPECT_EQ(settled().end.result, DialogueResult::kCancelled);
  EXPECT_EQ(settled().by, EndedBy::kHolder);
}

// Each waits until the other was told, too.
TEST_F(IncomingSeveralTest, TellsAllShopsAtOnceOfACancellationThatADeclineCrosses) {
  that_.dialogue.declines = 1;
  begin();
  that_.dialogue.change = [this](documents::GatewayMessage message) {
    desk_.cancel({start_.purchase, link::CancelledBy::kBrowser}, *computer_);
    return message;
  };
  that_.when_cancelled = [this] { other_.cancelled.wait(0); };
  other_.when_cancelled = [this] { that_.cancelled.wait(0); };
  EXPECT_EQ(approve().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(settled().end.result, DialogueResult::kCancelled);
}

TEST_F(IncomingSeveralTest, LetsTheScreenNotWaitForAShopThatIsLeftOut) {
  begin();
  other_.when_cancelled = [this] { computer_->wait_hung_up(); };
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, LeavesOutWhomTheHolderDoesNotWantAndAsksAboutTheRest) {
  const auto shown = begin();
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  const auto view = settled();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_NE(view.question, shown.question) << "another question is asked now";
  EXPECT_EQ(result_of(view, 1), DialogueResult::kLeftOut);
  other_.cancelled.wait(0);
  EXPECT_EQ(other_.cancelled, 1) << "its shop hears of it";
  EXPECT_EQ(computer_->last<link::Cancel>()->gateway, kOther) << "from the PC as well, should the way end";
  EXPECT_EQ(question_of(view).value().totals[0], that_.order.total);
  const IncomingApproval late{shown.question, {{}, "1"}, ""};
  EXPECT_EQ(desk_.approve(start_.purchase, late, secret("1234")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(that_), 1U);
  EXPECT_EQ(orders_signed(other_), 0U);
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
  EXPECT_EQ(ended().checkouts[1].outcome, link::Outcome::kLeftOut);
  EXPECT_TRUE(link::write_control(ended()));
}

TEST_F(IncomingSeveralTest, BindsTheRestToTheGroupOfTheWholeSet) {
  begin();
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  ASSERT_TRUE(approve());
  EXPECT_EQ(that_.order.group, group_of(start_.checkouts)) << "begun again, the set is the same";
}

TEST_F(IncomingSeveralTest, WaitsNoLongerForASilentShopThatIsLeftOut) {
  other_.before_connecting = [this] { computer_->wait_hung_up_on(std::string(kOther)); };
  other_.gateway_is_down = true;  // as the connection ends
  ASSERT_TRUE(desk_.start(start_, computer_));
  for (std::uint64_t seen = 0; !desk_.view()->first().request;) seen = desk_.wait(seen, 100ms);
  EXPECT_EQ(desk_.view()->state, IncomingState::kOpening) << "the one is there, the other is waited for";
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  const auto view = settled();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(result_of(view, 1), DialogueResult::kLeftOut);
  const auto told = computer_->last<link::Cancel>().value();
  EXPECT_EQ(told.gateway, kOther) << "the PC tells the shop, if it hears at all";
  EXPECT_EQ(told.by, link::CancelledBy::kWallet);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, TellsAShopThatHasAnsweredWhileOthersAreOpenedThatItIsLeftOut) {
  other_.before_connecting = [this] {
    EXPECT_TRUE(desk_.leave_out(start_.purchase, std::string(kThat)));
    that_.cancelled.wait(0);
  };
  const auto view = begin();
  ASSERT_EQ(view.state, IncomingState::kAsked);
  EXPECT_EQ(result_of(view, 0), DialogueResult::kLeftOut);
  EXPECT_EQ(that_.cancelled, 1) << "by the wallet itself";
  EXPECT_EQ(world_.store->find_purchase(that_.order.id).value()->state, PurchaseState::kCancelled);
  EXPECT_TRUE(computer_->hung_up_on().empty()) << "its dialogue stands, and carries the word";
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(that_), 0U);
}

TEST_F(IncomingSeveralTest, LeavesOutNothingThatIsConfirmedAlready) {
  other_.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  desk_.lost(*computer_);
  start_.purchase = "5f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a11";
  other_.before_connecting = [this] {
    EXPECT_EQ(desk_.leave_out(start_.purchase, std::string(kThat)).error().code, ErrorCode::kConflict);
  };
  EXPECT_EQ(result_of(begin(), 0), DialogueResult::kConfirmed);
}

TEST_F(IncomingSeveralTest, OpensNoneThatWasLeftOutBefore) {
  that_.before_connecting = [this] {
    EXPECT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
    EXPECT_TRUE(desk_.leave_out(start_.purchase, std::string(kThat))) << "the last one: a refusal";
  };
  EXPECT_EQ(begin().end.result, DialogueResult::kCancelled);
  EXPECT_FALSE(other_.dialogue.opening);
}

TEST_F(IncomingSeveralTest, LeavesOutAShopWithWhichNothingCanBePaidAndWhatFailed) {
  other_.dialogue.methods = {};
  other_.dialogue.methods.push_back(documents::PaymentMethod::kAccount);
  that_.dialogue.methods = {documents::PaymentMethod::kCard};
  EXPECT_TRUE(question_of(begin()).value().means.empty()) << "no way to pay that both take";
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  EXPECT_EQ(question_of(settled()).value().means.size(), 1U);
  EXPECT_EQ(desk_.leave_out(start_.purchase, std::string(kOther)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(desk_.leave_out(start_.purchase, "https://third.example").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kPartly);
}

TEST_F(IncomingSeveralTest, IsRefusedWhenTheLastOneIsLeftOut) {
  begin();
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kThat)));
  const auto view = settled();
  EXPECT_EQ(view.end.result, DialogueResult::kCancelled);
  EXPECT_EQ(view.by, EndedBy::kHolder);
  other_.cancelled.wait(0);
  EXPECT_EQ(that_.cancelled + other_.cancelled, 2);
  EXPECT_EQ(computer_->last<link::Cancel>()->gateway, "") << "all of it";
}

TEST_F(IncomingSeveralTest, LeavesNothingOutOfAnApprovalThatIsWorkedOn) {
  begin();
  that_.change_answer = [this](Bytes answer) {
    EXPECT_EQ(desk_.leave_out(start_.purchase, std::string(kOther)).error().code, ErrorCode::kConflict);
    return answer;
  };
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

// Whoever carries the bytes can keep a shop from answering, and say that it left; not what the holder
// approves.
TEST_F(IncomingSeveralTest, LetsThePcNeitherLeaveOutNorAddUnderAPinForWhatWasShown) {
  const auto shown = begin();
  desk_.cancel({start_.purchase, link::CancelledBy::kWallet, std::string(kOther)}, *computer_);
  EXPECT_EQ(settled().question, shown.question) << "only the holder leaves one out";
  auto more = start_;
  more.checkouts.push_back({"https://third.example", "c", "t", {"plain"}});
  EXPECT_FALSE(desk_.start(more, computer_));
  EXPECT_EQ(settled().sections.size(), 2U);
  desk_.cancel({start_.purchase, link::CancelledBy::kShop, std::string(kOther)}, *computer_);
  EXPECT_EQ(result_of(settled(), 1), DialogueResult::kCancelled) << "nobody says that the holder did it";
  const IncomingApproval approval{shown.question, {{}, "1"}, ""};
  EXPECT_EQ(desk_.approve(start_.purchase, approval, secret("1234")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(orders_signed(that_) + orders_signed(other_), 0U);
}

TEST_F(IncomingSeveralTest, LeavesOutAShopDuringTheLook) {
  pay_in(OrderProfile::kSession);
  begin();
  ASSERT_TRUE(approve());
  ASSERT_EQ(settled().state, IncomingState::kReview);
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kOther)));
  EXPECT_EQ(settled().state, IncomingState::kReview);
  const auto review = computer_->last<link::Review>().value();
  EXPECT_EQ(review.orders.size(), 1U) << "its order is not bought, and not looked at";
  EXPECT_EQ(review.others, 0U);
  desk_.go_on(start_.purchase, *computer_);
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(other_), 0U);
  other_.cancelled.wait(0);
  EXPECT_EQ(other_.cancelled, 1);
}

TEST_F(IncomingSeveralTest, AddsUpEachCurrencyByItself) {
  other_.order.total.currency = "USD";
  const auto totals = question_of(begin()).value().totals;
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].currency, "KRW");
  EXPECT_EQ(totals[1].currency, "USD");
  EXPECT_EQ(totals[1].minor_units, other_.order.total.minor_units);
}

TEST_F(IncomingSeveralTest, AsksForNoSumThatIsNoAmount) {
  for (auto* shop : {&that_, &other_}) {
    shop->order.lines = {{"GOLD", "Gold", 1, kLargestInteger}};
    shop->order.total.minor_units = kLargestInteger;
  }
  const auto view = begin();
  EXPECT_EQ(view.state, IncomingState::kEnded);
  EXPECT_EQ(view.end.code, "amount_mismatch");
}

TEST_F(IncomingSeveralTest, TellsEachShopWhatItAskedForAndNothingElse) {
  using documents::PersonalField;
  that_.dialogue.fields = {{PersonalField::kName, 0}};
  other_.dialogue.fields = {{PersonalField::kName, 0}, {PersonalField::kAddress, 0}};
  const auto fields = question_of(begin()).value().fields;
  EXPECT_EQ(fields.size(), 2U) << "each is agreed to once";
  ASSERT_TRUE(approve("1234", "1", fields));
  EXPECT_EQ(that_.dialogue.statement->fields.size(), 1U);
  EXPECT_EQ(other_.dialogue.statement->fields.size(), 2U);
}

TEST_F(IncomingSeveralTest, OffersTheWaysToPayThatAllOfThemTake) {
  other_.dialogue.methods = {documents::PaymentMethod::kAccount};
  const auto means = question_of(begin()).value().means;
  ASSERT_EQ(means.size(), 1U);
  EXPECT_EQ(means[0].method, documents::PaymentMethod::kAccount);
}

TEST_F(IncomingSeveralTest, SellsNoLogInTogetherWithAnOrder) {
  other_.dialogue.purpose = documents::DialoguePurpose::kLogin;
  const auto view = begin();
  EXPECT_EQ(view.sections[1].end->code, "unsupported");
  EXPECT_TRUE(view.sections[0].asks);
}

TEST_F(IncomingSeveralTest, LooksAtAllSealedOrdersAtOnceAndSealsEachPaymentForItsShop) {
  pay_in(OrderProfile::kSession);
  begin();
  ASSERT_TRUE(approve());
  ASSERT_EQ(settled().state, IncomingState::kReview);
  const auto review = computer_->last<link::Review>().value();
  ASSERT_EQ(review.orders.size(), 2U);
  desk_.go_on(start_.purchase, *computer_);
  ASSERT_EQ(settled().state, IncomingState::kAsked);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(that_.dialogue.sealed_payments, 1);
  EXPECT_EQ(other_.dialogue.sealed_payments, 1);
}

TEST_F(IncomingSeveralTest, WaitsWithAnOrderUntilTheOthersAreThere) {
  that_.order.profile = that_.dialogue.profile = OrderProfile::kSession;
  auto view = begin();
  EXPECT_TRUE(view.sections[0].asks);
  EXPECT_FALSE(view.sections[1].asks) << "its order is there, and waits for the other's";
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(other_), 0U);
  ASSERT_EQ(settled().state, IncomingState::kReview);
  EXPECT_EQ(computer_->last<link::Review>()->orders.size(), 1U) << "only what may not be forwarded";
  EXPECT_EQ(computer_->last<link::Review>()->others, 1U) << "the other is bought with it";
  desk_.go_on(start_.purchase, *computer_);
  view = settled();
  EXPECT_TRUE(view.sections[0].asks && view.sections[1].asks);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

TEST_F(IncomingSeveralTest, CountsNothingInTheLookThatIsOutAlready) {
  pay_in(OrderProfile::kSession);
  other_.gateway_is_down = true;
  begin();
  ASSERT_TRUE(approve());
  ASSERT_EQ(settled().state, IncomingState::kReview);
  EXPECT_EQ(computer_->last<link::Review>()->others, 0U);
}

TEST_F(IncomingSeveralTest, AsksAtOnceWhereAllThatIsLookedAtIsLeftOut) {
  that_.order.profile = that_.dialogue.profile = OrderProfile::kSession;
  begin();
  ASSERT_TRUE(approve());
  ASSERT_EQ(settled().state, IncomingState::kReview);
  ASSERT_TRUE(desk_.leave_out(start_.purchase, std::string(kThat)));
  EXPECT_EQ(settled().state, IncomingState::kAsked) << "nothing is left to look at";
  desk_.go_on(start_.purchase, *computer_);
  ASSERT_TRUE(approve());
  EXPECT_EQ(orders_signed(that_), 0U);
  EXPECT_EQ(orders_signed(other_), 1U);
}

TEST_F(IncomingSeveralTest, EndsByNameWhatDoesNotFitIntoOneLook) {
  pay_in(OrderProfile::kSession);
  for (auto* shop : {&that_, &other_}) {
    shop->order.lines.assign(190, {std::string(60, 'S'), std::string(60, 'd'), 1, 100});
    shop->order.total.minor_units = 19'000;
  }
  begin();
  static_cast<void>(approve());
  EXPECT_EQ(settled().end.code, "too_large");
  EXPECT_EQ(orders_signed(that_) + orders_signed(other_), 0U);
}

TEST_F(IncomingSeveralTest, TakesUpTheSameSetAgainAfterTheLinkWasLost) {
  other_.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve());
  desk_.lost(*computer_);
  const auto again = std::make_shared<FakeComputer>();
  start_.purchase = "5f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a11";
  ASSERT_TRUE(desk_.start(start_, again));
  const auto view = settled();
  EXPECT_EQ(result_of(view, 0), DialogueResult::kConfirmed) << "it was before";
  EXPECT_TRUE(view.sections[1].asks);
  ASSERT_TRUE(approve());
  EXPECT_EQ(settled().end.result, DialogueResult::kConfirmed);
}

}  // namespace
}  // namespace countersign::wallet
