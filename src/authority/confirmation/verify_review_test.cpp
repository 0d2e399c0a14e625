// SPDX-License-Identifier: Apache-2.0
// Orders whose payment a card company reviewed (profile set), each asked for through ConfirmationService.
#include "authority/confirmation/verify_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "authority/testing/split_payment.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;

class Review : public ::testing::Test {
 protected:
  // The reasons of the signed refusal; the request must have got one.
  std::vector<ErrorCode> reasons(Submission submission) {
    const Sha256Digest request = crypto::sha256(submission.countersigned_order);
    const Decision decision = take(split_.confirm(std::move(submission)));
    if (decision.kind != Decision::Kind::kRefused) {
      ADD_FAILURE() << "it was confirmed";
      return {};
    }
    const documents::Refusal refusal = world_.refusal_of(decision);
    EXPECT_EQ(refusal.request, request);
    EXPECT_EQ(refusal.order_id, split_.order.id);
    final_ = refusal.final;
    details_.clear();
    std::vector<ErrorCode> codes;
    for (const auto& reason : refusal.reasons) {
      codes.push_back(reason.code);
      details_ += reason.detail + "\n";
    }
    return codes;
  }
  std::vector<ErrorCode> reasons() { return reasons(split_.submission()); }
  std::vector<ErrorCode> reasons_for(Bytes review) {
    return reasons({split_.countersigned(), std::move(review)});
  }
  void says(std::string_view words) { EXPECT_NE(details_.find(words), std::string::npos) << details_; }
  void is_confirmed() { EXPECT_EQ(take(split_.confirm()).kind, Decision::Kind::kConfirmed); }

  TestWorld world_;
  SplitPayment split_{world_};
  bool final_ = false;
  std::string details_;
};

// A refused order consumed nothing.
class ReviewRefuses : public Review {
 protected:
  void TearDown() override { EXPECT_EQ(world_.check(), 0); }
};

TEST_F(Review, IsNamedInTheConfirmation) {
  const Decision decision = take(split_.confirm());
  ASSERT_EQ(decision.kind, Decision::Kind::kConfirmed);
  const documents::Confirmation confirmation = world_.confirmation_of(decision);
  ASSERT_TRUE(confirmation.review);
  EXPECT_EQ(confirmation.review->digest,
            documents::review_digest(take(documents::write_review_result(split_.result))));
  EXPECT_EQ(confirmation.review->code, "authorization-1");
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(Review, IsNamedAlikeWhenItsSignatureWasAlteredToAnotherValidForm) {
  const Bytes other = malleate_signature(split_.review());
  const auto confirmation =
      world_.confirmation_of(take(split_.confirm(Submission{split_.countersigned(), other})));
  EXPECT_EQ(confirmation.review->digest,
            documents::review_digest(take(documents::write_review_result(split_.result))));
}

TEST_F(Review, IsNotLookedAtForAnOrderThatIsConfirmedAlready) {
  const Bytes request = split_.countersigned();
  const Decision first = take(split_.confirm(Submission{request, split_.review()}));
  split_.result.approved = false;
  split_.result.authorization.clear();
  split_.result.capture_until.reset();
  split_.result.code = "insufficient_funds";
  for (const Bytes& review :
       {split_.review(), split_.review(*world_.merchant), to_bytes("no review"), Bytes{}}) {
    const Decision again = take(split_.confirm(Submission{request, review}));
    EXPECT_EQ(again.kind, Decision::Kind::kRepeated);
    EXPECT_EQ(again.document, first.document);
  }
  world_.change_state(split_.company, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(take(split_.confirm(Submission{request, split_.review()})).document, first.document);
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(Review, OfASecondPaymentLeavesTheConfirmationOfTheFirst) {
  const Decision first = take(split_.confirm());
  split_.instruction = crypto::sha256(to_bytes("another instruction"));
  split_.result = split_.approval();
  const Decision second = take(split_.confirm());
  EXPECT_EQ(second.kind, Decision::Kind::kRepeated);
  EXPECT_EQ(second.document, first.document);
}

TEST_F(Review, CanBeBroughtAfterAnotherOneWasRefused) {
  EXPECT_THAT(reasons_for(split_.review(*world_.merchant)), ElementsAre(ErrorCode::kWrongRole));
  EXPECT_FALSE(final_);
  EXPECT_THAT(reasons({split_.countersigned(), std::nullopt}), ElementsAre(ErrorCode::kForbidden));
  EXPECT_FALSE(final_);
  is_confirmed();
}

TEST_F(Review, IsNotNeededAgainForAnOrderThatIsConfirmedAlready) {
  const Decision first = take(split_.confirm());
  const Decision again = take(split_.confirm(Submission{split_.countersigned(), std::nullopt}));
  EXPECT_EQ(again.kind, Decision::Kind::kRepeated);
  EXPECT_EQ(again.document, first.document);
}

TEST_F(Review, ThatHasNoPlaceLeavesTheConfirmationOfAnOrderOfAnotherProfile) {
  documents::Order order = split_.order;
  order.profile = documents::OrderProfile::kPlain;
  order.card_company.reset();
  const Bytes request = world_.countersigned(order);
  const Decision first = take(split_.confirm(Submission{request, std::nullopt}));
  ASSERT_EQ(first.kind, Decision::Kind::kConfirmed);
  const Decision again = take(split_.confirm(Submission{request, split_.review()}));
  EXPECT_EQ(again.kind, Decision::Kind::kRepeated);
  EXPECT_EQ(again.document, first.document);
}

TEST_F(ReviewRefuses, ForGoodWhereTheOrderItselfCannotBeConfirmed) {
  split_.result.terms.amount.minor_units += 1;
  world_.change_state(*world_.purchaser, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kCertificateRevoked, ErrorCode::kAmountMismatch));
  EXPECT_TRUE(final_);
}

TEST_F(ReviewRefuses, AnOrderWithoutReview) {
  EXPECT_THAT(reasons({split_.countersigned(), std::nullopt}), ElementsAre(ErrorCode::kForbidden));
  says("needs a card company's review");
  EXPECT_FALSE(final_);
}

TEST_F(ReviewRefuses, AnOrderOfAnotherProfileWithAReview) {
  for (const auto profile : {documents::OrderProfile::kDirect, documents::OrderProfile::kPlain,
                             documents::OrderProfile::kSession}) {
    documents::Order order = split_.order;
    order.profile = profile;
    order.card_company.reset();
    EXPECT_THAT(reasons({world_.countersigned(order), split_.review()}), ElementsAre(ErrorCode::kForbidden));
    says("no card company reviews it");
    EXPECT_FALSE(final_);
  }
}

TEST_F(ReviewRefuses, AnOrderWhoseSignatureCoversNoPayment) {
  const Bytes without = world_.countersigned(split_.order);
  EXPECT_THAT(reasons({without, split_.review()}), ElementsAre(ErrorCode::kSignatureInvalid));
  says("covers no payment");
  EXPECT_TRUE(final_);
}

TEST_F(ReviewRefuses, APaymentInTheSignatureOfAnOrderOfAnotherProfile) {
  split_.order.profile = documents::OrderProfile::kPlain;
  split_.order.card_company.reset();
  EXPECT_THAT(reasons({split_.countersigned(), std::nullopt}), ElementsAre(ErrorCode::kSignatureInvalid));
  says("covers a payment");
  EXPECT_TRUE(final_);
}

TEST_F(ReviewRefuses, APaymentInTheCountersignature) {
  const Bytes request = take(x509::sign_cms(*world_.merchant, split_.signed_order(),
                                            {.content_type = x509::ContentType::kSignedData,
                                             .signing_time = world_.clock.now(),
                                             .payment_digest = split_.instruction}));
  const Result<Decision> decision = split_.confirm(Submission{request, split_.review()});
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kSignatureInvalid);
  EXPECT_NE(decision.error().detail.find("covers a payment"), std::string::npos) << decision.error().detail;
}

TEST_F(ReviewRefuses, WhatIsNotCms) {
  EXPECT_THAT(reasons_for({}), ElementsAre(ErrorCode::kMalformed));
  EXPECT_THAT(reasons_for(to_bytes("approved")), ElementsAre(ErrorCode::kMalformed));
  Bytes truncated = split_.review();
  truncated.pop_back();
  EXPECT_THAT(reasons_for(truncated), ElementsAre(ErrorCode::kMalformed));
}

TEST_F(ReviewRefuses, WhatTheMerchantMadeOfIt) {
  const Bytes relayed = take(
      x509::sign_cms(*world_.merchant, split_.review(),
                     {.content_type = x509::ContentType::kSignedData, .signing_time = world_.clock.now()}));
  EXPECT_THAT(reasons_for(relayed), ElementsAre(ErrorCode::kMalformed));
}

TEST_F(ReviewRefuses, AFlippedBit) {
  Bytes review = split_.review();
  review.back() ^= 1;
  EXPECT_THAT(reasons_for(review), ElementsAre(ErrorCode::kSignatureInvalid));
}

TEST_F(ReviewRefuses, ADeclinedPaymentMadeAnApproval) {
  const Bytes approval = take(documents::write_review_result(split_.result));
  split_.result.approved = false;
  split_.result.authorization.clear();
  split_.result.capture_until.reset();
  split_.result.code = std::string(33, 'x');  // so that both are of one length
  const Bytes decline = take(documents::write_review_result(split_.result));
  ASSERT_EQ(decline.size(), approval.size());
  Bytes review = split_.review();
  const auto place = std::ranges::search(review, decline);
  ASSERT_FALSE(place.empty());
  std::ranges::copy(approval, place.begin());
  EXPECT_THAT(reasons_for(review), ElementsAre(ErrorCode::kSignatureInvalid));
}

TEST_F(ReviewRefuses, ASignatureThatCoversAPayment) {
  const Bytes review =
      take(x509::sign_cms(split_.company, take(documents::write_review_result(split_.result)),
                          {.signing_time = world_.clock.now(), .payment_digest = split_.instruction}));
  EXPECT_THAT(reasons_for(review), ElementsAre(ErrorCode::kSignatureInvalid));
  says("covers a payment");
}

TEST_F(ReviewRefuses, EverySignerThatIsNoCardCompany) {
  world_.add_to_directory(world_.confirmation_signer.certificate);
  for (const x509::Signer* by : {&*world_.merchant, &*world_.purchaser, &world_.confirmation_signer}) {
    EXPECT_THAT(reasons_for(split_.review(*by)), ElementsAre(ErrorCode::kWrongRole));
  }
}

TEST_F(ReviewRefuses, TheKeyThatPaymentsAreSealedTo) {
  EXPECT_THAT(reasons_for(split_.review(split_.agreement)), ElementsAre(ErrorCode::kWrongRole));
}

TEST_F(ReviewRefuses, ACompanyOfAForeignNetwork) {
  const TestNetwork foreign(world_.clock.now());
  const auto company = foreign.issue_company("Card Company", world_.clock.now());
  EXPECT_THAT(reasons_for(split_.review(company)), ElementsAre(ErrorCode::kCertificateUnknown));
  EXPECT_FALSE(final_);
}

TEST_F(ReviewRefuses, ACompanyWhomTheDirectoryDoesNotKnow) {
  const auto company = world_.network.issue_company("Card Company", world_.clock.now());
  EXPECT_THAT(reasons_for(split_.review(company)), ElementsAre(ErrorCode::kCertificateUnknown));
}

TEST_F(ReviewRefuses, ARevokedCompany) {
  world_.change_state(split_.company, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kCertificateRevoked));
  says("card company");
  EXPECT_FALSE(final_) << "the company can review it anew under another certificate";
}

TEST_F(Review, OfACompanyOnHoldIsTakenOnceItIsResumed) {
  world_.change_state(split_.company, CertificateState::kOnHold);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kCertificateOnHold));
  EXPECT_FALSE(final_);
  world_.change_state(split_.company, CertificateState::kActive);
  is_confirmed();
}

TEST_F(Review, IsRefusedRightAfterItsCompanyWasRevoked) {
  is_confirmed();
  world_.change_state(split_.company, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  split_.begin_anew();
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kCertificateRevoked));
}

TEST_F(ReviewRefuses, ACompanyWhoseCertificateExpired) {
  world_.clock.set(split_.company.certificate.not_after() + seconds(1));
  world_.merchant = world_.enrol_merchant("Young Shop");
  world_.purchaser = world_.enrol_purchaser("0002");
  split_.begin_anew();
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kExpired));
  says("card company: certificate expired");
}

TEST_F(ReviewRefuses, ACompanyWhoseCertificateIsNotYetValid) {
  const auto early = world_.network.issue_company("Card Company", world_.clock.now() + hours(48));
  world_.add_to_directory(early.certificate);
  EXPECT_THAT(reasons_for(split_.review(early)), ElementsAre(ErrorCode::kNotYetValid));
  EXPECT_FALSE(final_);
}

TEST_F(ReviewRefuses, AnotherCompanyThanTheOrders) {
  const auto other = world_.network.issue_company("Rogue Company", world_.clock.now());
  world_.add_to_directory(other.certificate);
  EXPECT_THAT(reasons_for(split_.review(other)), ElementsAre(ErrorCode::kForbidden));
  says("another card company");
}

TEST_F(ReviewRefuses, AnotherDocumentOfTheCompany) {
  const auto sign = [&](BytesView json) {
    return take(x509::sign_cms(split_.company, json, {.signing_time = world_.clock.now()}));
  };
  EXPECT_THAT(reasons_for(sign(take(documents::write_agreement(split_.result.terms)))),
              ElementsAre(ErrorCode::kUnsupported));
  EXPECT_THAT(reasons_for(sign(to_bytes("approved"))), ElementsAre(ErrorCode::kMalformed));
}

TEST_F(ReviewRefuses, ADeclinedPayment) {
  split_.result.approved = false;
  split_.result.authorization.clear();
  split_.result.capture_until.reset();
  split_.result.code = "insufficient_funds";
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kForbidden));
  says("declined");
}

TEST_F(ReviewRefuses, AnotherAmount) {
  split_.result.terms.amount.minor_units -= 1;
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kAmountMismatch));
}

TEST_F(ReviewRefuses, TheAmountInAnotherCurrency) {
  split_.result.terms.amount.currency = "USD";
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kAmountMismatch));
}

TEST_F(ReviewRefuses, AnotherPayment) {
  split_.result.instruction = crypto::sha256(to_bytes("the payment of another try"));
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kConflict));
  says("review-result.instruction");
}

TEST_F(ReviewRefuses, TheReviewOfAnotherOrder) {
  const SplitPayment other(world_);
  EXPECT_THAT(reasons_for(other.review(split_.company)), ElementsAre(ErrorCode::kConflict));
  says("review-result.order");
}

TEST_F(ReviewRefuses, AnApprovalThatIsOver) {
  split_.result.capture_until = world_.clock.now() - seconds(2);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kExpired));
  says("review.captureUntil");
  EXPECT_FALSE(final_);
}

TEST_F(ReviewRefuses, NamesEveryReasonAtOnce) {
  split_.result.terms.amount.minor_units += 1;
  split_.result.capture_until = world_.clock.now() - seconds(2);
  world_.change_state(split_.company, CertificateState::kOnHold);
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kCertificateOnHold, ErrorCode::kAmountMismatch,
                                     ErrorCode::kExpired, ErrorCode::kCertificateOnHold));
  EXPECT_FALSE(final_);
}

struct OtherTerms {
  std::string name;
  std::function<void(documents::SplitTerms&)> change;
  std::string said;
};
class ReviewRefusesTerms : public ReviewRefuses, public ::testing::WithParamInterface<OtherTerms> {};

TEST_P(ReviewRefusesTerms, ThatAreNotTheOrders) {
  GetParam().change(split_.result.terms);
  EXPECT_THAT(reasons(), ElementsAre(ErrorCode::kConflict));
  says("review-result." + GetParam().said + ":");
}

INSTANTIATE_TEST_SUITE_P(
    Terms, ReviewRefusesTerms,
    ::testing::Values(
        OtherTerms{"Order", [](auto& terms) { terms.order[0] ^= 1; }, "order"},
        OtherTerms{"MerchantsSubject", [](auto& terms) { terms.merchant.subject = terms.purchaser.subject; },
                   "merchant"},
        OtherTerms{"MerchantsCertificate", [](auto& terms) { terms.merchant.certificate[0] ^= 1; },
                   "merchant"},
        OtherTerms{"Purchaser", [](auto& terms) { terms.purchaser.certificate[0] ^= 1; }, "purchaser"},
        OtherTerms{"CompanysKey", [](auto& terms) { terms.card_company.certificate[0] ^= 1; }, "cardCompany"},
        OtherTerms{"Transaction",
                   [](auto& terms) { terms.transaction = "019a0000-0000-7000-8000-000000000000"; },
                   "transaction"},
        OtherTerms{"End", [](auto& terms) { terms.expires += seconds(1); }, "expires"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::authority
