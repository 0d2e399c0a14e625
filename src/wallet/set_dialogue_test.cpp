// SPDX-License-Identifier: Apache-2.0
// Profile set (F7): the order comes with the card company's certificates, the payment goes sealed to it, and
// its signed answer comes back.
#include <gtest/gtest.h>

#include "wallet/dialogue.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::GatewayMessage;
using documents::OrderProfile;
using documents::Outcome;
using Next = Dialogue::Next;

class SetDialogueTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.sell_in_set(hanok_card(world_.trade));
    start_.origin = world_.peers.order.origin;
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
    HolderData data(world_.parties());
    const auto hanok = hanok_card(world_.trade).name();
    const auto other = other_card(world_.trade).name();
    ASSERT_TRUE(data.add_means({documents::CardData{secret("4111111111111111"), "2029-08", "KIM"}, hanok}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret("5555555555554444"), "2029-08", "KIM"}, hanok}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret("4012888888881881"), "2029-08", "KIM"}, other}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret("378282246310005"), "2029-08", "KIM"}}));
  }
  FakeDialogue& gateway() { return world_.peers.dialogue; }
  Result<std::unique_ptr<Dialogue>> try_to_open() {
    return Dialogue::open(world_.parties(), [this](std::chrono::milliseconds time) { world_.waited += time; },
                          start_, {});
  }
  std::unique_ptr<Dialogue> open() { return take(try_to_open()); }
  // Up to where the order is shown.
  std::unique_ptr<Dialogue> open_to_payment(const std::string& means = "1") {
    auto dialogue = open();
    const auto released = dialogue->release({{}, means}, commit_);
    if (!released) throw std::runtime_error(released.error().detail);
    return dialogue;
  }
  void change_outcome(std::function<void(Outcome&)> change) {
    gateway().change = [change](GatewayMessage message) {
      if (auto* outcome = std::get_if<Outcome>(&message)) change(*outcome);
      return message;
    };
  }
  // A purchase that is signed and sent, and nobody answers.
  void lose_the_answer() {
    world_.peers.gateway_dies_after_asking = true;
    world_.peers.authority_is_down = true;
    const auto dialogue = open_to_payment();
    ASSERT_TRUE(dialogue->pay("1", commit_));
    ASSERT_EQ(dialogue->end().result, DialogueResult::kUnknown);
    world_.peers.gateway_dies_after_asking = false;
    world_.peers.authority_is_down = false;
  }
  void restart() {
    world_.restart();
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
  }
  std::vector<SplitPaymentRecord> payments() {
    return take(world_.store->split_payments(world_.peers.order.id));
  }
  PurchaseState state() { return take(world_.store->find_purchase(world_.peers.order.id))->state; }
  const Dialogue::Commit commit_ = [this]() -> Result<void> {
    ++commits_;
    return ok();
  };

  WalletWorld world_;
  DialogueStart start_{"https://127.0.0.1:8443", "checkout-1", "t", "", {OrderProfile::kSet}};
  int commits_ = 0;
};

TEST_F(SetDialogueTest, AsksForACardOfACompanyThatTheShopWorksWith) {
  const auto dialogue = open();
  EXPECT_EQ(dialogue->next(), Next::kInformation);
  EXPECT_EQ(dialogue->request().companies, gateway().companies);
  EXPECT_FALSE(dialogue->request().order);
  EXPECT_TRUE(dialogue->request().methods.empty());
}

TEST_F(SetDialogueTest, TellsTheCompanyAloneAndSignsNothingBeforeTheOrderIsShown) {
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kPayment);
  EXPECT_EQ(gateway().asked_company, hanok_card(world_.trade).name());
  EXPECT_EQ(dialogue->request().order->total, (Amount{39'000, "KRW"}));
  EXPECT_EQ(dialogue->request().companies, gateway().companies);
  EXPECT_EQ(dialogue->request().methods, gateway().methods);
  EXPECT_EQ(commits_, 0);
  EXPECT_TRUE(gateway().signed_orders.empty());
  EXPECT_EQ(state(), PurchaseState::kShown);
}

TEST_F(SetDialogueTest, PaysByTheCompanyAloneAndKeepsItsAnswer) {
  const auto dialogue = open_to_payment();
  const auto next = dialogue->pay("2", commit_);
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"5555555555554444"});
  ASSERT_TRUE(dialogue->end().answer);
  EXPECT_EQ(dialogue->end().answer->company, hanok_card(world_.trade).name());
  EXPECT_EQ(dialogue->end().answer->ending, "4444");
  EXPECT_TRUE(dialogue->end().answer->result->approved);

  world_.restart();
  EXPECT_EQ(state(), PurchaseState::kConfirmed);
  ASSERT_EQ(payments().size(), 1U);
  EXPECT_EQ(payments()[0].state, ReviewState::kApproved);
  const auto view = take(world_.payments().show(world_.peers.order.id));
  ASSERT_EQ(view.answers.size(), 1U);
  EXPECT_EQ(view.answers[0].result->authorization, "authorization-1");
}

TEST_F(SetDialogueTest, KeepsOrderAndPaymentBeforeTheyLeave) {
  const auto dialogue = open_to_payment();
  gateway().fails = Error{ErrorCode::kUnavailable, "the connection broke"};
  world_.peers.authority_is_down = true;
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_TRUE(gateway().envelopes.empty()) << "it never arrived";
  EXPECT_EQ(state(), PurchaseState::kSigned);
  ASSERT_EQ(payments().size(), 1U);
  EXPECT_EQ(payments()[0].state, ReviewState::kOpen);
}

TEST_F(SetDialogueTest, TellsNothingOfACardOfACompanyThatTheShopDoesNotWorkWith) {
  const auto dialogue = open();
  EXPECT_EQ(dialogue->release({{}, "3"}, commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(dialogue->release({{}, "4"}, commit_).error().code, ErrorCode::kUnsupported) << "of no company";
  EXPECT_EQ(dialogue->release({{}, ""}, commit_).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(gateway().statement);
  EXPECT_EQ(take(dialogue->release({{}, "2"}, commit_)), Next::kPayment) << "the holder may choose again";
}

TEST_F(SetDialogueTest, PaysWithNoCardOfAnotherCompanyThanTheOneChosen) {
  gateway().companies.push_back(other_card(world_.trade).name());
  const auto dialogue = open_to_payment();
  EXPECT_EQ(dialogue->pay("3", commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(dialogue->pay("4", commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(payments().empty());
  EXPECT_EQ(commits_, 0);
}

TEST_F(SetDialogueTest, ChoosesAmongSeveralCompaniesOfTheShop) {
  world_.sell_in_set(other_card(world_.trade));
  gateway().companies.push_back(hanok_card(world_.trade).name());
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({{}, "3"}, commit_));
  EXPECT_EQ(gateway().asked_company, other_card(world_.trade).name());
  EXPECT_EQ(dialogue->pay("1", commit_).error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE(dialogue->pay("3", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"4012888888881881"});
}

TEST_F(SetDialogueTest, StaysWithTheCompanyOfAnOrderThatWasShownBefore) {
  gateway().companies.push_back(other_card(world_.trade).name());
  EXPECT_EQ(open()->request().companies.size(), 2U);
  open_to_payment();
  EXPECT_EQ(open()->request().companies, std::vector{hanok_card(world_.trade).name()});
}

TEST_F(SetDialogueTest, EndsAtOnceWhereNoCardIsOfACompanyOfTheShop) {
  HolderData data(world_.parties());
  ASSERT_TRUE(data.remove_means("3"));
  gateway().companies = {other_card(world_.trade).name()};
  const auto dialogue = open();
  EXPECT_EQ(dialogue->next(), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kFailed);
  EXPECT_EQ(dialogue->end().code, kNoMeansOfCompany);
}

TEST_F(SetDialogueTest, LogsInWithoutACompany) {
  gateway().purpose = documents::DialoguePurpose::kLogin;
  start_.attested = true;
  const auto dialogue = open();
  EXPECT_TRUE(dialogue->request().companies.empty());
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kIdentified);
  EXPECT_FALSE(gateway().asked_company);
}

TEST_F(SetDialogueTest, SendsTheSameBytesAgainAfterACrash) {
  lose_the_answer();
  restart();
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->request().standing);
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  ASSERT_EQ(gateway().envelopes.size(), 2U);
  EXPECT_EQ(gateway().envelopes[0], gateway().envelopes[1]);
  EXPECT_EQ(gateway().signed_orders[0], gateway().signed_orders[1]);
  EXPECT_EQ(payments().size(), 1U);
}

TEST_F(SetDialogueTest, PaysWithNoOtherCardWhileTheFirstPaymentMayCount) {
  lose_the_answer();
  restart();
  const auto dialogue = open_to_payment("2");
  EXPECT_EQ(dialogue->request().standing->ending, "1111");
  EXPECT_EQ(take(dialogue->pay("2", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"4111111111111111"});
  EXPECT_EQ(gateway().envelopes.at(0), gateway().envelopes.at(1));
}

TEST_F(SetDialogueTest, SendsAgainWithoutTheCardThatPaid) {
  lose_the_answer();
  HolderData data(world_.parties());
  for (const auto* id : {"1", "2", "3", "4"}) ASSERT_TRUE(data.remove_means(id));
  gateway().companies = {other_card(world_.trade).name()};
  const auto dialogue = open_to_payment("");
  EXPECT_EQ(gateway().asked_company, hanok_card(world_.trade).name());
  EXPECT_EQ(take(dialogue->pay("", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().envelopes.at(0), gateway().envelopes.at(1));
}

TEST_F(SetDialogueTest, SendsNothingOfAPaymentThatWasSignedMeanwhileForAnotherCard) {
  const auto dialogue = open_to_payment("2");
  lose_the_answer();
  EXPECT_EQ(dialogue->pay("2", commit_).error().code, ErrorCode::kConflict);
  EXPECT_EQ(gateway().envelopes.size(), 1U);
  EXPECT_EQ(payments().size(), 1U);
}

// After a lost answer a shop comes back with the same order: another one would be paid besides.
class SetDialogueOfAnotherOrder : public SetDialogueTest {
 protected:
  void SetUp() override {
    SetDialogueTest::SetUp();
    lose_the_answer();
    first_ = std::make_unique<FakePeers>(world_.trade);
    first_->order = world_.peers.order;
    world_.peers.order.id = "019a0000-0000-7000-8000-0000000000ee";
  }
  void sell_in(OrderProfile profile) {
    gateway().profile = world_.peers.order.profile = profile;
    gateway().companies.clear();
    world_.peers.order.card_company.reset();
    start_.profiles.push_back(profile);
  }
  void expect_nothing_new() {
    EXPECT_EQ(take(world_.store->purchases()).size(), 1U);
    EXPECT_EQ(gateway().signed_orders.size(), 1U);
  }
  void expect_refusal(const Dialogue& dialogue) {
    EXPECT_EQ(dialogue.end().result, DialogueResult::kUnknown);
    EXPECT_EQ(dialogue.end().code, "conflict");
    EXPECT_EQ(dialogue.end().purchase, first_->order.id);
    expect_nothing_new();
  }
  std::unique_ptr<FakePeers> first_;
};

TEST_F(SetDialogueOfAnotherOrder, RefusesItInTheSameProfile) {
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({{}, "2"}, commit_)), Next::kEnded);
  expect_refusal(*dialogue);
}

TEST_F(SetDialogueOfAnotherOrder, RefusesItInProfileSession) {
  sell_in(OrderProfile::kSession);
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kEnded);
  expect_refusal(*dialogue);
}

TEST_F(SetDialogueOfAnotherOrder, RefusesItInProfilePlain) {
  sell_in(OrderProfile::kPlain);
  EXPECT_EQ(try_to_open().error().code, ErrorCode::kConflict) << "where it comes at once";
  gateway().asks_at_once = false;
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kEnded);
  expect_refusal(*dialogue);
}

TEST_F(SetDialogueOfAnotherOrder, RefusesItByTheShopsLink) {
  sell_in(OrderProfile::kDirect);
  EXPECT_EQ(world_.payments().begin(world_.payment_link()).error().code, ErrorCode::kConflict);
  expect_nothing_new();
}

TEST_F(SetDialogueOfAnotherOrder, FindsOutWhatBecameOfTheFirst) {
  first_->confirmation = world_.peers.confirmation;
  world_.peers.others.emplace("https://127.0.0.1:9443", first_.get());
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({{}, "2"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(dialogue->end().purchase, first_->order.id);
  expect_nothing_new();
}

TEST_F(SetDialogueTest, SignsNoSecondOrderOfACheckoutThatWasShownBeforeTheFirstWasPaid) {
  const auto first = world_.peers.order.id;
  world_.peers.order.id = "019a0000-0000-7000-8000-0000000000ee";
  const auto second = open_to_payment("2");
  world_.peers.order.id = first;
  lose_the_answer();
  EXPECT_EQ(second->pay("2", commit_).error().code, ErrorCode::kConflict);
  EXPECT_EQ(gateway().envelopes.size(), 1U);
}

TEST_F(SetDialogueTest, SignsAnewWithAnotherCardAfterADecline) {
  gateway().declines = 1;
  const auto dialogue = open_to_payment();
  EXPECT_EQ(take(dialogue->pay("1", commit_)), Next::kPayment);
  EXPECT_EQ(dialogue->request().declined, "insufficient_funds");
  ASSERT_TRUE(dialogue->request().answer);
  EXPECT_EQ(dialogue->request().answer->ending, "1111");
  EXPECT_FALSE(dialogue->request().answer->result->approved);
  EXPECT_EQ(take(dialogue->pay("2", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().numbers, (std::vector<std::string>{"4111111111111111", "5555555555554444"}));
  EXPECT_NE(gateway().envelopes[0], gateway().envelopes[1]);
  EXPECT_NE(gateway().signed_orders[0], gateway().signed_orders[1]);
  ASSERT_EQ(payments().size(), 2U);
  EXPECT_NE(payments()[0].instruction, payments()[1].instruction);
  EXPECT_EQ(payments()[0].state, ReviewState::kDeclined);
  EXPECT_EQ(payments()[1].state, ReviewState::kApproved);
}

TEST_F(SetDialogueTest, MakesANewInstructionForTheSameCardToo) {
  gateway().declines = 1;
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_NE(payments().at(0).instruction, payments().at(1).instruction);
}

TEST_F(SetDialogueTest, SendsTheSecondPaymentAgainAfterACrash) {
  gateway().declines = 1;
  {
    const auto dialogue = open_to_payment();
    ASSERT_TRUE(dialogue->pay("1", commit_));
    world_.peers.gateway_dies_after_asking = world_.peers.authority_is_down = true;
    ASSERT_TRUE(dialogue->pay("2", commit_));
    ASSERT_EQ(dialogue->end().result, DialogueResult::kUnknown);
    EXPECT_FALSE(dialogue->end().answer) << "the decline was of the first";
  }
  world_.peers.gateway_dies_after_asking = world_.peers.authority_is_down = false;
  restart();
  const auto dialogue = open_to_payment();
  EXPECT_EQ(dialogue->request().standing->ending, "4444");
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().envelopes.at(1), gateway().envelopes.at(2));
  EXPECT_EQ(gateway().signed_orders.at(1), gateway().signed_orders.at(2));
}

TEST_F(SetDialogueTest, EndsWithADeclineOfTheCompanysAndSaysWhy) {
  gateway().declines = 1;
  change_outcome([](Outcome& outcome) { outcome.tries_left = 0; });
  const auto dialogue = open_to_payment();
  EXPECT_EQ(take(dialogue->pay("1", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kDeclined);
  EXPECT_EQ(dialogue->end().code, "insufficient_funds");
  EXPECT_EQ(dialogue->end().answer->result->code, "insufficient_funds");
  const auto view = take(world_.payments().show(world_.peers.order.id));
  EXPECT_TRUE(is_declined(view)) << "nothing is waited for";
  EXPECT_FALSE(is_refused_for_now(view));
}

TEST_F(SetDialogueTest, BelievesNoDeclineWithoutTheCompanysWord) {
  gateway().declines = 1;
  change_outcome([](Outcome& outcome) {
    outcome.review.reset();
    outcome.payment.reset();
  });
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_FALSE(world_.peers.questions.empty()) << "the authority is asked";
  EXPECT_EQ(payments().at(0).state, ReviewState::kOpen) << "it may count yet";
}

TEST_F(SetDialogueTest, BelievesNoConfirmationWithoutTheCompanysWordButTheAuthoritys) {
  world_.peers.authority_is_down = true;
  change_outcome([](Outcome& outcome) {
    outcome.review.reset();
    outcome.payment.reset();
  });
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(state(), PurchaseState::kSigned);

  world_.peers.authority_is_down = false;
  const int received = world_.peers.signed_orders_received;
  const auto view = take(world_.payments().resume(world_.peers.order.id, secret("1234")));
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(world_.peers.signed_orders_received, received) << "the gateway is not asked";
  EXPECT_NE(view.attempts.back().detail.find("on the authority's word"), std::string::npos);
  ASSERT_EQ(view.answers.size(), 1U);
  EXPECT_FALSE(view.answers[0].result);
}

TEST_F(SetDialogueTest, BelievesAnEndThatOnlyTheAuthorityTellsOf) {
  world_.peers.gateway_dies_after_asking = true;
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_FALSE(dialogue->end().answer);
}

TEST_F(SetDialogueTest, BelievesNoAnswerToAnotherPayment) {
  world_.peers.authority_is_down = true;
  gateway().change_result = [](documents::ReviewResult& result) { result.instruction[0] ^= 1; };
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(dialogue->end().code, "conflict");
  EXPECT_TRUE(payments().at(0).review.empty());
  EXPECT_EQ(state(), PurchaseState::kSigned);
}

// A certificate that was renewed since the offer may be good, but nobody has shown its status.
TEST_F(SetDialogueTest, BelievesNoAnswerUnderAnotherCertificateOfTheCompany) {
  const FakeCompany made(world_.trade, "Hanok Card");
  FakeCompany renewed = hanok_card(world_.trade);
  renewed.signer = made.signer;
  const auto dialogue = open_to_payment();
  gateway().company = &renewed;
  world_.peers.authority_is_down = true;
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(dialogue->end().code, "forbidden");
  EXPECT_TRUE(payments().at(0).review.empty());
  world_.peers.authority_is_down = false;
  EXPECT_EQ(take(world_.payments().resume(world_.peers.order.id, secret("1234"))).record.state,
            PurchaseState::kConfirmed)
      << "the authority's word stands by itself";
}

TEST_F(SetDialogueTest, SealsNothingAfterTheTimeOfTheOffersStatusesAndAsksForAnother) {
  gateway().fields = {{documents::PersonalField::kName, 0}};
  const auto dialogue = open_to_payment();
  gateway().change = [this](GatewayMessage message) {
    if (auto* offer = std::get_if<documents::SplitOffer>(&message)) {
      const auto& company = hanok_card(world_.trade);
      const auto fresh = [&](const x509::Signer& signer) {
        return world_.trade.status_of(signer.certificate, x509::StatusKind::kGood, Seconds(-600));
      };
      offer->certificate_status = fresh(company.signer);
      offer->agreement_status = fresh(company.agreement);
    }
    return message;
  };
  world_.clock.time += Seconds(700);
  EXPECT_EQ(dialogue->pay("1", commit_).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(payments().empty());
  EXPECT_EQ(state(), PurchaseState::kShown);
  EXPECT_EQ(dialogue->next(), Next::kInformation);
  EXPECT_FALSE(dialogue->request().order);
  EXPECT_EQ(dialogue->request().fields, gateway().fields);
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kPayment);
  EXPECT_EQ(take(dialogue->pay("1", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
}

TEST_F(SetDialogueTest, BelievesNoConfirmationThatNamesAnotherAnswer) {
  world_.peers.change_confirmation = [](documents::Confirmation& confirmation) {
    confirmation.review->digest[0] ^= 1;
  };
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(state(), PurchaseState::kSigned);
  const auto view = take(world_.payments().resume(world_.peers.order.id, secret("1234")));
  EXPECT_EQ(view.record.state, PurchaseState::kSigned) << "from the authority neither";
  EXPECT_EQ(view.attempts.back().outcome, "conflict");
}

TEST_F(SetDialogueTest, BelievesNoSecondAnswerOfTheCompanyAgainstTheFirst) {
  world_.peers.authority_is_down = true;
  change_outcome([](Outcome& outcome) { outcome.document->back() ^= 1; });
  ASSERT_TRUE(open_to_payment()->pay("1", commit_));
  ASSERT_EQ(payments().at(0).state, ReviewState::kApproved);
  gateway().change = [](GatewayMessage message) { return message; };
  gateway().change_result = [](documents::ReviewResult& result) {
    result = refusal(result.terms, result.instruction, "card_expired");
  };
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(payments().at(0).state, ReviewState::kApproved);
}

TEST_F(SetDialogueTest, TakesTheOutcomeOfWhatAnEarlierDialogueSigned) {
  std::optional<Outcome> lost;
  change_outcome([&](Outcome& outcome) { lost = outcome; });
  gateway().declines = 1;
  ASSERT_TRUE(open_to_payment()->pay("1", commit_));
  // A wallet that comes back gets the outcome in the place of an offer.
  gateway().change = [&](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<documents::SplitOffer>(message)) return message;
    lost->tries_left = 0;
    return *lost;
  };
  const auto again = open();
  EXPECT_EQ(take(again->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(again->end().result, DialogueResult::kDeclined);
  EXPECT_EQ(again->end().answer->ending, "1111");
  lost->payment->back() ^= 1;
  const auto altered = open();
  EXPECT_EQ(take(altered->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(altered->end().result, DialogueResult::kUnknown);
}

// Who signed in this profile is told nothing about it in another one that the company has not signed.
TEST_F(SetDialogueTest, BelievesNoDeclineInAnotherProfileEither) {
  lose_the_answer();
  gateway().profile = OrderProfile::kSession;
  gateway().companies.clear();
  start_.profiles = {OrderProfile::kSet, OrderProfile::kSession};
  gateway().change = [](GatewayMessage message) -> GatewayMessage {
    if (std::holds_alternative<documents::InformationRequest>(message)) return message;
    Outcome outcome;
    outcome.code = "insufficient_funds";
    return outcome;
  };
  world_.peers.authority_is_down = true;
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
}

TEST_F(SetDialogueTest, SaysNotThatNothingWasBoughtWhileAPaymentMayCount) {
  lose_the_answer();
  world_.peers.authority_is_down = true;
  const auto dialogue = open();
  gateway().fails = Error{ErrorCode::kForbidden, "no"};
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
}

TEST_F(SetDialogueTest, BelievesARefusalOfTheAuthorityByItself) {
  world_.peers.refuses = true;
  change_outcome([](Outcome& outcome) {
    outcome.kind = Outcome::Kind::kRefusal;
    outcome.review.reset();
    outcome.payment.reset();
  });
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kRefused);
  EXPECT_EQ(state(), PurchaseState::kRefused);
}

TEST_F(SetDialogueTest, TakesARefusalThatIsNotFinalForNoEnd) {
  world_.peers.refuses = false;
  change_outcome([](Outcome& outcome) { outcome.kind = Outcome::Kind::kRefusal; });
  const auto dialogue = open_to_payment();
  ASSERT_TRUE(dialogue->pay("1", commit_));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(dialogue->end().code, kRefusedForNow);
  EXPECT_EQ(world_.peers.questions.size(), 5U) << "the authority is asked again";
  EXPECT_EQ(state(), PurchaseState::kSigned);
  EXPECT_TRUE(is_refused_for_now(take(world_.payments().show(world_.peers.order.id))));

  const auto again = open_to_payment();
  EXPECT_TRUE(again->request().standing) << "it may count yet";
  world_.peers.refuses.reset();
  gateway().change = [](GatewayMessage message) { return message; };
  ASSERT_TRUE(again->pay("1", commit_));
  EXPECT_EQ(again->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().envelopes.at(0), gateway().envelopes.at(1));
  EXPECT_FALSE(is_refused_for_now(take(world_.payments().show(world_.peers.order.id))));
}

TEST_F(SetDialogueTest, TakesAShopsNoForTheEndWhereNothingWasSigned) {
  gateway().change = [](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<documents::SplitOffer>(message)) return message;
    Outcome outcome;
    outcome.code = "too_many_declined";
    return outcome;
  };
  const auto dialogue = open();
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kDeclined);
  EXPECT_FALSE(dialogue->end().answer);
}

TEST_F(SetDialogueTest, SignsNothingWhenItWasCancelledAtTheLastMoment) {
  const auto dialogue = open_to_payment();
  const auto paid = dialogue->pay("1", []() -> Result<void> { return fail(ErrorCode::kCancelled, "no"); });
  EXPECT_EQ(paid.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(state(), PurchaseState::kShown);
  EXPECT_TRUE(payments().empty());
}

TEST_F(SetDialogueTest, NeedsThePin) {
  const auto dialogue = open_to_payment();
  world_.card.log_out();
  EXPECT_FALSE(dialogue->pay("1", commit_));
  EXPECT_TRUE(payments().empty());
  EXPECT_EQ(dialogue->next(), Next::kPayment);
}

// By the shop's link alone, and without a payment, such an order is signed in no way.
TEST_F(SetDialogueTest, SignsNoOrderWithoutItsPayment) {
  EXPECT_EQ(world_.payments().begin(world_.payment_link()).error().code, ErrorCode::kUnsupported);
  open_to_payment();
  EXPECT_EQ(world_.payments().approve(world_.peers.order.id, secret("1234")).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(state(), PurchaseState::kShown);
}

struct WrongSetOrder {
  std::string name;
  std::function<void(documents::Order&)> change;
  ErrorCode code;
};
class SetDialogueRefuses : public SetDialogueTest, public testing::WithParamInterface<WrongSetOrder> {};

// S36: what is not this purchase's is not even shown.
TEST_P(SetDialogueRefuses, AnOrderThatIsNotWhatItShouldBe) {
  GetParam().change(world_.peers.order);
  const auto dialogue = open();
  const auto released = dialogue->release({{}, "1"}, commit_);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, GetParam().code) << released.error().detail;
  EXPECT_EQ(dialogue->next(), Next::kEnded);
  EXPECT_TRUE(take(world_.store->purchases()).empty());
}

const WrongSetOrder kWrongSetOrders[] = {
    {"OfAnotherPurchaser", [](auto& order) { order.purchaser.certificate[0] ^= 1; }, ErrorCode::kForbidden},
    {"OfAnotherMerchant", [](auto& order) { order.merchant.certificate[0] ^= 1; }, ErrorCode::kForbidden},
    {"OfAnotherCheckout", [](auto& order) { order.checkout = "checkout-2"; }, ErrorCode::kConflict},
    {"OfAnotherOrigin", [](auto& order) { order.origin = "https://other.example"; }, ErrorCode::kWrongOrigin},
    {"OfAnotherKeyOfTheCompany", [](auto& order) { order.card_company->certificate[0] ^= 1; },
     ErrorCode::kForbidden},
    {"OfAnotherProfile",
     [](auto& order) {
       order.profile = OrderProfile::kSession;
       order.card_company.reset();
     },
     ErrorCode::kUnsupported},
    {"ThatIsOver",
     [](auto& order) {
       order.created -= std::chrono::hours(2);
       order.expires -= std::chrono::hours(2);
     },
     ErrorCode::kExpired},
};
INSTANTIATE_TEST_SUITE_P(Rows, SetDialogueRefuses, testing::ValuesIn(kWrongSetOrders),
                         [](const auto& row) { return row.param.name; });

TEST_F(SetDialogueTest, RefusesAnOfferOfACompanyThatIsNotTheCards) {
  gateway().companies = {hanok_card(world_.trade).name()};
  gateway().company = &other_card(world_.trade);
  world_.peers.order.card_company = other_card(world_.trade).reference();
  const auto dialogue = open();
  EXPECT_EQ(dialogue->release({{}, "1"}, commit_).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(dialogue->next(), Next::kEnded);
}

TEST_F(SetDialogueTest, RefusesARequestThatBringsTheOrderWithoutTheCompany) {
  gateway().change = [this](GatewayMessage message) {
    if (auto* request = std::get_if<documents::InformationRequest>(&message)) {
      request->order = world_.trade.order_bytes(world_.peers.order);
      request->methods = gateway().methods;
    }
    return message;
  };
  EXPECT_EQ(try_to_open().error().code, ErrorCode::kMalformed);
}

TEST_F(SetDialogueTest, RefusesAnotherProfilesMessagesInThePlaceOfTheOffer) {
  gateway().change = [this](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<documents::SplitOffer>(message)) return message;
    return documents::PaymentRequest{gateway().methods, world_.trade.order_bytes(world_.peers.order), {}};
  };
  const auto dialogue = open();
  EXPECT_EQ(dialogue->release({{}, "1"}, commit_).error().code, ErrorCode::kUnsupported);
}

TEST_F(SetDialogueTest, RefusesAnOfferInAnotherProfile) {
  world_.peers.order.profile = gateway().profile = OrderProfile::kSession;
  start_.profiles = {OrderProfile::kSession};
  const auto offer = hanok_card(world_.trade).offer(to_bytes("order"), {documents::PaymentMethod::kCard});
  gateway().change = [offer](GatewayMessage message) -> GatewayMessage {
    if (std::holds_alternative<documents::InformationRequest>(message)) return message;
    return offer;
  };
  world_.peers.order.card_company.reset();
  const auto dialogue = open();
  EXPECT_EQ(dialogue->release({}, commit_).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::wallet
