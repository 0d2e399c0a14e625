// SPDX-License-Identifier: Apache-2.0
// Profile session: the order comes sealed to the card and signed, payment goes back under the session's key.
#include <gtest/gtest.h>

#include "wallet/incoming.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::GatewayMessage;
using documents::OrderProfile;
using documents::SessionOfferMessage;
using namespace std::chrono_literals;

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.order.profile = gateway().profile = OrderProfile::kSession;
    start_.origin = world_.peers.order.origin;
    ASSERT_TRUE(world_.card.log_in(secret("1234")));
    ASSERT_TRUE(HolderData(world_.parties())
                    .add_means({documents::CardData{secret("4111111111111111"), "2029-08", "KIM"}}));
  }
  FakeDialogue& gateway() { return world_.peers.dialogue; }
  std::unique_ptr<Dialogue> open() {
    return take(Dialogue::open(world_.parties(), [](auto) {}, start_, {}));
  }
  void change_message(std::function<void(SessionOfferMessage&)> change) {
    gateway().change = [change](GatewayMessage message) {
      if (auto* offer = std::get_if<SessionOfferMessage>(&message)) change(*offer);
      return message;
    };
  }
  static Result<void> commit() { return ok(); }

  WalletWorld world_;
  DialogueStart start_{"https://127.0.0.1:8443", "checkout-1", "t", "", {OrderProfile::kSession}};
};

TEST_F(SessionTest, ShowsTheOrderOnlyAfterTheMerchantSignedForIt) {
  const auto dialogue = open();
  EXPECT_FALSE(dialogue->request().order);
  EXPECT_TRUE(take(world_.store->purchases()).empty());
  const auto next = dialogue->release({}, commit);
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(next.value(), Dialogue::Next::kReview);
  EXPECT_EQ(dialogue->request().order->total, (Amount{39'000, "KRW"}));
  EXPECT_TRUE(gateway().signed_orders.empty());
}

TEST_F(SessionTest, PaysUnderTheKeyOfSessionAndConnection) {
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({}, commit));
  const auto next = dialogue->pay("1", commit);
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().sealed_payments, 1);
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"4111111111111111"});
}

TEST_F(SessionTest, TellsTheShopNoNumberOfACardThatIsRecordedWithACompany) {
  const auto company = hanok_card(world_.trade).name();
  ASSERT_TRUE(HolderData(world_.parties())
                  .add_means({documents::CardData{secret("5555555555554444"), "2029-08", "KIM"}, company}));
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({}, commit));
  EXPECT_EQ(dialogue->pay("2", commit).error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(gateway().signed_orders.empty());
  ASSERT_TRUE(dialogue->pay("1", commit));
  EXPECT_EQ(gateway().numbers, std::vector<std::string>{"4111111111111111"});
}

TEST_F(SessionTest, PaysWithAnotherTryWhenTheConnectionEndsBetweenSignatureAndPayment) {
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({}, commit));
  world_.peers.payments_to_cut = 1;
  EXPECT_EQ(dialogue->pay("1", commit).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(dialogue->next(), Dialogue::Next::kReview);
  EXPECT_TRUE(gateway().signed_orders.empty());
  EXPECT_EQ(world_.waited, 0ms) << "nobody needs to be asked about what has not left";
  EXPECT_EQ(take(dialogue->pay("1", commit)), Dialogue::Next::kEnded);
  EXPECT_EQ(dialogue->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(gateway().sealed_payments, 1);
}

TEST_F(SessionTest, SaysSoWhenTheGatewayHasLostTheKeyAndPaysWhenItIsStartedAgain) {
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({}, commit));
  gateway().fails = Error{ErrorCode::kExpired, "session: its key is gone"};
  ASSERT_TRUE(dialogue->pay("1", commit));
  EXPECT_EQ(dialogue->end().result, DialogueResult::kUnknown);
  EXPECT_EQ(dialogue->end().code, "expired") << "whose remedy is to begin again at the shop";
  gateway().fails.reset();
  const auto again = open();
  ASSERT_TRUE(again->release({}, commit));
  ASSERT_TRUE(again->pay("1", commit));
  EXPECT_EQ(again->end().result, DialogueResult::kConfirmed);
}

TEST_F(SessionTest, SealsAnotherPaymentAfterADecline) {
  gateway().declines = 1;
  const auto dialogue = open();
  ASSERT_TRUE(dialogue->release({}, commit));
  EXPECT_EQ(take(dialogue->pay("1", commit)), Dialogue::Next::kPayment);
  EXPECT_EQ(take(dialogue->pay("1", commit)), Dialogue::Next::kEnded);
  EXPECT_EQ(gateway().sealed_payments, 2);
}

TEST_F(SessionTest, AcceptsNoPlainPaymentRequestInItsPlace) {
  gateway().change = [this](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<SessionOfferMessage>(message)) return message;
    return documents::PaymentRequest{gateway().methods, world_.trade.order_bytes(world_.peers.order),
                                     std::nullopt};
  };
  const auto dialogue = open();
  EXPECT_EQ(dialogue->release({}, commit).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(dialogue->next(), Dialogue::Next::kEnded);
}

TEST_F(SessionTest, AcceptsNoOfferOfAnEarlierDialogue) {
  std::optional<SessionOfferMessage> earlier;
  change_message([&](SessionOfferMessage& message) {
    if (!earlier) earlier = message;
    message = *earlier;
  });
  ASSERT_TRUE(open()->release({}, commit));
  EXPECT_EQ(open()->release({}, commit).error().code, ErrorCode::kForbidden);
}

TEST_F(SessionTest, TakesTheOutcomeOfWhatAnEarlierDialogueSigned) {
  world_.peers.authority_is_down = true;
  gateway().change = [](GatewayMessage message) -> GatewayMessage {
    if (auto* outcome = std::get_if<documents::Outcome>(&message)) outcome->document.reset();
    return message;
  };
  const auto first = open();
  ASSERT_TRUE(first->release({}, commit));
  ASSERT_TRUE(first->pay("1", commit));
  ASSERT_EQ(first->end().result, DialogueResult::kUnknown);

  world_.peers.authority_is_down = false;
  gateway().change = [this](GatewayMessage message) -> GatewayMessage {
    if (!std::holds_alternative<SessionOfferMessage>(message)) return message;
    documents::Outcome outcome;
    outcome.kind = documents::Outcome::Kind::kConfirmation;
    outcome.document = world_.peers.confirmation;
    return outcome;
  };
  const auto again = open();
  EXPECT_EQ(take(again->release({}, commit)), Dialogue::Next::kEnded);
  EXPECT_EQ(again->end().result, DialogueResult::kConfirmed);
  EXPECT_EQ(again->end().purchase, first->end().purchase);
  EXPECT_EQ(gateway().signed_orders.size(), 1U);
}

struct WrongOffer {
  std::string name;
  std::function<void(FakeDialogue&, const Trade&)> prepare;
  std::function<void(SessionOfferMessage&)> change;
  ErrorCode code;
};
class SessionRefuses : public SessionTest, public testing::WithParamInterface<WrongOffer> {};

TEST_P(SessionRefuses, AnOfferThatIsNotWhatItShouldBe) {
  if (GetParam().prepare) GetParam().prepare(gateway(), world_.trade);
  if (GetParam().change) change_message(GetParam().change);
  const auto dialogue = open();
  const auto released = dialogue->release({}, commit);
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, GetParam().code) << released.error().detail;
  EXPECT_EQ(dialogue->next(), Dialogue::Next::kEnded);
  EXPECT_TRUE(take(world_.store->purchases()).empty());
}

WrongOffer with_offer(std::string name, std::function<void(documents::SessionOffer&)> change,
                      ErrorCode code) {
  return {std::move(name),
          [change](FakeDialogue& gateway, const Trade&) { gateway.change_offer = change; },
          {},
          code};
}
WrongOffer with_secrets(std::string name, std::function<void(documents::SessionSecrets&)> change,
                        ErrorCode code) {
  return {std::move(name),
          [change](FakeDialogue& gateway, const Trade&) { gateway.change_secrets = change; },
          {},
          code};
}

const WrongOffer kWrongOffers[] = {
    {"SignedByThePurchaserItself",
     [](FakeDialogue& gateway, const Trade& trade) { gateway.offer_signer = &trade.purchaser; },
     {},
     ErrorCode::kWrongRole},
    {"ASignatureThatWasAltered",
     {},
     [](SessionOfferMessage& message) { message.offer.back() ^= 1; },
     ErrorCode::kSignatureInvalid},
    {"AnEnvelopeThatWasReplaced",
     {},
     [](SessionOfferMessage& message) { message.envelope.back() ^= 1; },
     ErrorCode::kForbidden},
    with_offer(
        "AnotherNonce", [](auto& offer) { offer.wallet_nonce[0] ^= 1; }, ErrorCode::kForbidden),
    with_offer(
        "AnotherMerchant", [](auto& offer) { offer.merchant[0] ^= 1; }, ErrorCode::kForbidden),
    with_offer(
        "AnotherPurchaser", [](auto& offer) { offer.purchaser[0] ^= 1; }, ErrorCode::kForbidden),
    with_offer(
        "AnotherAgreementKey", [](auto& offer) { offer.agreement[0] ^= 1; }, ErrorCode::kForbidden),
    with_offer(
        "AnotherEnvelope", [](auto& offer) { offer.envelope[0] ^= 1; }, ErrorCode::kForbidden),
    with_offer(
        "AnotherCheckout", [](auto& offer) { offer.checkout = "checkout-2"; }, ErrorCode::kConflict),
    with_offer(
        "AnotherOrigin", [](auto& offer) { offer.origin = "https://other.example"; },
        ErrorCode::kWrongOrigin),
    with_offer(
        "OneThatIsOver", [](auto& offer) { offer.expires = from_unix_seconds(1'794'999'000); },
        ErrorCode::kExpired),
    with_secrets(
        "SecretsOfAnotherSession",
        [](auto& secrets) { secrets.session = "019a0000-0000-7000-8000-00000000005f"; },
        ErrorCode::kForbidden),
    with_secrets(
        "AnOrderThatIsNone", [](auto& secrets) { secrets.order = to_bytes("{}"); }, ErrorCode::kMalformed),
};
INSTANTIATE_TEST_SUITE_P(Rows, SessionRefuses, testing::ValuesIn(kWrongOffers),
                         [](const auto& row) { return row.param.name; });

class TellingComputer final : public ComputerSide {
 public:
  const std::string& name() const override { return name_; }
  Carrier carrier(const std::string&) override { return {}; }
  void hang_up() override {}
  void hang_up(const std::string&) override {}
  void tell(const link::Control& message) override {
    if (const auto* shown = std::get_if<link::Review>(&message)) {
      review = *shown;
      ++reviews;
    }
  }
  int reviews = 0;
  std::optional<link::Review> review;

 private:
  std::string name_ = "Office PC";
};

// A purchase that a PC begins, shown and approved on the wallet's screen.
class SessionFromPcTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    world_.card.log_out();
    ASSERT_TRUE(desk_.start(
        {kPurchase, {{start_.gateway, start_.checkout, "t", {"session", "plain"}}}, start_.origin, true, ""},
        computer_));
    for (std::uint64_t seen = 0; desk_.view()->state == IncomingState::kOpening;)
      seen = desk_.wait(seen, 100ms);
  }
  Result<void> approve(std::string_view pin = "1234") {
    return desk_.approve(kPurchase, {desk_.view()->question, {{}, "1"}, ""}, secret(pin));
  }

  static constexpr const char* kPurchase = "3f0c1f3e-9d53-4b86-8d3c-3a0c8a5d4a10";
  std::shared_ptr<TellingComputer> computer_ = std::make_shared<TellingComputer>();
  IncomingDesk desk_{world_.parties(), {OrderProfile::kSession, [](auto) {}}};
};

TEST_F(SessionFromPcTest, PaysOnlyAfterTheLastLookInTheBrowserAndTheHoldersPin) {
  ASSERT_TRUE(approve());
  EXPECT_EQ(desk_.view()->state, IncomingState::kReview);
  ASSERT_TRUE(computer_->review);
  EXPECT_EQ(computer_->review->orders.at(0).total, 39'000);
  EXPECT_EQ(computer_->review->orders.at(0).origin, start_.origin);
  EXPECT_EQ(approve().error().code, ErrorCode::kConflict) << "the browser has not said yes";
  EXPECT_TRUE(gateway().signed_orders.empty());
  desk_.go_on(kPurchase, *computer_);
  EXPECT_EQ(desk_.view()->state, IncomingState::kAsked);
  EXPECT_TRUE(gateway().signed_orders.empty()) << "the holder has not said yes";
  ASSERT_TRUE(approve());
  EXPECT_EQ(desk_.view()->end.result, DialogueResult::kConfirmed);
}

// A browser that has said "continue" does not say it again to the same order.
TEST_F(SessionFromPcTest, AsksAgainAfterAWrongPinWithoutAnotherLook) {
  ASSERT_TRUE(approve());
  desk_.go_on(kPurchase, *computer_);
  EXPECT_EQ(approve("9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(desk_.view()->state, IncomingState::kAsked);
  EXPECT_EQ(computer_->reviews, 1);
  EXPECT_TRUE(gateway().signed_orders.empty());
  ASSERT_TRUE(approve());
  EXPECT_EQ(desk_.view()->end.result, DialogueResult::kConfirmed);
}

TEST_F(SessionFromPcTest, AsksAgainWhenThePaymentHasNotLeftWithoutAnotherLook) {
  ASSERT_TRUE(approve());
  desk_.go_on(kPurchase, *computer_);
  world_.peers.payments_to_cut = 1;
  EXPECT_EQ(approve().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(desk_.view()->state, IncomingState::kAsked);
  ASSERT_TRUE(approve());
  EXPECT_EQ(desk_.view()->end.result, DialogueResult::kConfirmed);
}

TEST_F(SessionFromPcTest, EndsWhenTheLinkIsLostBeforeThePaymentHasLeft) {
  ASSERT_TRUE(approve());
  desk_.go_on(kPurchase, *computer_);
  world_.peers.payments_to_cut = 1;
  world_.peers.when_cut = [&] { desk_.lost(*computer_); };
  EXPECT_FALSE(approve());
  EXPECT_EQ(desk_.view()->state, IncomingState::kEnded);
  EXPECT_EQ(desk_.view()->by, EndedBy::kLostLink);
  EXPECT_EQ(desk_.view()->end.result, DialogueResult::kFailed);
  EXPECT_TRUE(gateway().signed_orders.empty());
}

}  // namespace
}  // namespace countersign::wallet
