// SPDX-License-Identifier: Apache-2.0
#include "merchant/confirmation_desk.h"

#include <gtest/gtest.h>

#include "merchant/checkout_desk.h"
#include "merchant/testing.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using Kind = SignedAnswer::Kind;
using x509::code_of;

struct ConfirmationDeskTest : testing::Test {
  TestShop shop;
  x509::Signer purchaser = shop.issue_purchaser("first");
  std::string checkout = open_checkout();
  Bytes order = take(checkouts().take(checkout, purchaser.certificate.der()));

  // The desks keep nothing themselves: each call gets new ones, over the database as it is open now.
  CheckoutDesk checkouts() {
    return {shop.context(),
            shop.tokens,
            shop.authority,
            {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  }
  ConfirmationDesk desk() { return {shop.context(), shop.authority}; }
  std::string open_checkout() {
    return take(checkouts().open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  }
  Bytes sign(BytesView content, const x509::Signer& signer) const {
    return take(x509::sign_cms(signer, content, {.signing_time = shop.clock.now()}));
  }
  Result<CheckedAnswer> submit() { return desk().accept(checkout, sign(order, purchaser)); }
  CheckoutState state() { return take(checkouts().view(checkout)).checkout.state; }
  std::optional<StoredAnswer> stored() { return take(checkouts().view(checkout)).answer; }
  // What a restart of the gateway does with what is pending, a while later.
  int restart_and_resume() {
    shop.reopen();
    shop.clock.advance(Seconds(2));
    return take(desk().resume_pending());
  }
};

TEST_F(ConfirmationDeskTest, CountersignsAsksAndStoresTheConfirmation) {
  const auto signed_order = sign(order, purchaser);
  const auto answer = take(desk().accept(checkout, signed_order));
  EXPECT_EQ(answer.answer.answer.kind, Kind::kConfirmation);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  EXPECT_EQ(stored()->answer.document, answer.answer.answer.document);

  const auto& asked = shop.authority.confirmations_asked.front();
  const auto countersigned =
      take(x509::verify_signed_document(asked, *shop.view.anchor(), x509::Role::kMerchant, shop.clock.now()));
  EXPECT_EQ(countersigned.cms.content_type, x509::ContentType::kSignedData);
  EXPECT_TRUE(equal(countersigned.cms.content, signed_order));
}

TEST_F(ConfirmationDeskTest, AnswersARepeatWithTheSameConfirmationAndAsksOnce) {
  const auto first = take(submit());
  const auto again = take(submit());  // another signature over the same order
  EXPECT_EQ(first.answer.answer.document, again.answer.answer.document);
  EXPECT_EQ(shop.authority.confirmations_asked.size(), 1U);
}

TEST_F(ConfirmationDeskTest, RefusesAnOrderThatWasAlteredBeforeSigning) {
  std::string altered = to_text(order);
  altered.replace(altered.find("12000"), 5, "00001");
  EXPECT_EQ(code_of(desk().accept(checkout, sign(as_bytes(altered), purchaser))), ErrorCode::kConflict);
  EXPECT_EQ(state(), CheckoutState::kTaken);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
}

TEST_F(ConfirmationDeskTest, RefusesAnOrderThatWasAlteredAfterSigning) {
  auto signed_order = sign(order, purchaser);
  const std::string needle = "12000";
  const auto at = std::search(signed_order.begin(), signed_order.end(), needle.begin(), needle.end());
  ASSERT_NE(at, signed_order.end());
  *at = '9';
  EXPECT_EQ(code_of(desk().accept(checkout, signed_order)), ErrorCode::kSignatureInvalid);
}

TEST_F(ConfirmationDeskTest, RefusesTheSignatureOfAnotherPurchaser) {
  EXPECT_EQ(code_of(desk().accept(checkout, sign(order, shop.issue_purchaser("second")))),
            ErrorCode::kForbidden);
  EXPECT_EQ(code_of(desk().accept(checkout, sign(order, *shop.identity->signer()))), ErrorCode::kForbidden);
}

TEST_F(ConfirmationDeskTest, RefusesWhatIsNotASignedOrder) {
  EXPECT_EQ(code_of(desk().accept(checkout, order)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(desk().accept("nothing", sign(order, purchaser))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(desk().accept(open_checkout(), sign(order, purchaser))), ErrorCode::kNotFound);
}

TEST_F(ConfirmationDeskTest, RefusesAnOrderWhoseTimeIsOver) {
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(code_of(submit()), ErrorCode::kExpired);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
}

TEST_F(ConfirmationDeskTest, RefusesAnOrderThatWasCancelled) {
  take(checkouts().cancel(checkout));
  EXPECT_EQ(code_of(submit()), ErrorCode::kCancelled);
}

TEST_F(ConfirmationDeskTest, CannotBeCancelledOnceItIsCountersigned) {
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(submit()), ErrorCode::kUnavailable);
  EXPECT_EQ(state(), CheckoutState::kConfirming);
  EXPECT_EQ(code_of(checkouts().cancel(checkout)), ErrorCode::kConflict);
  shop.clock.advance(Seconds(7200));
  EXPECT_EQ(take(checkouts().expire_overdue()), 0);
}

TEST_F(ConfirmationDeskTest, AsksAgainWithTheSameBytesAfterSilence) {
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(submit()), ErrorCode::kUnavailable);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(restart_and_resume(), 1);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  EXPECT_EQ(shop.authority.confirmations_asked.at(0), shop.authority.confirmations_asked.at(1));
}

TEST_F(ConfirmationDeskTest, GetsTheConfirmationWhoseAnswerWasLost) {
  shop.authority.conduct = Conduct::kDecidesSilently;
  EXPECT_EQ(code_of(submit()), ErrorCode::kUnavailable);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(restart_and_resume(), 1);
  EXPECT_EQ(stored()->answer.document, take(submit()).answer.answer.document);
}

TEST_F(ConfirmationDeskTest, ResumesAfterACrashBetweenAskingAndAnswer) {
  shop.authority.conduct = Conduct::kCrashesTheAsker;
  EXPECT_THROW((void)submit(), Crash);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(state(), CheckoutState::kConfirming);
  EXPECT_EQ(restart_and_resume(), 1);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  EXPECT_EQ(shop.authority.confirmations_asked.at(0), shop.authority.confirmations_asked.at(1));
  EXPECT_EQ(restart_and_resume(), 0);
}

struct WrongAnswer {
  const char* name;
  Conduct conduct;
  ErrorCode code;
};

struct WrongAnswerTest : ConfirmationDeskTest, testing::WithParamInterface<WrongAnswer> {};

TEST_P(WrongAnswerTest, IsNotStoredAndTheRightOneIsAskedForAgain) {
  shop.authority.conduct = GetParam().conduct;
  EXPECT_EQ(code_of(submit()), GetParam().code);
  EXPECT_EQ(state(), CheckoutState::kConfirming);
  EXPECT_FALSE(stored());
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(restart_and_resume(), 1);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
}

INSTANTIATE_TEST_SUITE_P(
    Conducts, WrongAnswerTest,
    testing::Values(WrongAnswer{"ConfirmsAnother", Conduct::kConfirmsAnother, ErrorCode::kConflict},
                    WrongAnswer{"SignsInWrongRole", Conduct::kSignsInWrongRole, ErrorCode::kWrongRole},
                    WrongAnswer{"RefusesAnother", Conduct::kRefusesAnother, ErrorCode::kConflict},
                    WrongAnswer{"UnsignedProblem", Conduct::kProblem, ErrorCode::kMalformed}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(ConfirmationDeskTest, KeepsAFinalRefusalAndNeverAsksAgain) {
  shop.authority.conduct = Conduct::kRefuses;
  const auto refused = take(submit());
  EXPECT_EQ(refused.answer.answer.kind, Kind::kRefusal);
  EXPECT_EQ(refused.answer.code, "certificate_revoked");
  EXPECT_EQ(state(), CheckoutState::kRefused);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(take(submit()).answer.answer.document, refused.answer.answer.document);
  EXPECT_EQ(restart_and_resume(), 0);
  EXPECT_EQ(shop.authority.confirmations_asked.size(), 1U);
}

TEST_F(ConfirmationDeskTest, PassesATemporaryRefusalOnAndAsksAgain) {
  shop.authority.conduct = Conduct::kRefusesForNow;
  const auto refused = take(submit());
  EXPECT_EQ(refused.answer.answer.kind, Kind::kRefusal);
  EXPECT_FALSE(refused.is_final);
  EXPECT_EQ(state(), CheckoutState::kConfirming);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(restart_and_resume(), 1);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
}

TEST_F(ConfirmationDeskTest, WaitsLongerAfterEachFailureAndStopsAtAnUnreachableAuthority) {
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_FALSE(submit());
  const auto asked = [this] { return shop.authority.confirmations_asked.size(); };
  EXPECT_EQ(take(desk().resume_pending()), 0);
  EXPECT_EQ(asked(), 1U);  // not due yet
  shop.clock.advance(Seconds(1));
  EXPECT_EQ(take(desk().resume_pending()), 0);
  EXPECT_EQ(asked(), 2U);
  shop.clock.advance(Seconds(1));
  EXPECT_EQ(take(desk().resume_pending()), 0);
  EXPECT_EQ(asked(), 2U);
  shop.clock.advance(Seconds(1));
  EXPECT_EQ(take(desk().resume_pending()), 0);
  EXPECT_EQ(asked(), 3U);
}

TEST_F(ConfirmationDeskTest, CountersignsWithTheCertificateThatTheOrderNamesAlsoAfterARenewal) {
  const auto old = *shop.identity->signer();
  const auto next = take(shop.identity->next_key());
  auto renewed = shop.network.order(x509::Role::kMerchant, next.public_key());
  renewed.subject = old.certificate.subject();
  take(
      shop.identity->install(take(x509::issue_certificate(shop.network.issuer(), renewed)), shop.network.ca));
  take(submit());
  const auto cms = take(x509::UnverifiedCms::parse(shop.authority.confirmations_asked.front()));
  EXPECT_EQ(cms.signer_fingerprint(), old.certificate.fingerprint());
}

TEST_F(ConfirmationDeskTest, TellsTheShopOncePerStep) {
  shop.clock.advance(Seconds(1));
  take(submit());
  take(submit());
  take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto webhooks, list_webhooks(reader, "", 10));
    EXPECT_EQ(webhooks.size(), 2U);
    EXPECT_EQ(webhooks.front().event, "checkout.confirmed");
    EXPECT_EQ(webhooks.back().event, "checkout.taken");
    return ok();
  }));
}

}  // namespace
}  // namespace countersign::merchant
