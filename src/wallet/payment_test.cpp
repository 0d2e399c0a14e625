// SPDX-License-Identifier: Apache-2.0
#include "wallet/payment.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

class PaymentTest : public testing::Test {
 protected:
  void SetUp() override { world_.enrol(); }
  Result<PaymentView> begin() { return world_.payments().begin(world_.payment_link()); }
  Result<PaymentView> approve(std::string_view pin = "1234") {
    return world_.payments().approve(world_.peers.order.id, secret(pin));
  }
  Result<PaymentView> pay() {
    TRY(begin());
    return approve();
  }

  WalletWorld world_;
};

TEST_F(PaymentTest, ShowsTheOrderBeforeAnythingIsSigned) {
  const auto view = begin();
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kShown);
  EXPECT_EQ(view.value().order.total, (Amount{39'000, "KRW"}));
  EXPECT_EQ(view.value().merchant, world_.trade.merchant.certificate);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
}

TEST_F(PaymentTest, KeepsTheConfirmationThatBothBring) {
  const auto view = pay();
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.value().record.confirmation, world_.peers.confirmation);
  ASSERT_EQ(view.value().attempts.size(), 2U);
  EXPECT_EQ(view.value().attempts[0].source, AttemptSource::kGateway);
  EXPECT_EQ(view.value().attempts[1].source, AttemptSource::kAuthority);
  EXPECT_EQ(view.value().attempts[1].outcome, "confirmed");
  EXPECT_FALSE(world_.card.is_logged_in());
  const auto& question = world_.peers.questions.at(0);
  EXPECT_EQ(question.order_digest, crypto::sha256(view.value().record.order));
  EXPECT_EQ(question.audience, world_.trade.data_centre);
}

TEST_F(PaymentTest, GetsTheConfirmationFromTheAuthorityWhenTheMerchantDiedAfterAsking) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.not_yet_found = 2;
  const auto view = pay();
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.value().attempts[0].outcome, "unavailable");
  EXPECT_EQ(view.value().attempts[1].outcome, "confirmed");
  EXPECT_GT(world_.waited.count(), 0);
}

TEST_F(PaymentTest, KeepsTheConfirmationOfTheMerchantWhenTheAuthorityDoesNotAnswer) {
  world_.peers.authority_is_down = true;
  const auto view = pay();
  ASSERT_TRUE(view);
  EXPECT_EQ(view.value().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.value().attempts[1].outcome, "unavailable");
}

TEST_F(PaymentTest, TakesUpASignedOrderAfterARestart) {
  world_.peers.authority_is_down = true;
  ASSERT_TRUE(begin());
  world_.peers.gateway_is_down = true;
  const auto open = approve();
  ASSERT_TRUE(open) << open.error().detail;
  EXPECT_EQ(open.value().record.state, PurchaseState::kSigned);
  world_.restart();
  world_.peers.authority_is_down = world_.peers.gateway_is_down = false;
  const auto view = world_.payments().resume(world_.peers.order.id, secret("1234"));
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.value().record.signed_order, open.value().record.signed_order);
  EXPECT_EQ(view.value().attempts.size(), 4U);
}

TEST_F(PaymentTest, SignsAnOrderOnlyOnce) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.authority_is_down = true;
  const auto first = pay();
  const auto second = approve();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first.value().record.signed_order, second.value().record.signed_order);
}

TEST_F(PaymentTest, KeepsAFinalRefusal) {
  world_.peers.refuses = true;
  const auto view = pay();
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kRefused);
  EXPECT_EQ(view.value().refusal->reasons.at(0).code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(approve().error().code, ErrorCode::kConflict);
}

TEST_F(PaymentTest, FindsAConfirmationThatTheMerchantGotAfterShowingARefusal) {
  world_.peers.refuses = true;
  const auto refused = pay();
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused.value().record.state, PurchaseState::kRefused);
  const auto& trade = world_.trade;
  const auto request =
      trade.sign(trade.merchant, refused.value().record.signed_order, x509::ContentType::kSignedData);
  world_.peers.confirmation = trade.sign(
      trade.confirmer, documents::write_confirmation(trade.confirmation(request, world_.peers.order)));
  const auto view = world_.payments().resume(world_.peers.order.id, secret("1234"));
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(world_.peers.signed_orders_received, 1) << "a refused order is not sent again";
}

TEST_F(PaymentTest, BelievesNoRefusalOfAnotherDataCentre) {
  const auto& trade = world_.trade;
  auto order = trade.order();
  Bytes bytes = trade.order_bytes(order);
  const auto refusal = trade.refuse(to_bytes("request"), order.id, true);
  const auto identity = take(find_identity(world_.parties()));
  const auto judge = [&] {
    return verify_outcome(refusal, bytes, trade.purchaser.certificate, *identity.trust);
  };
  ASSERT_TRUE(judge());
  order.authority = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo"));
  bytes = trade.order_bytes(order);
  EXPECT_EQ(judge().error().code, ErrorCode::kForbidden);
}

TEST_F(PaymentTest, SendsAgainAfterATemporaryRefusal) {
  world_.peers.refuses = false;
  EXPECT_EQ(pay().value().record.state, PurchaseState::kSigned);
  world_.peers.refuses.reset();
  EXPECT_EQ(world_.payments().resume(world_.peers.order.id, secret("1234")).value().record.state,
            PurchaseState::kConfirmed);
}

TEST_F(PaymentTest, SignsNothingUnderAWrongPin) {
  ASSERT_TRUE(begin());
  EXPECT_EQ(approve("9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(world_.peers.signed_orders_received, 0);
  EXPECT_EQ(world_.payments().show(world_.peers.order.id).value().record.state, PurchaseState::kShown);
}

TEST_F(PaymentTest, SignsNothingAfterANo) {
  ASSERT_TRUE(begin());
  ASSERT_TRUE(world_.payments().cancel(world_.peers.order.id));
  EXPECT_EQ(world_.peers.cancelled, 1);
  EXPECT_EQ(approve().error().code, ErrorCode::kConflict);
}

TEST_F(PaymentTest, KeepsTheNoWhenTheMerchantDoesNotHearIt) {
  ASSERT_TRUE(begin());
  world_.peers.gateway_is_down = true;
  ASSERT_TRUE(world_.payments().cancel(world_.peers.order.id));
  EXPECT_EQ(world_.payments().show(world_.peers.order.id).value().record.state, PurchaseState::kCancelled);
}

TEST_F(PaymentTest, AsksAgainAfterANoThatTheMerchantDidNotHear) {
  ASSERT_TRUE(begin());
  world_.peers.gateway_is_down = true;
  ASSERT_TRUE(world_.payments().cancel(world_.peers.order.id));
  world_.peers.gateway_is_down = false;
  ASSERT_TRUE(begin());
  EXPECT_TRUE(approve());
}

TEST_F(PaymentTest, RefusesToSignWhatExpiredWhileItWasShown) {
  ASSERT_TRUE(begin());
  world_.clock.time += std::chrono::hours(1);
  EXPECT_EQ(approve().error().code, ErrorCode::kExpired);
}

TEST_F(PaymentTest, RefusesAnotherOrderUnderTheSameId) {
  ASSERT_TRUE(begin());
  world_.peers.order.nonce[0] ^= 1;
  EXPECT_EQ(begin().error().code, ErrorCode::kConflict);
}

TEST_F(PaymentTest, DoesNotBelieveAnAlteredConfirmation) {
  world_.peers.authority_is_down = true;
  world_.peers.change_answer = [](Bytes answer) {
    answer[answer.size() / 2] ^= 1;
    return answer;
  };
  const auto view = pay();
  ASSERT_TRUE(view);
  EXPECT_EQ(view.value().record.state, PurchaseState::kSigned);
  EXPECT_TRUE(view.value().record.confirmation.empty());
}

TEST_F(PaymentTest, DoesNotTakeTheConfirmationOfAnotherOrder) {
  world_.peers.authority_is_down = true;
  world_.peers.change_answer = [this](Bytes) { return world_.trade.confirm(); };
  const auto view = pay();
  ASSERT_TRUE(view);
  EXPECT_EQ(view.value().record.state, PurchaseState::kSigned);
  EXPECT_EQ(view.value().attempts[0].outcome, "conflict");
}

TEST_F(PaymentTest, FindsOutThatMerchantAndAuthorityConfirmDifferently) {
  world_.peers.change_answer = [this](Bytes) {
    const auto signed_order = take(world_.store->find_purchase(world_.peers.order.id))->signed_order;
    const auto request =
        world_.trade.sign(world_.trade.merchant, signed_order, x509::ContentType::kSignedData);
    auto other = world_.trade.confirmation(request, world_.peers.order);
    other.index = 7;
    return world_.trade.sign(world_.trade.confirmer, documents::write_confirmation(other));
  };
  const auto view = pay();
  ASSERT_TRUE(view);
  EXPECT_EQ(view.value().attempts[1].outcome, "conflict");
}

TEST_F(PaymentTest, NeedsACertificateFirst) {
  WalletWorld empty;
  EXPECT_EQ(empty.payments().begin(empty.payment_link()).error().code, ErrorCode::kNotFound);
}

struct WrongOrder {
  std::string name;
  std::function<void(documents::Order&, const Trade&)> change;
  ErrorCode code;
};
class PaymentRefuses : public PaymentTest, public testing::WithParamInterface<WrongOrder> {};

TEST_P(PaymentRefuses, AnOrderThatIsNotWhatItShouldBe) {
  GetParam().change(world_.peers.order, world_.trade);
  const auto view = begin();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, GetParam().code) << view.error().detail;
  EXPECT_TRUE(take(world_.store->purchases()).empty());
}

using documents::Order;
const WrongOrder kWrongOrders[] = {
    {"AnotherMerchantsName",
     [](Order& order, const Trade& trade) {
       order.merchant = documents::reference_to(trade.confirmer.certificate);
     },
     ErrorCode::kForbidden},
    {"AnotherCertificateOfTheMerchant",
     [](Order& order, const Trade&) { order.merchant.certificate[0] ^= 1; }, ErrorCode::kForbidden},
    {"AnotherPurchaser",
     [](Order& order, const Trade& trade) {
       order.purchaser = documents::reference_to(trade.agreement.certificate);
     },
     ErrorCode::kForbidden},
    {"AForeignOrigin", [](Order& order, const Trade&) { order.origin = "https://other.example"; },
     ErrorCode::kWrongOrigin},
    {"AnotherAuthority",
     [](Order& order, const Trade&) {
       order.authority = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo"));
     },
     ErrorCode::kForbidden},
    {"AnotherCheckout", [](Order& order, const Trade&) { order.checkout = "checkout-2"; },
     ErrorCode::kConflict},
    {"AnExpiredOrder",
     [](Order& order, const Trade& trade) {
       order.created = trade.now - std::chrono::hours(2);
       order.expires = trade.now - std::chrono::hours(1);
     },
     ErrorCode::kExpired},
    {"AnOrderOfTheFuture",
     [](Order& order, const Trade& trade) {
       order.created = trade.now + std::chrono::hours(1);
       order.expires = trade.now + std::chrono::hours(2);
     },
     ErrorCode::kNotYetValid},
    {"AProfileThatThisWalletDoesNotPay",
     [](Order& order, const Trade&) { order.profile = documents::OrderProfile::kPlain; },
     ErrorCode::kUnsupported},
};
INSTANTIATE_TEST_SUITE_P(Rows, PaymentRefuses, testing::ValuesIn(kWrongOrders),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::wallet
