// SPDX-License-Identifier: Apache-2.0
// Evidence of orders whose payment was split (profile set).
#include <gtest/gtest.h>

#include "evidence/testing/trade.h"
#include "evidence/verify.h"

namespace countersign::evidence {
namespace {

using documents::OrderProfile;
using documents::ReviewResult;

const Trade& trade() {
  static const Trade made;
  return made;
}

bool has_finding(const Report& report, ErrorCode code, std::string_view path) {
  for (const auto& finding : report.findings) {
    if (finding.code == code && finding.path == path) return true;
  }
  return false;
}

Report verify(BytesView der, std::optional<Bytes> review = {}) {
  VerifyOptions options;
  options.review_result = std::move(review);
  return verify_evidence(der, trade().root.certificate, options);
}

Bytes confirmed(const documents::Order& order) {
  const auto confirmation = trade().confirmation(trade().countersigned(order), order);
  return trade().sign(trade().confirmer, documents::write_confirmation(confirmation));
}

Bytes signed_result(const ReviewResult& result, const x509::Signer& by) {
  return trade().sign(by, take(documents::write_review_result(result)));
}

Bytes relayed(BytesView review, const x509::Signer& by) {
  return trade().sign(by, review, x509::ContentType::kSignedData);
}

// A confirmed order of profile set, and what the company said of it.
class SplitEvidence : public testing::Test {
 protected:
  Bytes review() const { return signed_result(result_, trade().company); }

  documents::Order order_ = trade().split_order();
  ReviewResult result_ = trade().review_of(order_);
  Bytes confirmation_ = confirmed(order_);
};

TEST_F(SplitEvidence, ProvesAConfirmationByItself) {
  const auto report = verify(confirmation_);
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_NE(write_report_text(report).find("reviewed by card company " +
                                           trade().company.certificate.subject().text() +
                                           ", authorization authorization-1"),
            std::string::npos)
      << write_report_text(report);
  EXPECT_NE(write_report_json(report).find("\"authorization\":\"authorization-1\""), std::string::npos);
}

TEST_F(SplitEvidence, ProvesTheResultThatTheConfirmationNames) {
  const auto report = verify(confirmation_, review());
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  ASSERT_EQ(report.signatures.size(), 4U);
  EXPECT_EQ(report.signatures[3].role, x509::Role::kCardCompany);
  EXPECT_EQ(report.signatures[3].path, "reviewResult");
  ASSERT_TRUE(report.review_result);
  EXPECT_EQ(*report.review_result, result_);
  EXPECT_NE(write_report_text(report).find("approved: "), std::string::npos);
  EXPECT_NE(write_report_json(report).find("\"verdict\":\"approved\""), std::string::npos);
}

TEST_F(SplitEvidence, ProvesTheResultAsTheMerchantRelayedIt) {
  const auto report = verify(confirmation_, relayed(review(), trade().merchant));
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  ASSERT_EQ(report.signatures.size(), 5U);
  EXPECT_EQ(report.signatures[3].path, "relayedResult");
  EXPECT_EQ(report.signatures[4].path, "relayedResult.reviewResult");
}

TEST_F(SplitEvidence, ProvesWhyAnOrderWasDeclined) {
  result_.approved = false;
  result_.authorization.clear();
  result_.capture_until.reset();
  result_.code = "insufficient_funds";
  const auto report = verify(trade().signed_order(order_), review());
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_NE(write_report_text(report).find("declined: insufficient_funds"), std::string::npos);
  EXPECT_TRUE(has_finding(verify(confirmation_, review()), ErrorCode::kForbidden, "reviewResult.verdict"));
}

TEST_F(SplitEvidence, FindsEveryFlippedBitOfTheResult) {
  const Bytes good = relayed(review(), trade().merchant);
  for (std::size_t i = 0; i < good.size(); i += 37) {
    Bytes flipped = good;
    flipped[i] ^= 0x04;
    EXPECT_FALSE(verify(confirmation_, flipped).is_valid()) << "octet " << i;
  }
}

TEST_F(SplitEvidence, RefusesWhatIsNoResult) {
  EXPECT_TRUE(has_finding(verify(confirmation_, Bytes{}), ErrorCode::kMalformed, "reviewResult"));
  EXPECT_TRUE(
      has_finding(verify(confirmation_, to_bytes("approved")), ErrorCode::kMalformed, "reviewResult"));
  const Bytes agreement = trade().sign(trade().company, take(documents::write_agreement(result_.terms)));
  EXPECT_TRUE(has_finding(verify(confirmation_, agreement), ErrorCode::kUnsupported, "reviewResult"));
  const Bytes twice = relayed(relayed(review(), trade().merchant), trade().merchant);
  EXPECT_TRUE(has_finding(verify(confirmation_, twice), ErrorCode::kMalformed, "relayedResult.reviewResult"));
}

TEST_F(SplitEvidence, RefusesAResultThatIsNotOfTheRoleCardCompany) {
  for (const auto* by : {&trade().merchant, &trade().purchaser, &trade().confirmer, &trade().responder}) {
    EXPECT_TRUE(has_finding(verify(confirmation_, signed_result(result_, *by)), ErrorCode::kWrongRole,
                            "reviewResult.signer"));
  }
  EXPECT_TRUE(has_finding(verify(confirmation_, signed_result(result_, trade().company_agreement)),
                          ErrorCode::kWrongRole, "reviewResult.signer"));
}

TEST_F(SplitEvidence, RefusesAResultOfAnotherCompany) {
  const auto other = trade().issue(x509::Role::kCardCompany,
                                   "CN=Rogue Company,OU=card-companies," + trade().data_centre.text(),
                                   {{}, {"127.0.0.1"}, {}});
  EXPECT_TRUE(has_finding(verify(confirmation_, signed_result(result_, other)), ErrorCode::kForbidden,
                          "reviewResult.signer"));
}

TEST_F(SplitEvidence, RefusesAResultThatAnotherRelayed) {
  const auto other =
      trade().issue(x509::Role::kMerchant, "CN=Rogue Shop,OU=merchants," + trade().data_centre.text(),
                    {{}, {"127.0.0.1"}, {"https://127.0.0.1:9443"}});
  EXPECT_TRUE(has_finding(verify(confirmation_, relayed(review(), other)), ErrorCode::kForbidden,
                          "relayedResult.signer"));
  EXPECT_TRUE(has_finding(verify(confirmation_, relayed(review(), trade().company)), ErrorCode::kWrongRole,
                          "relayedResult.signer"));
}

TEST_F(SplitEvidence, TakesNoRelayingMerchantForTheOneThatCountersigned) {
  const auto report = verify(trade().signed_order(order_), relayed(review(), trade().merchant));
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  auto foreign = trade().split_order();
  foreign.origin = "https://other.example";
  const auto result = signed_result(trade().review_of(foreign), trade().company);
  EXPECT_TRUE(verify(trade().signed_order(foreign), relayed(result, trade().merchant)).is_valid())
      << "an order that nobody countersigned is held to no merchant's origins";
}

TEST_F(SplitEvidence, RefusesTheResultOfAnotherPayment) {
  result_.instruction[0] ^= 1;
  EXPECT_TRUE(has_finding(verify(confirmation_, review()), ErrorCode::kConflict, "reviewResult.instruction"));
}

TEST_F(SplitEvidence, RefusesAResultThatTheConfirmationDoesNotName) {
  result_.decided += Seconds{1};
  const auto later = verify(confirmation_, review());
  EXPECT_TRUE(has_finding(later, ErrorCode::kConflict, "confirmation.review.digest"));
  EXPECT_FALSE(has_finding(later, ErrorCode::kConflict, "confirmation.review.code"));
  result_.authorization = "authorization-2";
  EXPECT_TRUE(has_finding(verify(confirmation_, review()), ErrorCode::kConflict, "confirmation.review.code"));
}

TEST_F(SplitEvidence, RefusesAResultWhereThereIsNoOrderOrNoSplitPayment) {
  const Bytes refusal = trade().refuse(trade().countersigned(order_), order_.id);
  EXPECT_TRUE(has_finding(verify(refusal, review()), ErrorCode::kUnsupported, "reviewResult"));
  EXPECT_TRUE(has_finding(verify(trade().confirm(), review()), ErrorCode::kConflict, "reviewResult"));
}

TEST_F(SplitEvidence, RefusesAConfirmationThatNamesNoReview) {
  auto confirmation = trade().confirmation(trade().countersigned(order_), order_);
  confirmation.review.reset();
  const auto report = verify(trade().sign(trade().confirmer, documents::write_confirmation(confirmation)));
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "confirmation.review"));
}

TEST_F(SplitEvidence, RefusesAnOrderWhoseSignatureCoversNoPayment) {
  const Bytes without = trade().sign(trade().purchaser, trade().order_bytes(order_));
  EXPECT_TRUE(has_finding(verify(without), ErrorCode::kSignatureInvalid, "signedOrder"));
  EXPECT_TRUE(verify(trade().signed_order(order_)).is_valid());
}

Bytes with_payment(const x509::Signer& by, BytesView content,
                   x509::ContentType type = x509::ContentType::kData) {
  return take(x509::sign_cms(
      by, content, {.content_type = type, .signing_time = trade().now, .payment_digest = trade().payment}));
}

TEST_F(SplitEvidence, RefusesAPaymentInTheSignatureOfAnOrderOfAnotherProfile) {
  for (const auto profile : {OrderProfile::kDirect, OrderProfile::kPlain, OrderProfile::kSession}) {
    auto order = trade().order();
    order.profile = profile;
    const Bytes signed_order = with_payment(trade().purchaser, trade().order_bytes(order));
    EXPECT_TRUE(has_finding(verify(signed_order), ErrorCode::kSignatureInvalid, "signedOrder"));
    const auto countersigned = trade().sign(trade().merchant, signed_order, x509::ContentType::kSignedData);
    const auto confirmation = trade().confirmation(countersigned, order);
    EXPECT_TRUE(
        has_finding(verify(trade().sign(trade().confirmer, documents::write_confirmation(confirmation))),
                    ErrorCode::kSignatureInvalid, "confirmation.countersignedOrder.signedOrder"));
  }
}

TEST_F(SplitEvidence, RefusesAPaymentInEveryOtherSignature) {
  const Bytes countersigned =
      with_payment(trade().merchant, trade().signed_order(order_), x509::ContentType::kSignedData);
  EXPECT_TRUE(has_finding(verify(countersigned), ErrorCode::kSignatureInvalid, "countersignedOrder"));
  const auto confirmation = trade().confirmation(trade().countersigned(order_), order_);
  EXPECT_TRUE(
      has_finding(verify(with_payment(trade().confirmer, documents::write_confirmation(confirmation))),
                  ErrorCode::kSignatureInvalid, "confirmation"));
  const Bytes result = with_payment(trade().company, take(documents::write_review_result(result_)));
  EXPECT_TRUE(has_finding(verify(confirmation_, result), ErrorCode::kSignatureInvalid, "reviewResult"));
}

struct OtherTerms {
  std::string name;
  std::function<void(documents::SplitTerms&)> change;
  ErrorCode code;
  std::string path;
};
class SplitEvidenceRefuses : public SplitEvidence, public testing::WithParamInterface<OtherTerms> {};

// A confirmation that names exactly this result, by an authority that did not compare it.
TEST_P(SplitEvidenceRefuses, AResultOnOtherTerms) {
  GetParam().change(result_.terms);
  auto confirmation = trade().confirmation(trade().countersigned(order_), order_);
  confirmation.review = trade().named(result_);
  const Bytes named = trade().sign(trade().confirmer, documents::write_confirmation(confirmation));
  const auto report = verify(named, review());
  EXPECT_EQ(report.findings.size(), 1U) << write_report_text(report);
  EXPECT_TRUE(has_finding(report, GetParam().code, GetParam().path)) << write_report_text(report);
}

INSTANTIATE_TEST_SUITE_P(
    Terms, SplitEvidenceRefuses,
    testing::Values(OtherTerms{"Amount", [](auto& terms) { terms.amount.minor_units -= 1; },
                               ErrorCode::kAmountMismatch, "reviewResult.amount"},
                    OtherTerms{"Order", [](auto& terms) { terms.order[0] ^= 1; }, ErrorCode::kConflict,
                               "reviewResult.order"},
                    OtherTerms{"Merchant", [](auto& terms) { terms.merchant.certificate[0] ^= 1; },
                               ErrorCode::kConflict, "reviewResult.merchant"},
                    OtherTerms{"Purchaser", [](auto& terms) { terms.purchaser.certificate[0] ^= 1; },
                               ErrorCode::kConflict, "reviewResult.purchaser"},
                    OtherTerms{"CompanysKey", [](auto& terms) { terms.card_company.certificate[0] ^= 1; },
                               ErrorCode::kConflict, "reviewResult.cardCompany"},
                    OtherTerms{
                        "Transaction",
                        [](auto& terms) { terms.transaction = "019a0000-0000-7000-8000-000000000000"; },
                        ErrorCode::kConflict, "reviewResult.transaction"},
                    OtherTerms{"End", [](auto& terms) { terms.expires += Seconds{1}; }, ErrorCode::kConflict,
                               "reviewResult.expires"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::evidence
