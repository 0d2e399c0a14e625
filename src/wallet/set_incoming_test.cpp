// SPDX-License-Identifier: Apache-2.0
// Profile set on the screen: which profiles are offered, which cards are to choose from, and what is shown in
// the end.
#include <gtest/gtest.h>

#include "documents/json.h"
#include "wallet/incoming.h"
#include "wallet/screen_json.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::OrderProfile;
using namespace std::chrono_literals;

class QuietComputer final : public ComputerSide {
 public:
  const std::string& name() const override { return name_; }
  Carrier carrier(const std::string&) override { return {}; }
  void hang_up() override {}
  void hang_up(const std::string&) override {}
  void tell(const link::Control& message) override {
    if (const auto* told = std::get_if<link::Ended>(&message)) ended = *told;
  }
  std::optional<link::Ended> ended;

 private:
  std::string name_ = "Office PC";
};

class SetIncomingTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.sell_in_set(hanok_card(world_.trade));
  }
  const FakeCompany& hanok() { return hanok_card(world_.trade); }
  const FakeCompany& other() { return other_card(world_.trade); }
  void add_card(std::string_view number, const FakeCompany* company = nullptr) {
    const auto logged_in = take(LoggedIn::with(world_.card, secret("1234")));
    PaymentMeans means{documents::CardData{secret(number), "2029-08", "KIM"}};
    if (company != nullptr) means.company = company->name();
    ASSERT_TRUE(HolderData(world_.parties()).add_means(std::move(means)));
  }
  // The purchase comes in when the test says so: what the holder has counts then.
  void begin(OrderProfile weakest = OrderProfile::kSession) {
    desk_ = std::make_unique<IncomingDesk>(world_.parties(), IncomingOptions{weakest, [](auto) {}});
    start_.origin = world_.peers.order.origin;
    ASSERT_TRUE(desk_->start(start_, computer_));
    for (std::uint64_t seen = 0; desk_->view()->state == IncomingState::kOpening;)
      seen = desk_->wait(seen, 100ms);
  }
  // A second merchant, who works with this company.
  void add_shop(const FakeCompany& company) {
    other_shop_ = std::make_unique<FakePeers>(world_.trade);
    other_shop_->order.id = "019a0000-0000-7000-8000-0000000000ff";
    other_shop_->order.checkout = "checkout-2";
    other_shop_->order.profile = other_shop_->dialogue.profile = OrderProfile::kSet;
    other_shop_->order.card_company = company.reference();
    other_shop_->dialogue.company = &company;
    other_shop_->dialogue.companies = {company.name()};
    world_.peers.others.emplace("https://127.0.0.1:9443", other_shop_.get());
    start_.checkouts.push_back({"https://127.0.0.1:9443", "checkout-2", "u", {"set"}});
  }
  Result<void> approve(const std::string& means) {
    return desk_->approve(kPurchase, {desk_->view()->question, {{}, means}, ""}, secret("1234"));
  }
  // Paid with the second card, and nobody answers.
  void lose_the_answer() {
    add_card("4111111111111111", &hanok());
    add_card("5105105105105100", &hanok());
    begin();
    ASSERT_TRUE(approve("2"));
    world_.peers.gateway_dies_after_asking = world_.peers.authority_is_down = true;
    ASSERT_TRUE(approve("2"));
    ASSERT_EQ(desk_->view()->end.result, DialogueResult::kUnknown);
  }
  std::vector<std::string> choices() {
    std::vector<std::string> ids;
    for (const auto& one : take(question_of(*desk_->view())).means) ids.push_back(one.id);
    return ids;
  }
  std::string json() { return documents::write_json(describe(*desk_->view())); }

  static constexpr const char* kPurchase = "3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10";
  WalletWorld world_;
  std::unique_ptr<FakePeers> other_shop_;
  std::shared_ptr<QuietComputer> computer_ = std::make_shared<QuietComputer>();
  link::Start start_{
      kPurchase, {{"https://127.0.0.1:8443", "checkout-1", "t", {"set", "plain"}}}, "", true, ""};
  std::unique_ptr<IncomingDesk> desk_;
};

TEST_F(SetIncomingTest, OffersItWhereACardIsRecordedWithACompany) {
  add_card("4111111111111111", &hanok());
  begin();
  EXPECT_EQ(world_.peers.dialogue.opening->profiles,
            (std::vector{OrderProfile::kSet, OrderProfile::kSession}));
  EXPECT_EQ(desk_->view()->state, IncomingState::kAsked);
}

TEST_F(SetIncomingTest, DoesNotOfferItWithoutSuchACard) {
  add_card("4111111111111111");
  world_.peers.order.profile = world_.peers.dialogue.profile = OrderProfile::kSession;
  world_.peers.order.card_company.reset();
  world_.peers.dialogue.companies.clear();
  begin();
  EXPECT_EQ(world_.peers.dialogue.opening->profiles, std::vector{OrderProfile::kSession});
}

TEST_F(SetIncomingTest, OffersNothingElseToAHolderWhoPermitsNothingElse) {
  add_card("4111111111111111", &hanok());
  begin(OrderProfile::kSet);
  EXPECT_EQ(world_.peers.dialogue.opening->profiles, std::vector{OrderProfile::kSet});
}

TEST_F(SetIncomingTest, SaysWhatToDoWhereNothingElseIsPermittedAndThereIsNoSuchCard) {
  add_card("4111111111111111");
  begin(OrderProfile::kSet);
  EXPECT_EQ(desk_->view()->state, IncomingState::kEnded);
  EXPECT_EQ(desk_->view()->end.code, kNoMeansOfCompany);
  EXPECT_EQ(computer_->ended->code, ErrorCode::kUnsupported);
  EXPECT_NE(words_of(desk_->view()->end).find("means add-card --company"), std::string::npos);
  EXPECT_NE(json().find(R"("request":{"merchant":"Demo Shop")"), std::string::npos) << json();
}

TEST_F(SetIncomingTest, LogsInWithNoCardWhereNothingElseIsPermitted) {
  world_.peers.dialogue.purpose = documents::DialoguePurpose::kLogin;
  begin(OrderProfile::kSet);
  EXPECT_EQ(world_.peers.dialogue.opening->profiles, std::vector{OrderProfile::kSet});
  ASSERT_TRUE(approve(""));
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kIdentified);
}

// What is recorded with a company is for that company alone.
TEST_F(SetIncomingTest, OffersNoCardOfACompanyWhereTheShopWouldSeeItsNumber) {
  add_card("4111111111111111", &hanok());
  add_card("5105105105105100");
  world_.peers.order.card_company.reset();
  world_.peers.dialogue.companies.clear();
  for (const auto profile : {OrderProfile::kPlain, OrderProfile::kSession}) {
    world_.peers.order.profile = world_.peers.dialogue.profile = profile;
    world_.peers.order.id.back() = profile == OrderProfile::kPlain ? 'a' : 'b';
    begin(OrderProfile::kPlain);
    if (profile == OrderProfile::kSession) {
      ASSERT_TRUE(approve(""));
      desk_->go_on(kPurchase, *computer_);
    }
    EXPECT_EQ(choices(), std::vector<std::string>{"2"});
    EXPECT_EQ(approve("1").error().code, ErrorCode::kUnsupported);
    EXPECT_TRUE(world_.peers.dialogue.numbers.empty());
    ASSERT_TRUE(desk_->refuse(kPurchase));
  }
}

TEST_F(SetIncomingTest, SaysWhatToDoWhereTheShopWorksWithOtherCompanies) {
  add_card("4111111111111111", &other());
  begin();
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kFailed);
  EXPECT_EQ(desk_->view()->end.code, kNoMeansOfCompany);
  EXPECT_EQ(computer_->ended->code, ErrorCode::kUnsupported);
}

TEST_F(SetIncomingTest, OffersTheCardsOfTheCompaniesThatTheShopWorksWith) {
  add_card("4111111111111111", &hanok());
  add_card("4012888888881881", &other());
  add_card("5555555555554444");
  add_card("5105105105105100", &hanok());
  begin();
  EXPECT_EQ(choices(), (std::vector<std::string>{"1", "4"}));
}

TEST_F(SetIncomingTest, OffersForThePaymentTheCardsOfTheCompanyChosenAndTheOneChosenFirst) {
  world_.peers.dialogue.companies.push_back(other().name());
  add_card("4111111111111111", &hanok());
  add_card("4012888888881881", &other());
  add_card("5105105105105100", &hanok());
  begin();
  EXPECT_EQ(choices(), (std::vector<std::string>{"1", "2", "3"}));
  ASSERT_TRUE(approve("3"));
  EXPECT_EQ(choices(), (std::vector<std::string>{"3", "1"}));
  ASSERT_TRUE(approve("3"));
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kConfirmed);
}

TEST_F(SetIncomingTest, OffersAfterALostAnswerNoCardButSendsThePaymentAgain) {
  lose_the_answer();
  begin();
  EXPECT_FALSE(take(question_of(*desk_->view())).asks_payment);
  EXPECT_NE(json().find(R"("standing":{"method":"card","ending":"5100"})"), std::string::npos) << json();
  ASSERT_TRUE(approve(""));
  EXPECT_TRUE(choices().empty());
  world_.peers.gateway_dies_after_asking = world_.peers.authority_is_down = false;
  ASSERT_TRUE(approve(""));
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(world_.peers.dialogue.numbers, std::vector<std::string>{"5105105105105100"});
}

TEST_F(SetIncomingTest, TakesAPaymentUpAgainAfterTheCardIsGone) {
  lose_the_answer();
  {
    const auto logged_in = take(LoggedIn::with(world_.card, secret("1234")));
    ASSERT_TRUE(HolderData(world_.parties()).remove_means("1"));
    ASSERT_TRUE(HolderData(world_.parties()).remove_means("2"));
  }
  begin();
  EXPECT_EQ(world_.peers.dialogue.opening->profiles,
            (std::vector{OrderProfile::kSet, OrderProfile::kSession}));
  EXPECT_EQ(desk_->view()->state, IncomingState::kAsked);
}

TEST_F(SetIncomingTest, SaysNotThatNothingWasBoughtWhereTheShopIsAwayAfterALostAnswer) {
  lose_the_answer();
  world_.peers.gateway_is_down = true;
  begin();
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kUnknown);
  EXPECT_EQ(desk_->view()->end.purchase, world_.peers.order.id);
  EXPECT_EQ(computer_->ended->outcome, link::Outcome::kUndecided);
}

TEST_F(SetIncomingTest, SaysNotThatNothingWasSignedToAHolderWhoSaysNoAfterALostAnswer) {
  lose_the_answer();
  begin();
  ASSERT_TRUE(desk_->refuse(kPurchase));
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kUnknown);
  EXPECT_EQ(desk_->view()->end.purchase, world_.peers.order.id);
  EXPECT_EQ(desk_->view()->by, EndedBy::kHolder);
}

TEST_F(SetIncomingTest, SaysSoOfARefusalThatIsNotFinal) {
  add_card("4111111111111111", &hanok());
  world_.peers.refuses = false;
  world_.peers.dialogue.change = [](documents::GatewayMessage message) {
    if (auto* outcome = std::get_if<documents::Outcome>(&message))
      outcome->kind = documents::Outcome::Kind::kRefusal;
    return message;
  };
  begin();
  ASSERT_TRUE(approve("1"));
  ASSERT_TRUE(approve("1"));
  EXPECT_NE(json().find(R"("result":"unknown","code":"refused_for_now")"), std::string::npos) << json();
  EXPECT_NE(words_of(desk_->view()->end).find("for now"), std::string::npos);
  const auto purchase = documents::write_json(describe(take(world_.payments().show(world_.peers.order.id))));
  EXPECT_NE(purchase.find(R"("declined":false,"refusedForNow":true)"), std::string::npos) << purchase;
}

TEST_F(SetIncomingTest, AsksTwoMerchantsAtOnceForACardThatBothCompaniesTake) {
  add_shop(other());
  other_shop_->dialogue.companies.push_back(hanok().name());
  other_shop_->dialogue.company = &hanok();
  other_shop_->order.card_company = hanok().reference();
  add_card("4111111111111111", &hanok());
  add_card("4012888888881881", &other());
  begin();
  EXPECT_EQ(choices(), std::vector<std::string>{"1"});
  ASSERT_TRUE(approve("1"));
  ASSERT_TRUE(approve("1"));
  EXPECT_EQ(desk_->view()->end.result, DialogueResult::kConfirmed);
  EXPECT_EQ(world_.peers.dialogue.sealed_payments, 1);
  EXPECT_EQ(other_shop_->dialogue.sealed_payments, 1);
}

TEST_F(SetIncomingTest, LeavesNothingToChooseWhereTwoMerchantsTakeNoCardInCommon) {
  add_shop(other());
  add_card("4111111111111111", &hanok());
  add_card("4012888888881881", &other());
  begin();
  EXPECT_TRUE(choices().empty());
  ASSERT_TRUE(desk_->leave_out(kPurchase, "https://127.0.0.1:9443"));
  EXPECT_EQ(choices(), std::vector<std::string>{"1"});
}

TEST_F(SetIncomingTest, ShowsWhoApprovedThePaymentBeforeItWasConfirmed) {
  add_card("4111111111111111", &hanok());
  begin();
  EXPECT_NE(json().find(R"("companies":[{"name":"Hanok Card","subject":"CN=Hanok Card,)"), std::string::npos);
  EXPECT_NE(json().find(R"("detail":"2029-08","company":{"name":"Hanok Card")"), std::string::npos) << json();
  ASSERT_TRUE(approve("1"));
  ASSERT_TRUE(approve("1"));
  EXPECT_EQ(words_of(desk_->view()->end),
            "Confirmed: order " + world_.peers.order.id + " (approved by Hanok Card, card ···1111)");
  EXPECT_NE(json().find(R"("method":"card","ending":"1111","verdict":"approved")"), std::string::npos);

  const auto purchase = documents::write_json(describe(take(world_.payments().show(world_.peers.order.id))));
  EXPECT_NE(purchase.find(R"("reviews":[{"company":{"name":"Hanok Card")"), std::string::npos) << purchase;
  EXPECT_NE(purchase.find(R"("authorization":"authorization-1")"), std::string::npos);
}

TEST_F(SetIncomingTest, ShowsWhoDeclinedThePaymentAndWhy) {
  add_card("4111111111111111", &hanok());
  world_.peers.dialogue.declines = 1;
  begin();
  ASSERT_TRUE(approve("1"));
  ASSERT_TRUE(approve("1"));
  EXPECT_EQ(desk_->view()->state, IncomingState::kAsked);
  EXPECT_NE(json().find(R"("declined":"insufficient_funds","answer":{"company":{"name":"Hanok Card")"),
            std::string::npos);
  EXPECT_NE(json().find(R"("verdict":"declined","code":"insufficient_funds")"), std::string::npos);
}

}  // namespace
}  // namespace countersign::wallet
