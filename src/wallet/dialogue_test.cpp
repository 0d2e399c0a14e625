// SPDX-License-Identifier: Apache-2.0
#include "wallet/dialogue.h"

#include <gtest/gtest.h>

#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::GatewayMessage;
using documents::InformationRequest;
using documents::OrderProfile;
using documents::PersonalField;
using Next = Dialogue::Next;

constexpr std::string_view kNumber = "4111111111111111";

class DialogueTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.order.profile = OrderProfile::kPlain;
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
    HolderData data(world_.parties());
    ASSERT_TRUE(data.keep_personal({"Kim", "Seoul", "1990-01-01", "", ""}));
    ASSERT_TRUE(data.add_means({documents::CardData{secret(kNumber), "2029-08", "KIM"}}));
    ASSERT_TRUE(data.add_means({documents::AccountData{"Hana", secret("110-234-567"), "Kim"}}));
    start_.origin = world_.peers.order.origin;
  }
  Result<std::unique_ptr<Dialogue>> open() {
    return Dialogue::open(world_.parties(), [this](std::chrono::milliseconds time) { world_.waited += time; },
                          start_, {});
  }
  FakeDialogue& gateway() { return world_.peers.dialogue; }
  PurchaseState state() { return take(world_.store->find_purchase(world_.peers.order.id))->state; }
  const Dialogue::Commit commit_ = [this]() -> Result<void> {
    ++commits_;
    return ok();
  };
  // The gateway's first request, changed.
  void change_request(std::function<void(InformationRequest&)> change) {
    gateway().change = [change](GatewayMessage message) {
      if (auto* request = std::get_if<InformationRequest>(&message)) change(*request);
      return message;
    };
  }

  WalletWorld world_;
  DialogueStart start_{"https://127.0.0.1:8443", "checkout-1", "t", "", {OrderProfile::kPlain}};
  int commits_ = 0;
};

TEST_F(DialogueTest, ShowsWhatIsAskedBeforeAnythingIsTold) {
  gateway().fields = {{PersonalField::kName, 0}};
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->next(), Next::kInformation);
  EXPECT_EQ(dialogue->request().merchant, world_.trade.merchant.certificate);
  EXPECT_EQ(dialogue->request().origin, world_.peers.order.origin);
  EXPECT_EQ(dialogue->request().fields, gateway().fields);
  EXPECT_EQ(dialogue->request().order->total, (Amount{39'000, "KRW"}));
  EXPECT_FALSE(gateway().statement);
  EXPECT_TRUE(gateway().numbers.empty());
}

TEST_F(DialogueTest, PaysAtOnceAndKeepsTheConfirmationThatBothBring) {
  gateway().fields = {{PersonalField::kName, 0}, {PersonalField::kAddress, 0}};
  const auto dialogue = take(open());
  const auto next = dialogue->release({{{PersonalField::kName, 0}}, "1"}, commit_);
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(next.value(), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(state(), PurchaseState::kConfirmed);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{std::string(kNumber)});
  EXPECT_EQ(commits_, 1);
  EXPECT_EQ(take(world_.store->attempts(world_.peers.order.id)).size(), 2U) << "the authority by itself, too";
}

TEST_F(DialogueTest, TellsTheFieldsAgreedToAndNoOthers) {
  gateway().fields = {{PersonalField::kName, 0}, {PersonalField::kAddress, 0}};
  ASSERT_TRUE(take(open())->release({{{PersonalField::kAddress, 0}}, "1"}, commit_));
  const auto& statement = *gateway().statement;
  ASSERT_EQ(statement.fields.size(), 1U);
  EXPECT_EQ(statement.fields[0].text, "Seoul");
  EXPECT_EQ(statement.origin, world_.peers.order.origin);
  EXPECT_EQ(statement.checkout, "checkout-1");
  EXPECT_EQ(statement.merchant, world_.trade.merchant.certificate.fingerprint());
  EXPECT_EQ(statement.wallet_nonce, gateway().opening->nonce);
  EXPECT_EQ(statement.gateway_nonce[0], 7);
}

TEST_F(DialogueTest, DrawsANonceForEachDialogue) {
  ASSERT_TRUE(open());
  const auto first = gateway().opening->nonce;
  ASSERT_TRUE(open());
  EXPECT_NE(gateway().opening->nonce, first);
}

TEST_F(DialogueTest, PaysOnlyAfterTheInformationWhereTheShopAsksSeparately) {
  gateway().asks_at_once = false;
  const auto dialogue = take(open());
  EXPECT_FALSE(dialogue->request().order);
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kPayment);
  EXPECT_EQ(commits_, 0);
  EXPECT_TRUE(gateway().numbers.empty());
  ASSERT_TRUE(dialogue->request().order);
  EXPECT_FALSE(dialogue->request().asks_information);
  EXPECT_EQ(take(dialogue->pay("2", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"110-234-567"});
}

TEST_F(DialogueTest, TellsTheShopNoNumberOfACardThatIsRecordedWithACompany) {
  const auto company = hanok_card(world_.trade).name();
  ASSERT_TRUE(HolderData(world_.parties())
                  .add_means({documents::CardData{secret("5555555555554444"), "2029-08", "KIM"}, company}));
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->release({{}, "3"}, commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(commits_, 0);
  EXPECT_FALSE(gateway().statement);
  ASSERT_TRUE(dialogue->release({{}, "1"}, commit_));
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{std::string(kNumber)});
}

TEST_F(DialogueTest, TriesAnotherWayToPayForTheSameSignedOrder) {
  gateway().declines = 1;
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kPayment);
  EXPECT_EQ(dialogue->request().declined, "insufficient_funds");
  EXPECT_EQ(take(dialogue->pay("2", commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().signed_orders.at(0), gateway().signed_orders.at(1));
}

TEST_F(DialogueTest, EndsWithThePaymentThatWasDeclinedForGood) {
  gateway().declines = 1;
  gateway().change = [](GatewayMessage message) {
    if (auto* outcome = std::get_if<documents::Outcome>(&message)) outcome->tries_left = 0;
    return message;
  };
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kDeclined);
  EXPECT_EQ(dialogue->end().code, "insufficient_funds");
}

TEST_F(DialogueTest, AnswersAnAgeCheckWithoutTheBirthDateAndWithoutAnOrder) {
  gateway().purpose = documents::DialoguePurpose::kAgeCheck;
  gateway().fields = {{PersonalField::kOverAge, 19}};
  start_.attested = true;
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({gateway().fields, ""}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kIdentified);
  ASSERT_EQ(gateway().statement->fields.size(), 1U);
  EXPECT_TRUE(gateway().statement->fields[0].is_over);
  EXPECT_TRUE(gateway().statement->fields[0].text.empty());
  EXPECT_EQ(commits_, 0);
}

TEST_F(DialogueTest, PassesNothingThatSomebodyElseMayHaveBegun) {
  for (const auto purpose : {documents::DialoguePurpose::kAgeCheck, documents::DialoguePurpose::kLogin}) {
    gateway().purpose = purpose;
    EXPECT_EQ(open().error().code, ErrorCode::kForbidden);
  }
  EXPECT_FALSE(gateway().statement);
}

TEST_F(DialogueTest, SignsWithoutPayingWhereTheShopIsPaidElsewhere) {
  gateway().profile = world_.peers.order.profile = OrderProfile::kDirect;
  start_.profiles = {OrderProfile::kDirect};
  const auto dialogue = take(open());
  EXPECT_TRUE(dialogue->request().methods.empty());
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_TRUE(gateway().numbers.empty());
}

TEST_F(DialogueTest, TellsNothingThatWasNotAskedFor) {
  gateway().fields = {{PersonalField::kName, 0}};
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->release({{{PersonalField::kBirthDate, 0}}, "1"}, commit_).error().code,
            ErrorCode::kForbidden);
  EXPECT_FALSE(gateway().statement);
  EXPECT_TRUE(dialogue->release({{}, "1"}, commit_)) << "the holder may go on";
}

TEST_F(DialogueTest, PaysByNothingThatIsNotThereOrNotTaken) {
  gateway().methods = {documents::PaymentMethod::kCard};
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->release({{}, "5"}, commit_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(dialogue->release({{}, "2"}, commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(commits_, 0);
  EXPECT_EQ(state(), PurchaseState::kShown);
}

TEST_F(DialogueTest, SignsNothingWhenItWasCancelledAtTheLastMoment) {
  const auto dialogue = take(open());
  const auto released =
      dialogue->release({{}, "1"}, []() -> Result<void> { return fail(ErrorCode::kCancelled, "no"); });
  EXPECT_EQ(released.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(state(), PurchaseState::kShown);
  EXPECT_TRUE(gateway().signed_orders.empty());
}

// A merchant's own certificate signs; nothing can be sealed to it.
TEST_F(DialogueTest, SignsNothingWhereThePaymentCannotBeSealed) {
  gateway().change = [this](GatewayMessage message) {
    const Bytes unfit = world_.trade.merchant.certificate.der();
    if (auto* request = std::get_if<InformationRequest>(&message)) request->sealing_certificate = unfit;
    if (auto* request = std::get_if<documents::PaymentRequest>(&message))
      request->sealing_certificate = unfit;
    return message;
  };
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->release({{}, "1"}, commit_).error().code, ErrorCode::kWrongRole);
  EXPECT_EQ(dialogue->next(), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kFailed);
  EXPECT_EQ(commits_, 0);
  EXPECT_EQ(state(), PurchaseState::kShown);

  gateway().asks_at_once = false;
  const auto separately = take(open());
  ASSERT_EQ(take(separately->release({}, commit_)), Next::kPayment);
  EXPECT_EQ(separately->pay("1", commit_).error().code, ErrorCode::kWrongRole);
  EXPECT_EQ(separately->next(), Next::kEnded);
  EXPECT_EQ(commits_, 0);
  EXPECT_EQ(state(), PurchaseState::kShown);
  EXPECT_TRUE(gateway().signed_orders.empty());
}

TEST_F(DialogueTest, NeedsThePin) {
  const auto dialogue = take(open());
  world_.card.log_out();
  EXPECT_FALSE(dialogue->release({{}, "1"}, commit_));
  EXPECT_TRUE(gateway().signed_orders.empty());
  EXPECT_EQ(dialogue->next(), Next::kInformation);
}

TEST_F(DialogueTest, AsksTheAuthorityWhenTheAnswerToTheSignedOrderIsLost) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.not_yet_found = 1;
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
}

TEST_F(DialogueTest, SaysThatItDoesNotKnowWhenNobodyAnswers) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.authority_is_down = true;
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(state(), PurchaseState::kSigned);
}

TEST_F(DialogueTest, BelievesNoConfirmationThatWasAltered) {
  world_.peers.authority_is_down = true;
  world_.peers.change_answer = [](Bytes answer) {
    answer[answer.size() / 2] ^= 1;
    return answer;
  };
  const auto dialogue = take(open());
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
}

TEST_F(DialogueTest, BelievesNoIdentificationInThePlaceOfAPurchase) {
  gateway().asks_at_once = false;
  gateway().change = [](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<documents::PaymentRequest>(message)) return message;
    documents::Outcome outcome;
    outcome.kind = documents::Outcome::Kind::kIdentified;
    return outcome;
  };
  const auto dialogue = take(open());
  EXPECT_EQ(dialogue->release({}, commit_).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(dialogue->next(), Next::kEnded);
}

TEST_F(DialogueTest, CanBeTriedAgainAfterAFailureOfTheMoment) {
  gateway().asks_at_once = false;
  const auto dialogue = take(open());
  gateway().fails = Error{ErrorCode::kUnavailable, "the connection broke"};
  EXPECT_EQ(dialogue->release({}, commit_).error().code, ErrorCode::kUnavailable);
  gateway().fails.reset();
  EXPECT_EQ(take(dialogue->release({}, commit_)), Next::kPayment);
}

TEST_F(DialogueTest, LetsTheHolderThinkAgainWhenTheShopNeedsMoreFields) {
  const auto dialogue = take(open());
  gateway().fails = Error{ErrorCode::kConsentMissing, "statement.fields: not all that was asked for"};
  EXPECT_EQ(dialogue->release({{}, "1"}, commit_).error().code, ErrorCode::kConsentMissing);
  gateway().fails.reset();
  EXPECT_EQ(take(dialogue->release({{}, "1"}, commit_)), Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
}

TEST_F(DialogueTest, EndsWhenTheGatewayRefusesForGood) {
  gateway().asks_at_once = false;
  const auto dialogue = take(open());
  gateway().fails = Error{ErrorCode::kCertificateRevoked, "purchaser"};
  EXPECT_EQ(dialogue->release({}, commit_).error().code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(dialogue->next(), Next::kEnded);
  EXPECT_EQ(dialogue->end().code, "certificate_revoked");
}

TEST_F(DialogueTest, RemembersTheNo) {
  const auto dialogue = take(open());
  dialogue->cancel();
  EXPECT_EQ(world_.peers.cancelled, 0) << "until it is told";
  dialogue->tell_gateway();
  EXPECT_EQ(world_.peers.cancelled, 1);
  EXPECT_EQ(state(), PurchaseState::kCancelled);
  EXPECT_EQ(dialogue->release({{}, "1"}, commit_).error().code, ErrorCode::kConflict);
}

struct WrongRequest {
  std::string name;
  std::function<void(DialogueTest&, DialogueStart&, documents::Order&)> prepare;
  std::function<void(InformationRequest&)> change;
  ErrorCode code;
};
class DialogueRefuses : public DialogueTest, public testing::WithParamInterface<WrongRequest> {};

TEST_P(DialogueRefuses, ARequestThatIsNotWhatItShouldBe) {
  if (GetParam().prepare) GetParam().prepare(*this, start_, world_.peers.order);
  if (GetParam().change) change_request(GetParam().change);
  const auto dialogue = open();
  ASSERT_FALSE(dialogue);
  EXPECT_EQ(dialogue.error().code, GetParam().code) << dialogue.error().detail;
  EXPECT_TRUE(take(world_.store->purchases()).empty());
}

const WrongRequest kWrongRequests[] = {
    {"APageOfAnotherOrigin",
     [](auto&, DialogueStart& start, auto&) { start.origin = "https://evil.example"; },
     {},
     ErrorCode::kWrongOrigin},
    {"AnOrderOfAnotherOrigin",
     [](auto&, auto&, documents::Order& order) { order.origin = "https://other.example"; },
     {},
     ErrorCode::kWrongOrigin},
    {"AnotherCheckout",
     [](auto&, auto&, documents::Order& order) { order.checkout = "checkout-2"; },
     {},
     ErrorCode::kConflict},
    {"AProfileThatWasNotOffered",
     [](auto&, DialogueStart& start, auto&) { start.profiles = {OrderProfile::kSession}; },
     {},
     ErrorCode::kForbidden},
    {"AnOpenOrderInTheProfileThatSealsIt",
     [](auto&, DialogueStart& start, auto&) { start.profiles = {OrderProfile::kSession}; },
     [](InformationRequest& request) {
       request.profile = OrderProfile::kSession;
       request.profiles = {OrderProfile::kSession};
     },
     ErrorCode::kMalformed},
    {"AWeakerProfileThanTheGatewayAllows",
     [](auto&, DialogueStart& start, auto&) {
       start.profiles = {OrderProfile::kSession, OrderProfile::kPlain};
     },
     [](InformationRequest& request) {
       request.profiles = {OrderProfile::kPlain, OrderProfile::kSession};
     },
     ErrorCode::kForbidden},
    {"AProfileThatTheGatewayDoesNotAllow",
     {},
     [](InformationRequest& request) { request.profiles = {OrderProfile::kSession}; },
     ErrorCode::kForbidden},
    {"AnOrderOfAnotherProfile",
     [](auto&, auto&, documents::Order& order) { order.profile = OrderProfile::kDirect; },
     {},
     ErrorCode::kUnsupported},
    {"AnOrderForSomebodyElse",
     [](auto&, auto&, documents::Order& order) { order.purchaser.certificate[0] ^= 1; },
     {},
     ErrorCode::kForbidden},
    {"AnOrderByAnotherMerchant",
     [](auto&, auto&, documents::Order& order) { order.merchant.certificate[0] ^= 1; },
     {},
     ErrorCode::kForbidden},
    {"PaymentWithoutAnOrder",
     {},
     [](InformationRequest& request) { request.order.reset(); },
     ErrorCode::kMalformed},
    {"AnOrderWithoutPayment",
     {},
     [](InformationRequest& request) { request.methods.reset(); },
     ErrorCode::kMalformed},
    {"PaymentForALogIn", [](auto&, DialogueStart& start, auto&) { start.attested = true; },
     [](InformationRequest& request) { request.purpose = documents::DialoguePurpose::kLogin; },
     ErrorCode::kMalformed},
};
INSTANTIATE_TEST_SUITE_P(Rows, DialogueRefuses, testing::ValuesIn(kWrongRequests),
                         [](const auto& row) { return row.param.name; });

TEST_F(DialogueTest, TakesAnotherMessageInThePlaceOfTheRequestForNothing) {
  gateway().change = [](GatewayMessage) -> GatewayMessage { return documents::Outcome{}; };
  EXPECT_EQ(open().error().code, ErrorCode::kUnsupported);
}

TEST_F(DialogueTest, GoesByTheOrdersOriginWhereNoBrowserAttestsOne) {
  start_.origin.clear();
  EXPECT_EQ(take(open())->request().origin, world_.peers.order.origin);
}

}  // namespace
}  // namespace countersign::wallet
