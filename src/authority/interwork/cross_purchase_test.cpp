// SPDX-License-Identifier: Apache-2.0
// Purchases across data centres, each authority with its own store, keys and listener on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "authority/interwork/testing/test_data_centre.h"
#include "authority/testing/split_payment.h"
#include "evidence/verify.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kBusan = "OU=busan-1,OU=kr,O=Countersign Demo";

x509::Issuer demo_root() {
  return sample::make_root(ManualClock().now() - std::chrono::hours(24));
}

// Seoul and Busan ask each other directly. Good until a test changes something.
struct CrossPurchase : testing::Test {
  CrossPurchase() { join(map_of({&seoul, &busan})); }
  void join(const documents::NetworkMap& map) {
    const auto view = view_of(map);
    seoul.join(view);
    busan.join(view);
  }
  const x509::Signer& stranger() const { return *busan.world.purchaser; }
  // What a merchant in Seoul gets for the order of a purchaser of Busan.
  Result<Decision> buy() { return seoul.sell_to(stranger()); }
  documents::Refusal refusal_of(const Result<Decision>& decision) const {
    return seoul.world.refusal_of(decision.value());
  }
  ErrorCode refusal_code(const Result<Decision>& decision) const {
    return refusal_of(decision).reasons.at(0).code;
  }

  x509::Issuer root = demo_root();
  TestDataCentre seoul{root, kSeoul};
  TestDataCentre busan{root, kBusan};
};

bool is_confirmed(const Result<Decision>& decision) {
  return decision && decision.value().kind == Decision::Kind::kConfirmed;
}
bool is_repeated(const Result<Decision>& decision) {
  return decision && decision.value().kind == Decision::Kind::kRepeated;
}

TEST_F(CrossPurchase, ConfirmsAllFourWays) {
  EXPECT_TRUE(is_confirmed(seoul.sell_to(*seoul.world.purchaser)));
  EXPECT_TRUE(is_confirmed(seoul.sell_to(*busan.world.purchaser)));
  EXPECT_TRUE(is_confirmed(busan.sell_to(*seoul.world.purchaser)));
  EXPECT_TRUE(is_confirmed(busan.sell_to(*busan.world.purchaser)));
  EXPECT_EQ(seoul.world.check(), 2);
  EXPECT_EQ(busan.world.check(), 2);
}

TEST_F(CrossPurchase, NamesThePurchaserAndWhoCertifiedIt) {
  const auto confirmation = seoul.world.confirmation_of(buy().value());
  EXPECT_EQ(confirmation.purchaser.subject, stranger().certificate.subject());
  EXPECT_EQ(confirmation.purchaser.issuer, busan.world.network.ca.certificate.subject());
  EXPECT_EQ(confirmation.purchaser.serial, stranger().certificate.serial());
}

TEST_F(CrossPurchase, AsksTheHomeOnceForEachOrderAndNobodyForItsOwnParties) {
  ASSERT_TRUE(is_confirmed(seoul.sell_to(*seoul.world.purchaser)));
  EXPECT_EQ(busan.questions, 0);
  ASSERT_TRUE(is_confirmed(buy()));
  ASSERT_TRUE(is_confirmed(buy()));
  EXPECT_EQ(busan.questions, 2);
  EXPECT_EQ(seoul.questions, 0);
}

TEST_F(CrossPurchase, AnswersARepeatedOrderWithoutAskingAnybody) {
  const Bytes order = seoul.countersigned(seoul.order_of(stranger()), stranger());
  const auto first = seoul.world.confirm(order);
  ASSERT_TRUE(is_confirmed(first));
  busan.stop_serving();
  const auto second = seoul.world.confirm(order);
  ASSERT_TRUE(is_repeated(second));
  EXPECT_EQ(second.value().document, first.value().document);
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(CrossPurchase, AnswersARepeatedOrderOfAHomeThatHasLeftTheNetwork) {
  const Bytes order = seoul.countersigned(seoul.order_of(stranger()), stranger());
  const auto first = seoul.world.confirm(order);
  seoul.take(view_of(map_of({&seoul})));
  EXPECT_EQ(refusal_code(buy()), ErrorCode::kCertificateUnknown);
  const auto second = seoul.world.confirm(order);
  ASSERT_TRUE(is_repeated(second));
  EXPECT_EQ(second.value().document, first.value().document);
}

TEST_F(CrossPurchase, RefusesTheNextOrderOfAPurchaserWhoseCertificateWasRevokedAtHome) {
  ASSERT_TRUE(is_confirmed(buy()));
  busan.world.change_state(stranger(), CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const auto refused = buy();
  EXPECT_EQ(refusal_code(refused), ErrorCode::kCertificateRevoked);
  EXPECT_TRUE(refusal_of(refused).final);
  EXPECT_EQ(seoul.world.check(), 1);
}

TEST_F(CrossPurchase, RefusesForTheTimeBeingWhomTheHomeHasOnHold) {
  busan.world.change_state(stranger(), CertificateState::kOnHold);
  const Bytes order = seoul.countersigned(seoul.order_of(stranger()), stranger());
  const auto refused = seoul.world.confirm(order);
  EXPECT_EQ(refusal_code(refused), ErrorCode::kCertificateOnHold);
  EXPECT_FALSE(refusal_of(refused).final);
  busan.world.change_state(stranger(), CertificateState::kActive);
  EXPECT_TRUE(is_confirmed(seoul.world.confirm(order)));
}

TEST_F(CrossPurchase, RefusesACertificateThatItsHomeNeverIssued) {
  const auto unknown = busan.world.network.issue_purchaser("0002", busan.world.clock.now());
  EXPECT_EQ(refusal_code(seoul.sell_to(unknown)), ErrorCode::kCertificateUnknown);
}

// The test ends where the service does.
TEST_F(CrossPurchase, EndsThoughAnAnswerIsThrownOutOf) {
  busan.stop_serving();
  std::promise<void> called;
  const auto throws = [&](const Result<Decision>&) {
    called.set_value();
    throw std::runtime_error("out of an answer");
  };
  try {
    seoul.world.service->confirm({seoul.countersigned(seoul.order_of(stranger()), stranger()), std::nullopt},
                                 seoul.world.merchant->certificate, throws);
  } catch (const std::runtime_error&) {
    // On this thread where the home was silent before it had asked everybody.
  }
  called.get_future().wait();
  seoul.world.stop();
}

TEST_F(CrossPurchase, DecidesNothingWhileTheHomeIsDownAndConfirmsTheSameOrderOnceItIsBack) {
  busan.stop_serving();
  const Bytes order = seoul.countersigned(seoul.order_of(stranger()), stranger());
  const auto refused = seoul.world.confirm(order);
  EXPECT_EQ(refusal_code(refused), ErrorCode::kHomeUnreachable);
  EXPECT_FALSE(refusal_of(refused).final);
  EXPECT_EQ(seoul.world.check(), 0);
  busan.serve();
  EXPECT_TRUE(is_confirmed(seoul.world.confirm(order)));
  EXPECT_TRUE(is_repeated(seoul.world.confirm(order)));
  EXPECT_EQ(seoul.world.check(), 1);
}

TEST_F(CrossPurchase, ConfirmsOneOrderOnceThoughItComesSeveralTimesAtOnce) {
  const Bytes order = seoul.countersigned(seoul.order_of(stranger()), stranger());
  std::vector<std::future<Result<Decision>>> answers;
  for (int i = 0; i < 4; ++i)
    answers.push_back(std::async(std::launch::async, [&] { return seoul.world.confirm(order); }));
  int confirmed = 0;
  for (auto& answer : answers) confirmed += is_confirmed(answer.get()) ? 1 : 0;
  EXPECT_EQ(confirmed, 1);
  EXPECT_EQ(seoul.world.check(), 1);
}

TEST_F(CrossPurchase, RefusesSubscribersOfARetiredHomeForGood) {
  auto map = map_of({&seoul, &busan});
  for (auto& centre : map.data_centres)
    if (centre.name.text() == kBusan) centre.retired = seoul.world.clock.now();
  seoul.take(view_of(map));
  const auto refused = buy();
  EXPECT_EQ(refusal_code(refused), ErrorCode::kExpired);
  EXPECT_TRUE(refusal_of(refused).final);
  EXPECT_EQ(busan.questions, 0);
  EXPECT_TRUE(is_confirmed(seoul.sell_to(*seoul.world.purchaser)));
}

TEST_F(CrossPurchase, DecidesNothingAboutOthersWhileTheMapIsOverAndGoesOnWithItsOwn) {
  seoul.lose_map({ErrorCode::kExpired, "network map: over"});
  const auto refused = buy();
  EXPECT_EQ(refusal_code(refused), ErrorCode::kHomeUnreachable);
  EXPECT_FALSE(refusal_of(refused).final);
  EXPECT_EQ(busan.questions, 0);
  EXPECT_TRUE(is_confirmed(seoul.sell_to(*seoul.world.purchaser)));
}

TEST_F(CrossPurchase, KnowsItsOwnPartiesAloneWithoutAMap) {
  seoul.lose_map({ErrorCode::kNotFound, "no network map yet"});
  EXPECT_EQ(refusal_code(buy()), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(is_confirmed(seoul.sell_to(*seoul.world.purchaser)));
}

TEST_F(CrossPurchase, SaysWhomTheMapNamesForAnOrderOfAnotherAuthority) {
  auto order = seoul.order_of(stranger());
  order.authority = busan.world.network.data_centre;
  const auto refused = refusal_of(seoul.world.confirm(seoul.countersigned(order, stranger())));
  EXPECT_EQ(refused.reasons.at(0).code, ErrorCode::kForbidden);
  EXPECT_THAT(refused.reasons.at(0).detail,
              testing::HasSubstr("another data centre alone confirms this order"));
  EXPECT_THAT(refused.reasons.at(0).detail, testing::HasSubstr(busan.mapped().service_url));
  order.authority = name_of("OU=nowhere,O=Countersign Demo");
  EXPECT_THAT(refusal_of(seoul.world.confirm(seoul.countersigned(order, stranger()))).reasons.at(0).detail,
              testing::HasSubstr("has none of that name"));
}

TEST_F(CrossPurchase, ServesNoMerchantOfAnotherDataCentre) {
  const Bytes signed_order = seoul.world.sign(seoul.order_of(stranger()), stranger());
  const auto refused = seoul.world.confirm(seoul.world.countersign(signed_order, *busan.world.merchant),
                                           busan.world.merchant->certificate);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(CrossPurchase, RefusesAnotherRoleAbroadInThePurchasersPlace) {
  EXPECT_EQ(refusal_code(seoul.sell_to(*busan.world.merchant)), ErrorCode::kWrongRole);
  EXPECT_EQ(busan.questions, 0) << "asked though nothing could come of it";
}

TEST_F(CrossPurchase, RefusesAnOrderThatCarriesTheCaOfAnotherDataCentre) {
  auto signer = stranger();
  signer.chain = {seoul.world.network.ca.certificate};
  const auto refused = seoul.sell_to(signer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
}

TEST_F(CrossPurchase, RefusesAForgedSignatureWithoutAskingAnybody) {
  auto forger = busan.world.network.issue_purchaser("0002", busan.world.clock.now());
  forger.certificate = stranger().certificate;
  EXPECT_EQ(refusal_code(seoul.sell_to(forger)), ErrorCode::kSignatureInvalid);
  EXPECT_EQ(busan.questions, 0);
}

TEST_F(CrossPurchase, MakesEvidenceThatVerifiesFromTheRootAlone) {
  const auto report = evidence::verify_evidence(buy().value().document, root.certificate, {});
  EXPECT_TRUE(report.is_valid()) << evidence::write_report_text(report);
}

// The confirming authority alone cannot make another's subscriber look good.
TEST_F(CrossPurchase, MakesNoEvidenceOutOfTheWordOfTheWrongResponder) {
  auto confirmation = seoul.world.confirmation_of(buy().value());
  const TimePoint now = seoul.world.clock.now();
  for (const x509::Certificate& ca :
       {busan.world.network.ca.certificate, seoul.world.network.ca.certificate}) {
    const x509::OcspAnswer answer{x509::make_cert_id(ca, stranger().certificate.serial()),
                                  {x509::StatusKind::kGood, {}, {}},
                                  now,
                                  now + std::chrono::minutes(10)};
    confirmation.purchaser.ocsp =
        take(x509::sign_ocsp_response(seoul.world.ocsp->responder(), {&answer, 1}, {}, now));
    const Bytes forged = take(x509::sign_cms(
        seoul.world.confirmation_signer, documents::write_confirmation(confirmation), {.signing_time = now}));
    const auto report = evidence::verify_evidence(forged, root.certificate, {});
    ASSERT_FALSE(report.is_valid());
    EXPECT_EQ(report.findings.at(0).path, "confirmation.purchaser.ocsp");
    EXPECT_EQ(report.findings.at(0).code, ErrorCode::kWrongRole);
  }
}

// A payment that a card company of Busan reviewed, at a merchant of Seoul.
struct CrossPayment : CrossPurchase {
  CrossPayment() {
    split.company = busan.world.network.issue_company("Busan Card", busan.world.clock.now());
    split.agreement = busan.world.network.issue_company_agreement("Busan Card", busan.world.clock.now());
    busan.world.add_to_directory(split.company.certificate);
    busan.world.add_to_directory(split.agreement.certificate);
    split.begin_anew();
  }
  SplitPayment split{seoul.world};
};

TEST_F(CrossPayment, IsConfirmedOnTheWordOfACardCompanyOfAnotherDataCentre) {
  EXPECT_TRUE(is_confirmed(split.confirm()));
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(CrossPayment, AsksBothHomesWherePurchaserAndCompanyAreFromAbroad) {
  split.order.purchaser = documents::reference_to(stranger().certificate);
  split.world.purchaser = stranger();
  split.result = split.approval();
  EXPECT_TRUE(is_confirmed(split.confirm()));
  EXPECT_EQ(busan.questions, 2);
}

TEST_F(CrossPayment, IsRefusedWithACompanyWhoseCertificateWasRevokedAtHome) {
  busan.world.change_state(split.company, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const auto refused = split.confirm();
  EXPECT_EQ(refusal_code(refused), ErrorCode::kCertificateRevoked);
}

TEST_F(CrossPayment, WaitsForAHomeThatIsDown) {
  busan.stop_serving();
  const auto submission = split.submission();
  const auto refused = split.confirm(submission);
  EXPECT_EQ(refusal_code(refused), ErrorCode::kHomeUnreachable);
  EXPECT_FALSE(refusal_of(refused).final);
  busan.serve();
  EXPECT_TRUE(is_confirmed(split.confirm(submission)));
}

}  // namespace
}  // namespace countersign::authority
