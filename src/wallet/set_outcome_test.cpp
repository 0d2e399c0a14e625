// SPDX-License-Identifier: Apache-2.0
#include "wallet/set_outcome.h"

#include <gtest/gtest.h>

#include <functional>

#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::Outcome;
using Kind = documents::Outcome::Kind;

documents::Order set_order(const Trade& trade) {
  auto order = trade.order();
  order.profile = documents::OrderProfile::kSet;
  order.card_company = hanok_card(trade).reference();
  return order;
}

// An outcome, taken apart: what the company signs, who signs, and what goes with it.
struct Parts {
  explicit Parts(const Trade& trade)
      : order(set_order(trade)),
        terms(take(documents::terms_of(order, trade.order_bytes(order)))),
        result(approval(terms, {5})),
        company(&hanok_card(trade).signer),
        merchant(&trade.merchant) {
    outcome.kind = Kind::kConfirmation;
    outcome.payment = envelope;
  }
  documents::Order order;
  documents::SplitTerms terms;
  documents::ReviewResult result;
  const x509::Signer *company, *merchant;
  x509::ContentType inner = x509::ContentType::kData, outer = x509::ContentType::kSignedData;
  std::function<void(Bytes&)> damage_inner = [](Bytes&) {}, damage = [](Bytes&) {};
  Bytes envelope = to_bytes("envelope");
  Outcome outcome;
};

Result<documents::ReviewResult> verify(const Trade& trade, Parts parts) {
  Bytes der = trade.sign(*parts.company, take(documents::write_review_result(parts.result)), parts.inner);
  parts.damage_inner(der);
  parts.outcome.review = trade.sign(*parts.merchant, der, parts.outer);
  parts.damage(*parts.outcome.review);
  return verify_review(parts.outcome, {trade.merchant.certificate,
                                       *trade.anchor,
                                       parts.terms,
                                       {5},
                                       hanok_card(trade).signer.certificate.fingerprint(),
                                       parts.envelope,
                                       trade.now});
}

TEST(ReviewOfAnOutcome, IsTheCompanysAnswerToWhatWasSigned) {
  const WalletWorld world;
  const Parts parts(world.trade);
  const auto result = verify(world.trade, parts);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result.value(), parts.result);
}

TEST(ReviewOfAnOutcome, SaysWhyAPaymentWasDeclined) {
  const WalletWorld world;
  Parts parts(world.trade);
  parts.result = refusal(parts.terms, {5}, "insufficient_funds");
  parts.outcome.kind = Kind::kDeclined;
  parts.outcome.code = "insufficient_funds";
  const auto result = verify(world.trade, parts);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result.value().code, "insufficient_funds");
}

TEST(ReviewOfAnOutcome, GoesWithARefusalOfTheAuthoritysToo) {
  const WalletWorld world;
  Parts parts(world.trade);
  parts.outcome.kind = Kind::kRefusal;
  EXPECT_TRUE(verify(world.trade, parts));
}

TEST(ReviewOfAnOutcome, IsMissedWhereItOrThePaymentIsNotThere) {
  const WalletWorld world;
  const Parts parts(world.trade);
  const ReviewContext context{world.trade.merchant.certificate,
                              *world.trade.anchor,
                              parts.terms,
                              {5},
                              hanok_card(world.trade).signer.certificate.fingerprint(),
                              parts.envelope,
                              world.trade.now};
  Outcome outcome = parts.outcome;
  EXPECT_EQ(verify_review(outcome, context).error().code, ErrorCode::kMalformed);
  outcome.review = hanok_card(world.trade).relayed(parts.result);
  EXPECT_TRUE(verify_review(outcome, context));
  outcome.payment.reset();
  EXPECT_EQ(verify_review(outcome, context).error().code, ErrorCode::kMalformed);
}

struct WrongReview {
  std::string name;
  std::function<void(Parts&, const Trade&)> change;
  ErrorCode code;
  std::string where;  // stands in the detail
};
class ReviewOfAnOutcomeIsRefused : public testing::TestWithParam<WrongReview> {};

TEST_P(ReviewOfAnOutcomeIsRefused, WhereItIsNotTheCompanysAnswerToThisPayment) {
  const WalletWorld world;
  Parts parts(world.trade);
  GetParam().change(parts, world.trade);
  const auto result = verify(world.trade, parts);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, GetParam().code) << result.error().detail;
  EXPECT_NE(result.error().detail.find(GetParam().where), std::string::npos) << result.error().detail;
}

// Another merchant of the same network.
const x509::Signer& other_merchant(const Trade& trade) {
  static const x509::Signer kMade =
      trade.issue(x509::Role::kMerchant, "CN=Other Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo",
                  {{}, {"127.0.0.1"}, {"https://127.0.0.1:9443"}});
  return kMade;
}

const WrongReview kWrongReviews[] = {
    {"RelayedByAnotherMerchant",
     [](Parts& parts, const Trade& trade) { parts.merchant = &other_merchant(trade); }, ErrorCode::kForbidden,
     "outcome.review: is not signed by whom"},
    {"RelayedByTheCompanyItself", [](Parts& parts, const Trade&) { parts.merchant = parts.company; },
     ErrorCode::kWrongRole, ""},
    {"ARelayThatWasAltered",
     [](Parts& parts, const Trade&) { parts.damage = [](Bytes& der) { der.back() ^= 1; }; },
     ErrorCode::kSignatureInvalid, ""},
    {"ARelayOfPlainData", [](Parts& parts, const Trade&) { parts.outer = x509::ContentType::kData; },
     ErrorCode::kMalformed, "outcome.review"},
    {"AResultOfTheMerchantsOwn", [](Parts& parts, const Trade& trade) { parts.company = &trade.merchant; },
     ErrorCode::kWrongRole, ""},
    {"AResultOfAnotherCompany",
     [](Parts& parts, const Trade& trade) { parts.company = &other_card(trade).signer; },
     ErrorCode::kForbidden, "review-result: is not signed by the order's card company"},
    {"AResultUnderACertificateWhoseStatusNobodyHasShown",
     [](Parts& parts, const Trade& trade) {
       static const FakeCompany kRenewed(trade, "Hanok Card");
       parts.company = &kRenewed.signer;
     },
     ErrorCode::kForbidden, "review-result: is not signed with the certificate that was offered"},
    {"AResultThatWasAltered",
     [](Parts& parts, const Trade&) { parts.damage_inner = [](Bytes& der) { der.back() ^= 1; }; },
     ErrorCode::kSignatureInvalid, ""},
    {"AResultAroundAnotherSignature",
     [](Parts& parts, const Trade&) { parts.inner = x509::ContentType::kSignedData; }, ErrorCode::kMalformed,
     "review-result: is around"},
    {"AResultOfAnotherOrder", [](Parts& parts, const Trade&) { parts.result.terms.order[0] ^= 1; },
     ErrorCode::kConflict, "review-result.order"},
    {"AResultOfAnotherAmount", [](Parts& parts, const Trade&) { parts.result.terms.amount.minor_units = 1; },
     ErrorCode::kAmountMismatch, "review-result.amount"},
    {"AResultInAnotherCurrency",
     [](Parts& parts, const Trade&) { parts.result.terms.amount.currency = "JPY"; },
     ErrorCode::kAmountMismatch, "review-result.amount"},
    {"AResultForAnotherMerchant",
     [](Parts& parts, const Trade& trade) {
       parts.result.terms.merchant = documents::reference_to(other_merchant(trade).certificate);
     },
     ErrorCode::kConflict, "review-result.merchant"},
    {"AResultForAnotherPurchaser",
     [](Parts& parts, const Trade&) { parts.result.terms.purchaser.certificate[0] ^= 1; },
     ErrorCode::kConflict, "review-result.purchaser"},
    {"AResultUnderAnotherKeyOfTheCompany",
     [](Parts& parts, const Trade&) { parts.result.terms.card_company.certificate[0] ^= 1; },
     ErrorCode::kConflict, "review-result.cardCompany"},
    {"AResultOfAnotherTransaction",
     [](Parts& parts, const Trade&) {
       parts.result.terms.transaction = "019a0000-0000-7000-8000-0000000000aa";
     },
     ErrorCode::kConflict, "review-result.transaction"},
    {"AResultWithAnotherExpiry", [](Parts& parts, const Trade&) { parts.result.terms.expires += Seconds(1); },
     ErrorCode::kConflict, "review-result.expires"},
    {"AResultOfAnotherPayment", [](Parts& parts, const Trade&) { parts.result.instruction[0] ^= 1; },
     ErrorCode::kConflict, "review-result.instruction"},
    {"AnotherEnvelope", [](Parts& parts, const Trade&) { parts.outcome.payment = to_bytes("enve1ope"); },
     ErrorCode::kConflict, "outcome.payment"},
    {"AnEnvelopeThatGoesOn",
     [](Parts& parts, const Trade&) { parts.outcome.payment = to_bytes("envelope "); }, ErrorCode::kConflict,
     "outcome.payment"},
    {"AConfirmationOfWhatWasDeclined",
     [](Parts& parts, const Trade&) { parts.result = refusal(parts.terms, {5}, "card_expired"); },
     ErrorCode::kForbidden, "outcome.kind"},
    {"ADeclineOfWhatWasApproved",
     [](Parts& parts, const Trade&) {
       parts.outcome.kind = Kind::kDeclined;
       parts.outcome.code = "card_expired";
     },
     ErrorCode::kForbidden, "outcome.kind"},
    {"ADeclineForAnotherReason",
     [](Parts& parts, const Trade&) {
       parts.result = refusal(parts.terms, {5}, "card_expired");
       parts.outcome.kind = Kind::kDeclined;
       parts.outcome.code = "insufficient_funds";
     },
     ErrorCode::kForbidden, "outcome.code"},
};
INSTANTIATE_TEST_SUITE_P(Rows, ReviewOfAnOutcomeIsRefused, testing::ValuesIn(kWrongReviews),
                         [](const auto& row) { return row.param.name; });

class KeptReviewTest : public testing::Test {
 protected:
  KeptReviewTest() { confirmation_.review = documents::Review{kept_.digest, kept_.result.authorization}; }
  WalletWorld world_;
  Parts parts_{world_.trade};
  KeptReview kept_ = take(read_review(hanok_card(world_.trade).relayed(parts_.result)));
  documents::Confirmation confirmation_ = world_.trade.confirmation({}, parts_.order);
};

TEST_F(KeptReviewTest, IsReadAsItWasSigned) {
  EXPECT_EQ(kept_.result, parts_.result);
  EXPECT_EQ(kept_.digest, documents::review_digest(take(documents::write_review_result(parts_.result))));
  EXPECT_TRUE(check_review(confirmation_, kept_));
}

TEST_F(KeptReviewTest, BelongsToNoConfirmationThatNamesNoneOrAnother) {
  const auto refuses = [&](std::function<void(documents::Confirmation&)> change) {
    auto confirmation = confirmation_;
    change(confirmation);
    const auto checked = check_review(confirmation, kept_);
    return !checked && checked.error().code == ErrorCode::kConflict;
  };
  EXPECT_TRUE(refuses([](auto& confirmation) { confirmation.review.reset(); }));
  EXPECT_TRUE(refuses([](auto& confirmation) { confirmation.review->digest[0] ^= 1; }));
  EXPECT_TRUE(refuses([](auto& confirmation) { confirmation.review->code = "authorization-2"; }));
}

TEST_F(KeptReviewTest, OfADeclinedPaymentBelongsToNoConfirmation) {
  kept_.result = refusal(parts_.terms, {5}, "card_expired");
  confirmation_.review->code.clear();
  EXPECT_EQ(check_review(confirmation_, kept_).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::wallet
