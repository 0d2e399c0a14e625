// SPDX-License-Identifier: Apache-2.0
#include "merchant/checkout_desk.h"

#include <gtest/gtest.h>

#include "documents/order.h"
#include "merchant/testing.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

struct CheckoutDeskTest : testing::Test {
  TestShop shop;
  CheckoutDesk desk{shop.context(),
                    shop.tokens,
                    shop.authority,
                    {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  x509::Signer purchaser = shop.issue_purchaser("first");

  CheckoutRequest tea() const {
    return {{{"tea", "녹차 Green tea", 2, 12'000}, {"cup", "Cup", 1, 8'000}}, "KRW", "", "cart-7", ""};
  }
  Result<Bytes> take_with(const std::string& checkout, const x509::Signer& signer) {
    return desk.take(checkout, signer.certificate.der());
  }
  std::vector<std::string> events() {
    std::vector<std::string> names;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(const auto webhooks, list_webhooks(reader, "", 100));
      for (const auto& webhook : webhooks) names.insert(names.begin(), webhook.event);
      return ok();
    }));
    return names;
  }
};

TEST_F(CheckoutDeskTest, AddsTheLinesUpAndLinksToTheGateway) {
  const auto checkout = take(desk.open(tea()));
  EXPECT_EQ(checkout.total, (Amount{32'000, "KRW"}));
  EXPECT_EQ(checkout.origin, kTestOrigin);
  EXPECT_EQ(desk.link_to(checkout.id), "countersign:pay?gateway=https%3A%2F%2F127.0.0.1%3A8443&checkout=" +
                                           checkout.id + "&token=" + shop.tokens.checkout_token(checkout.id));
  EXPECT_EQ(take(desk.view(checkout.id)).checkout.state, CheckoutState::kOpen);
}

TEST_F(CheckoutDeskTest, GivesTheTagForTheShopsPage) {
  Checkout checkout;
  checkout.id = "the-checkout";
  EXPECT_EQ(desk.tag_of(checkout),
            "<countersign-purchase gateway=\"https://127.0.0.1:8443\" checkout=\"the-checkout\" token=\"" +
                shop.tokens.checkout_token("the-checkout") +
                "\" profiles=\"direct\" hidden></countersign-purchase>");
}

TEST_F(CheckoutDeskTest, KeepsHowAnOrderMayBePaid) {
  using documents::OrderProfile;
  CheckoutDesk all{shop.context(),
                   shop.tokens,
                   shop.authority,
                   {.public_url = "",
                    .origins = {std::string(kTestOrigin)},
                    .profiles = {OrderProfile::kDirect, OrderProfile::kPlain, OrderProfile::kSession}}};
  const auto kept = [&](std::optional<std::vector<OrderProfile>> profiles) -> Result<Checkout> {
    auto request = tea();
    request.profiles = std::move(profiles);
    TRY(const auto opened, all.open(request));
    return take(all.view(opened.id)).checkout;
  };
  using Profiles = std::vector<OrderProfile>;
  EXPECT_EQ(take(kept({})).profiles, (Profiles{OrderProfile::kSession, OrderProfile::kPlain}));
  EXPECT_EQ(take(kept(Profiles{OrderProfile::kDirect})).profiles, Profiles{OrderProfile::kDirect});
  EXPECT_EQ(take(kept(Profiles{OrderProfile::kDirect, OrderProfile::kSession})).profiles,
            (Profiles{OrderProfile::kSession, OrderProfile::kDirect}));
  EXPECT_EQ(code_of(kept(Profiles{})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(kept(Profiles{OrderProfile::kSet})), ErrorCode::kUnsupported);
  EXPECT_EQ(take(desk.open(tea())).profiles, Profiles{OrderProfile::kDirect}) << "where there is no other";
}

TEST_F(CheckoutDeskTest, RefusesAmountsThatOverflow) {
  auto request = tea();
  request.lines[0].unit_price = kLargestInteger;
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kAmountMismatch);
}

TEST_F(CheckoutDeskTest, RefusesACheckoutWithoutLinesOrCurrency) {
  auto request = tea();
  request.currency = "won";
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kMalformed);
  request = tea();
  request.lines.clear();
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kMalformed);
}

TEST_F(CheckoutDeskTest, RefusesLinesThatFitIntoNoOrder) {
  auto request = tea();
  request.lines.assign(500, {"sku", std::string(200, 'x'), 1, 1});
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kTooLarge);
}

TEST_F(CheckoutDeskTest, RefusesAnOriginThatIsNotTheMerchants) {
  auto request = tea();
  request.origin = "https://other.example";
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kWrongOrigin);
}

TEST_F(CheckoutDeskTest, OpensOneCheckoutPerIdempotencyKey) {
  auto request = tea();
  request.request_key = "api:cart-7";
  const auto first = take(desk.open(request));
  EXPECT_EQ(take(desk.open(request)).id, first.id);
  request.profiles = {{documents::OrderProfile::kDirect}};
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kConflict);
  request.profiles.reset();
  request.lines[0].quantity = 3;
  EXPECT_EQ(code_of(desk.open(request)), ErrorCode::kConflict);
}

TEST_F(CheckoutDeskTest, ComposesTheOrderForThisPurchaserAndThisCheckout) {
  const auto checkout = take(desk.open(tea()));
  const auto order = take(documents::parse_order(take(take_with(checkout.id, purchaser))));
  EXPECT_EQ(order.purchaser, documents::reference_to(purchaser.certificate));
  EXPECT_EQ(order.merchant, documents::reference_to(shop.identity->signer()->certificate));
  EXPECT_EQ(order.authority, shop.view.data_centre);
  EXPECT_EQ(order.checkout, checkout.id);
  EXPECT_EQ(order.total, checkout.total);
  EXPECT_EQ(order.lines, tea().lines);
  EXPECT_EQ(order.expires, checkout.expires);
  EXPECT_EQ(take(desk.view(checkout.id)).order_id, order.id);
}

TEST_F(CheckoutDeskTest, GivesTheSameWalletTheSameBytesAlsoAfterARestart) {
  const auto checkout = take(desk.open(tea()));
  const auto first = take(take_with(checkout.id, purchaser));
  shop.reopen();
  CheckoutDesk restarted{shop.context(), shop.tokens, shop.authority, {.public_url = "", .origins = {"x"}}};
  EXPECT_EQ(take(restarted.take(checkout.id, purchaser.certificate.der())), first);
  EXPECT_EQ(events(), std::vector<std::string>{"checkout.taken"});
}

TEST_F(CheckoutDeskTest, PutsTheGroupOfTheApprovalIntoTheOrderAndKeepsIt) {
  const documents::OrderGroup group{"00112233445566778899aabbccddeeff", 2};
  const OrderTerms terms{documents::OrderProfile::kDirect, group};
  const auto checkout = take(desk.open(tea()));
  const auto first = take(desk.take(checkout.id, purchaser.certificate.der(), terms));
  EXPECT_EQ(take(documents::parse_order(first)).group, group);
  EXPECT_EQ(take(desk.take(checkout.id, purchaser.certificate.der(), terms)), first);
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kConflict) << "by itself";
  const documents::OrderGroup another{"00112233445566778899aabbccddeef0", 2};
  EXPECT_EQ(code_of(desk.take(checkout.id, purchaser.certificate.der(),
                              {documents::OrderProfile::kDirect, another})),
            ErrorCode::kConflict);
}

TEST_F(CheckoutDeskTest, RefusesASecondWallet) {
  const auto checkout = take(desk.open(tea()));
  take(take_with(checkout.id, purchaser));
  EXPECT_EQ(code_of(take_with(checkout.id, shop.issue_purchaser("second"))), ErrorCode::kConflict);
}

TEST_F(CheckoutDeskTest, RefusesCertificatesThatMayNotSignOrdersNow) {
  const auto checkout = take(desk.open(tea()));
  const auto agreement = shop.issue_purchaser("first", x509::Role::kPurchaserAgreement);
  EXPECT_EQ(code_of(take_with(checkout.id, agreement)), ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(take_with(checkout.id, *shop.identity->signer())), ErrorCode::kWrongRole);

  const x509::TestNetwork elsewhere;
  const auto stranger = elsewhere.issue(x509::Role::kPurchaser);
  EXPECT_FALSE(desk.take(checkout.id, stranger.der()));
  EXPECT_EQ(code_of(desk.take(checkout.id, as_bytes("no certificate"))), ErrorCode::kMalformed);

  auto& status = shop.authority.statuses[purchaser.certificate.serial().hex()];
  status = {x509::StatusKind::kRevoked, shop.clock.now(), x509::RevocationReason::kCertificateHold};
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kCertificateOnHold);
  status.reason = x509::RevocationReason::kKeyCompromise;
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kCertificateRevoked);
  status = {};
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(take(desk.view(checkout.id)).checkout.state, CheckoutState::kOpen);
}

TEST_F(CheckoutDeskTest, RefusesAnExpiredCertificate) {
  shop.clock.advance(std::chrono::days(20 * 365));
  const auto checkout = take(desk.open(tea()));
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kExpired);
}

TEST_F(CheckoutDeskTest, SellsNothingWhileTheStatusCannotBeHad) {
  const auto checkout = take(desk.open(tea()));
  shop.authority.conduct = FakeAuthority::Conduct::kSilent;
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kUnavailable);
  shop.authority.conduct = FakeAuthority::Conduct::kHonest;
  EXPECT_TRUE(take_with(checkout.id, purchaser));
}

TEST_F(CheckoutDeskTest, EndsWhenItsTimeIsOver) {
  const auto checkout = take(desk.open(tea()));
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(take(desk.view(checkout.id)).checkout.state, CheckoutState::kExpired);
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kExpired);
  EXPECT_EQ(take(desk.expire_overdue()), 1);
  EXPECT_EQ(take(desk.expire_overdue()), 0);
  EXPECT_EQ(events(), std::vector<std::string>{"checkout.expired"});
}

TEST_F(CheckoutDeskTest, GivesNoOrderAfterCancelling) {
  const auto checkout = take(desk.open(tea()));
  take(take_with(checkout.id, purchaser));
  shop.clock.advance(Seconds(1));
  take(desk.cancel(checkout.id));
  take(desk.cancel(checkout.id));
  EXPECT_EQ(code_of(take_with(checkout.id, purchaser)), ErrorCode::kCancelled);
  EXPECT_EQ(events(), (std::vector<std::string>{"checkout.taken", "checkout.cancelled"}));
}

TEST_F(CheckoutDeskTest, KnowsNoCheckoutThatItDidNotOpen) {
  EXPECT_EQ(code_of(desk.view("nothing")), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(take_with("nothing", purchaser)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(desk.cancel("nothing")), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::merchant
