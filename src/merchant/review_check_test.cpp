// SPDX-License-Identifier: Apache-2.0
#include "merchant/review_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "merchant/split_test_desk.h"

namespace countersign::merchant {
namespace {

using documents::ReviewResult;
using x509::code_of;

struct ReviewCheckTest : testing::Test {
  TestShop shop;
  TestCompany company{shop};
  TestCompany other_company{shop, "Namsan Card"};
  x509::Signer purchaser = shop.issue_purchaser("first");
  ReviewedPayment asked{{documents::reference_to(shop.identity->signer()->certificate),
                         documents::reference_to(purchaser.certificate),
                         documents::reference_to(company.agreement.certificate),
                         {1},
                         {12'000, "KRW"},
                         "0190a7c2-8d3e-7000-8000-000000000001",
                         shop.clock.now() + Seconds(1800)},
                        {2}};
  ReviewResult approval{
      asked.terms, asked.instruction, true, "a-1", "", shop.clock.now(), shop.clock.now() + Seconds(3600)};

  Bytes sign(const ReviewResult& result, const x509::Signer& signer) const {
    return take(x509::sign_cms(signer, take(documents::write_review_result(result)),
                               {.signing_time = shop.clock.now()}));
  }
  Result<ReviewResult> check(BytesView der) const {
    return check_review(der, asked, *shop.view.anchor(), shop.clock.now());
  }
};

TEST_F(ReviewCheckTest, TakesTheResultOfTheOrdersCompanyAboutThisOrderAndInstruction) {
  EXPECT_EQ(take(check(sign(approval, company.signing))), approval);
  const ReviewResult declined{asked.terms,    asked.instruction, false, "",
                              "card_expired", shop.clock.now(),  {}};
  EXPECT_EQ(take(check(sign(declined, company.signing))).code, "card_expired");
}

TEST_F(ReviewCheckTest, NamesAResultAsConfirmationsDo) {
  const auto der = sign(approval, company.signing);
  const auto review = take(review_in(der));
  EXPECT_EQ(review.code, "a-1");
  EXPECT_EQ(review.digest, crypto::sha256(take(documents::write_review_result(approval))));
}

TEST_F(ReviewCheckTest, RefusesAnotherCompanysSignature) {
  EXPECT_EQ(code_of(check(sign(approval, other_company.signing))), ErrorCode::kForbidden);
}

TEST_F(ReviewCheckTest, RefusesASignerInAnotherRole) {
  EXPECT_EQ(code_of(check(sign(approval, *shop.identity->signer()))), ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(check(sign(approval, purchaser))), ErrorCode::kWrongRole);
}

TEST_F(ReviewCheckTest, RefusesTheCompanysNameInAnotherNetwork) {
  const x509::TestNetwork elsewhere;
  auto order = elsewhere.order(x509::Role::kCardCompany, company.signing.key.public_key());
  order.subject = company.subject();
  const x509::Signer forged{
      take(x509::issue_certificate(elsewhere.issuer(), order)), company.signing.key, {}};
  EXPECT_FALSE(check(sign(approval, forged)));
}

TEST_F(ReviewCheckTest, RefusesAResultThatWasAlteredAfterSigning) {
  auto der = sign(approval, company.signing);
  const std::string amount = "12000";
  const auto at = std::search(der.begin(), der.end(), amount.begin(), amount.end());
  ASSERT_NE(at, der.end());
  *at = '9';
  EXPECT_EQ(code_of(check(der)), ErrorCode::kSignatureInvalid);
}

TEST_F(ReviewCheckTest, RefusesACertificateThatHasExpired) {
  const auto der = sign(approval, company.signing);
  const auto after = company.signing.certificate.not_after() + std::chrono::hours(1);
  EXPECT_EQ(code_of(check_review(der, asked, *shop.view.anchor(), after)), ErrorCode::kExpired);
}

TEST_F(ReviewCheckTest, RefusesWhatIsNoReviewResult) {
  const auto agreement = take(documents::write_agreement(asked.terms));
  EXPECT_EQ(
      code_of(check(take(x509::sign_cms(company.signing, agreement, {.signing_time = shop.clock.now()})))),
      ErrorCode::kUnsupported);
  const auto wrapped = take(
      x509::sign_cms(company.signing, sign(approval, company.signing),
                     {.content_type = x509::ContentType::kSignedData, .signing_time = shop.clock.now()}));
  EXPECT_EQ(code_of(check(wrapped)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(check(as_bytes("no CMS"))), ErrorCode::kMalformed);
}

struct Difference {
  const char* name;
  std::function<void(ReviewResult&)> tell;
  ErrorCode code;
  const char* detail;
};
struct OtherResultTest : ReviewCheckTest, testing::WithParamInterface<Difference> {};

TEST_P(OtherResultTest, IsRefusedByName) {
  auto result = approval;
  GetParam().tell(result);
  const auto checked = check(sign(result, company.signing));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, GetParam().code);
  EXPECT_THAT(checked.error().detail, testing::HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(
    Members, OtherResultTest,
    testing::Values(
        Difference{"OfAnotherOrder", [](auto& r) { r.terms.order = {9}; }, ErrorCode::kConflict, "order"},
        Difference{"OverAnotherAmount", [](auto& r) { r.terms.amount.minor_units = 12; },
                   ErrorCode::kAmountMismatch, "amount"},
        Difference{"InAnotherCurrency", [](auto& r) { r.terms.amount.currency = "USD"; },
                   ErrorCode::kAmountMismatch, "amount"},
        Difference{"OfAnotherMerchant", [](auto& r) { r.terms.merchant.certificate = {9}; },
                   ErrorCode::kConflict, "merchant"},
        Difference{"OfAnotherPurchaser", [](auto& r) { r.terms.purchaser.certificate = {9}; },
                   ErrorCode::kConflict, "purchaser"},
        Difference{"ForAnotherKeyOfTheCompany", [](auto& r) { r.terms.card_company.certificate = {9}; },
                   ErrorCode::kConflict, "cardCompany"},
        Difference{"OfAnotherTransaction",
                   [](auto& r) { r.terms.transaction = "0190a7c2-8d3e-7000-8000-000000000002"; },
                   ErrorCode::kConflict, "transaction"},
        Difference{"WithAnotherExpiry", [](auto& r) { r.terms.expires += Seconds(1); }, ErrorCode::kConflict,
                   "expires"},
        Difference{"OfAnotherInstruction", [](auto& r) { r.instruction = {9}; }, ErrorCode::kConflict,
                   "instruction"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace countersign::merchant
