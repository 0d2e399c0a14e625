// SPDX-License-Identifier: Apache-2.0
#include "evidence/verify.h"

#include <gtest/gtest.h>

#include "evidence/testing/trade.h"
#include "sample/issuers.h"
#include "x509/test_network.h"

namespace countersign::evidence {
namespace {

// Making keys and certificates takes longer than judging them: all tests share one trade.
const Trade& trade() {
  static const Trade made;
  return made;
}

Report verify(BytesView der) {
  return verify_evidence(der, trade().root.certificate, {});
}

bool has_finding(const Report& report, ErrorCode code, std::string_view path) {
  for (const auto& finding : report.findings) {
    if (finding.code == code && finding.path == path) return true;
  }
  return false;
}

TEST(VerifyEvidence, ProvesAConfirmationFromTheRootAlone) {
  const auto report = verify(trade().confirm());
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  ASSERT_EQ(report.signatures.size(), 3U);
  EXPECT_EQ(report.signatures[0].role, x509::Role::kConfirmationSigner);
  EXPECT_EQ(report.signatures[1].role, x509::Role::kMerchant);
  EXPECT_EQ(report.signatures[2].role, x509::Role::kPurchaser);
  ASSERT_EQ(report.statuses.size(), 2U);
  EXPECT_EQ(report.statuses[0].answer->status.kind, x509::StatusKind::kGood);
  EXPECT_EQ(report.order->total, (Amount{39'000, "KRW"}));
}

// A merchant of seoul-1 and a purchaser of tokyo-1.
const Trade& across() {
  static const Trade made(Trade::kElsewhere);
  return made;
}

// A certificate that the CA of the merchant's data centre signed though the subject is no business of its.
x509::Signer forge(const Trade& trade, const x509::Certificate& like, const x509::Name& subject) {
  const x509::TestNetwork forger{.now = trade.now - std::chrono::hours(1),
                                 .root_key = trade.root.key,
                                 .ca_key = trade.ca.key,
                                 .root = trade.root.certificate,
                                 .ca = trade.ca.certificate,
                                 .anchor = *trade.anchor};
  const auto key = x509::new_key();
  auto stated = like.extensions();
  stated.authority_key_id = trade.ca.certificate.extensions().subject_key_id;
  const auto extensions = take(x509::encode_extensions(stated));
  const auto der = forger.forge(subject.der(), key.public_key(), extensions);
  return {take(x509::Certificate::from_der(der)), key, {trade.ca.certificate}};
}

TEST(VerifyEvidence, ProvesATradeBetweenTwoDataCentres) {
  const auto der = across().confirm();
  const auto report = verify_evidence(der, across().root.certificate, {});
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  ASSERT_EQ(report.signatures.size(), 3U);
  EXPECT_NE(report.signatures[1].signer.issuer(), report.signatures[2].signer.issuer());
  ASSERT_EQ(report.statuses.size(), 2U);
}

TEST(VerifyEvidence, FindsAPurchaserWhomAnotherDataCentreIssued) {
  Trade trade = across();
  trade.purchaser = forge(trade, across().purchaser.certificate, across().purchaser.certificate.subject());
  const auto report = verify_evidence(trade.confirm(), trade.root.certificate, {});
  EXPECT_TRUE(
      has_finding(report, ErrorCode::kNameNotPermitted, "confirmation.countersignedOrder.signedOrder.signer"))
      << write_report_text(report);
}

TEST(VerifyEvidence, FindsAMerchantWhomAnotherDataCentreIssued) {
  Trade trade = across();
  trade.merchant = forge(trade, across().merchant.certificate,
                         x509::name("CN=Demo Shop,OU=merchants," + std::string(Trade::kElsewhere)));
  const auto report = verify_evidence(trade.confirm(), trade.root.certificate, {});
  EXPECT_TRUE(has_finding(report, ErrorCode::kNameNotPermitted, "confirmation.countersignedOrder.signer"))
      << write_report_text(report);
}

TEST(VerifyEvidence, FindsAnAuthorityThatConfirmsInAnothersName) {
  Trade trade = across();
  trade.confirmer = trade.issue(x509::Role::kConfirmationSigner,
                                "CN=Confirmation Signer,OU=authority," + std::string(Trade::kElsewhere));
  const auto report = verify_evidence(trade.confirm(), trade.root.certificate, {});
  EXPECT_TRUE(has_finding(report, ErrorCode::kNameNotPermitted, "confirmation.dataCentre"))
      << write_report_text(report);
}

TEST(VerifyEvidence, FindsAStatusThatAnotherDataCentresResponderSigned) {
  Trade trade = across();
  trade.purchasers_responder = trade.responder;
  const auto report = verify_evidence(trade.confirm(), trade.root.certificate, {});
  EXPECT_TRUE(has_finding(report, ErrorCode::kWrongRole, "confirmation.purchaser.ocsp"))
      << write_report_text(report);
}

TEST(VerifyEvidence, ProvesCountersignedAndSignedOrders) {
  const auto order = trade().order();
  EXPECT_EQ(verify(trade().countersigned(order)).kind, EvidenceKind::kCountersignedOrder);
  EXPECT_TRUE(verify(trade().countersigned(order)).is_valid());
  EXPECT_TRUE(verify(trade().sign(trade().purchaser, trade().order_bytes(order))).is_valid());
}

TEST(VerifyEvidence, ProvesARefusalAndWhatItRefused) {
  const auto request = trade().countersigned(trade().order());
  VerifyOptions options;
  options.refused_request = request;
  const auto refusal = trade().refuse(request, "");
  EXPECT_TRUE(verify_evidence(refusal, trade().root.certificate, options).is_valid());
  options.refused_request = trade().countersigned(trade().order());
  const auto report = verify_evidence(refusal, trade().root.certificate, options);
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "refusal.request"));
}

TEST(VerifyEvidence, RefusesAnotherKindThanExpected) {
  EXPECT_EQ(
      verify_confirmation(trade().countersigned(trade().order()), trade().root.certificate).error().code,
      ErrorCode::kUnsupported);
  EXPECT_TRUE(verify_confirmation(trade().confirm(), trade().root.certificate));
}

TEST(VerifyEvidence, ProvesNothingUnderAnotherRoot) {
  const Trade other;
  const auto report = verify_evidence(trade().confirm(), other.root.certificate, {});
  EXPECT_FALSE(report.is_valid());
  EXPECT_FALSE(report.signatures.front().is_valid);
}

TEST(VerifyEvidence, FindsEveryFlippedBit) {
  const Bytes good = trade().confirm();
  // A prime step visits all parts: headers, certificates, content, signatures.
  for (std::size_t i = 0; i < good.size(); i += 37) {
    Bytes flipped = good;
    flipped[i] ^= 0x04;
    EXPECT_FALSE(verify(flipped).is_valid()) << "octet " << i;
  }
}

TEST(VerifyEvidence, FindsTruncation) {
  const Bytes good = trade().confirm();
  for (std::size_t size = 0; size < good.size(); size += 101) {
    EXPECT_FALSE(verify(BytesView(good).first(size)).is_valid()) << size;
  }
}

struct WrongSigner {
  std::string name;
  const x509::Signer& (*signer)();
};
class VerifyEvidenceRefusesSigner : public testing::TestWithParam<WrongSigner> {};

TEST_P(VerifyEvidenceRefusesSigner, OfAnotherRoleInTheConfirmationsPlace) {
  const auto order = trade().order();
  const auto confirmation = trade().confirmation(trade().countersigned(order), order);
  const auto report = verify(trade().sign(GetParam().signer(), documents::write_confirmation(confirmation)));
  EXPECT_TRUE(has_finding(report, ErrorCode::kWrongRole, "confirmation.signer")) << write_report_text(report);
}

INSTANTIATE_TEST_SUITE_P(
    Roles, VerifyEvidenceRefusesSigner,
    testing::Values(WrongSigner{"Purchaser", []() -> const x509::Signer& { return trade().purchaser; }},
                    WrongSigner{"Merchant", []() -> const x509::Signer& { return trade().merchant; }},
                    WrongSigner{"OcspResponder", []() -> const x509::Signer& { return trade().responder; }}),
    [](const auto& row) { return row.param.name; });

TEST(VerifyEvidence, RefusesAPurchaserAsCountersigner) {
  const auto order = trade().order();
  const auto countersigned =
      trade().sign(trade().purchaser, trade().sign(trade().purchaser, trade().order_bytes(order)),
                   x509::ContentType::kSignedData);
  EXPECT_TRUE(has_finding(verify(countersigned), ErrorCode::kWrongRole, "countersignedOrder.signer"));
}

TEST(VerifyEvidence, RefusesAnOrderSignedByItsMerchant) {
  const auto signed_order = trade().sign(trade().merchant, trade().order_bytes(trade().order()));
  EXPECT_TRUE(has_finding(verify(signed_order), ErrorCode::kWrongRole, "signedOrder.signer"));
}

struct WrongConfirmation {
  std::string name;
  std::function<void(documents::Order&)> change_order;
  std::function<void(documents::Confirmation&)> change;
  ErrorCode code;
  std::string path;
};
class VerifyEvidenceRefuses : public testing::TestWithParam<WrongConfirmation> {};

TEST_P(VerifyEvidenceRefuses, AConfirmationThatIsSignedButWrong) {
  const auto report = verify(trade().confirm(GetParam().change_order, GetParam().change));
  EXPECT_FALSE(report.is_valid());
  EXPECT_TRUE(has_finding(report, GetParam().code, GetParam().path)) << write_report_text(report);
}

const std::string kOrder = "confirmation.countersignedOrder.signedOrder.order";
std::vector<WrongConfirmation> wrong_confirmations() {
  using documents::Confirmation;
  using documents::Order;
  const auto hours = [](int count) { return std::chrono::hours(count); };
  return {
      {"AnotherOrderId",
       {},
       [](Confirmation& c) { c.order_id = "019a0000-0000-7000-8000-000000000000"; },
       ErrorCode::kConflict,
       "confirmation.orderId"},
      {"AnotherDigest",
       {},
       [](Confirmation& c) { c.order_digest[0] ^= 1; },
       ErrorCode::kConflict,
       "confirmation.orderDigest"},
      {"AnotherTotal",
       {},
       [](Confirmation& c) { c.total.minor_units += 1; },
       ErrorCode::kAmountMismatch,
       "confirmation.total"},
      {"AnotherDataCentre",
       {},
       [](Confirmation& c) {
         c.data_centre = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo"));
       },
       ErrorCode::kNameNotPermitted,
       "confirmation.dataCentre"},
      {"AnOrderForAnotherAuthority",
       [](Order& o) { o.authority = take(x509::Name::from_text("OU=busan-1,OU=kr,O=Countersign Demo")); },
       {},
       ErrorCode::kForbidden,
       "confirmation.dataCentre"},
      {"PartiesExchanged",
       {},
       [](Confirmation& c) { std::swap(c.merchant, c.purchaser); },
       ErrorCode::kConflict,
       "confirmation.merchant.subject"},
      {"AnotherSerial",
       {},
       [](Confirmation& c) { c.purchaser.serial = x509::SerialNumber::random(); },
       ErrorCode::kConflict,
       "confirmation.purchaser.serial"},
      {"AnotherRegistration",
       {},
       [](Confirmation& c) { c.purchaser.registered_by = "CN=Other,O=Countersign Demo"; },
       ErrorCode::kConflict,
       "confirmation.purchaser.registeredBy"},
      {"AnotherKeyOrigin",
       {},
       [](Confirmation& c) { c.purchaser.key_origin = x509::KeyOrigin::kHolder; },
       ErrorCode::kConflict,
       "confirmation.purchaser.keyOrigin"},
      {"AStatusOfAnother",
       {},
       [](Confirmation& c) { c.purchaser.ocsp = c.merchant.ocsp; },
       ErrorCode::kCertificateUnknown,
       "confirmation.purchaser.ocsp"},
      {"ASuspendedMerchant",
       {},
       [](Confirmation& c) {
         c.merchant.ocsp = trade().status_of(trade().merchant.certificate, x509::StatusKind::kRevoked);
       },
       ErrorCode::kCertificateOnHold,
       "confirmation.merchant.ocsp"},
      {"AnUnknownPurchaser",
       {},
       [](Confirmation& c) {
         c.purchaser.ocsp = trade().status_of(trade().purchaser.certificate, x509::StatusKind::kUnknown);
       },
       ErrorCode::kCertificateUnknown,
       "confirmation.purchaser.ocsp"},
      {"AStatusTooOld",
       {},
       [](Confirmation& c) {
         c.purchaser.ocsp =
             trade().status_of(trade().purchaser.certificate, x509::StatusKind::kGood, Seconds(7200));
       },
       ErrorCode::kExpired,
       "confirmation.purchaser.ocsp"},
      {"AnExpiredOrder",
       [=](Order& o) {
         o.created = trade().now - hours(3);
         o.expires = trade().now - hours(1);
       },
       {},
       ErrorCode::kExpired,
       kOrder + ".expires"},
      {"AnOrderOfTheFuture",
       [=](Order& o) {
         o.created = trade().now + hours(1);
         o.expires = trade().now + hours(2);
       },
       {},
       ErrorCode::kNotYetValid,
       kOrder + ".created"},
      {"AForeignOrigin",
       [](Order& o) { o.origin = "https://other.example"; },
       {},
       ErrorCode::kWrongOrigin,
       kOrder + ".origin"},
      {"AnotherMerchantInTheOrder",
       [](Order& o) { o.merchant.certificate[0] ^= 1; },
       {},
       ErrorCode::kConflict,
       kOrder + ".merchant"},
      {"AnotherPurchaserInTheOrder",
       [](Order& o) { o.purchaser.certificate[0] ^= 1; },
       {},
       ErrorCode::kConflict,
       kOrder + ".purchaser"},
      {"AReviewWithoutACardCompany",
       {},
       [](Confirmation& c) {
         c.review = documents::Review{c.order_digest, "approved"};
       },
       ErrorCode::kConflict,
       "confirmation.review"},
      {"ATimeBeforeItsCertificates",
       {},
       [=](Confirmation& c) { c.time = trade().now - std::chrono::minutes(90); },
       ErrorCode::kNotYetValid,
       "confirmation.signer"},
  };
}
INSTANTIATE_TEST_SUITE_P(Rows, VerifyEvidenceRefuses, testing::ValuesIn(wrong_confirmations()),
                         [](const auto& row) { return row.param.name; });

TEST(WriteReport, SaysTheVerdictFirst) {
  const auto good = verify(trade().confirm());
  EXPECT_TRUE(write_report_text(good).starts_with("VALID"));
  EXPECT_TRUE(
      write_report_json(good).starts_with("{\"type\":\"verification-report\",\"version\":1,\"valid\":true"));
  const auto bad = verify(trade().confirm({}, [](auto& c) { c.total.minor_units = 1; }));
  EXPECT_TRUE(write_report_text(bad).starts_with("NOT VALID"));
  EXPECT_NE(write_report_json(bad).find("\"code\":\"amount_mismatch\",\"path\":\"confirmation.total\""),
            std::string::npos);
}

// A confirmation whose purchaser was known to be good so long before the decision.
Bytes confirmed_as_of(Seconds before, bool degraded) {
  return trade().confirm({}, [&](documents::Confirmation& confirmation) {
    confirmation.purchaser.as_of = confirmation.time - before;
    confirmation.purchaser.degraded = degraded;
  });
}

TEST(VerifyEvidence, SaysUntilWhenTheHomeOfAPartyToldNothingElse) {
  const auto report = verify(confirmed_as_of(Seconds(4), false));
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_EQ(report.statuses.at(1).as_of, report.decided_at - Seconds(4));
  EXPECT_NE(write_report_text(report).find("nothing else told by its home until"), std::string::npos);
  EXPECT_EQ(write_report_text(report).find("DEGRADED"), std::string::npos);
}

TEST(VerifyEvidence, SaysInPlainWordsThatAConfirmationIsDegraded) {
  const auto report = verify(confirmed_as_of(Seconds(45), true));
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_TRUE(report.statuses.at(1).degraded);
  const std::string text = write_report_text(report);
  EXPECT_EQ(text.find("VALID, DEGRADED"), 0U);
  EXPECT_NE(text.find("45 s before the decision"), std::string::npos);
  EXPECT_NE(write_report_json(report).find("\"degraded\":true"), std::string::npos);
}

TEST(VerifyEvidence, FindsAStatusTooOldForAConfirmationThatIsNotDegraded) {
  EXPECT_TRUE(verify(confirmed_as_of(documents::kMostUndegradedAge, false)).is_valid());
  const auto report = verify(confirmed_as_of(documents::kMostUndegradedAge + Seconds(1), false));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation.purchaser.asOf"));
}

TEST(VerifyEvidence, FindsATimeOfAStatusThatCannotBe) {
  EXPECT_TRUE(has_finding(verify(confirmed_as_of(Seconds(-1), false)), ErrorCode::kConflict,
                          "confirmation.purchaser.asOf"));
  EXPECT_TRUE(has_finding(verify(confirmed_as_of(std::chrono::hours(2), true)), ErrorCode::kConflict,
                          "confirmation.purchaser.asOf"));
}

// While one root follows another some sign with their CA's certificate by the one, others by the other.
TEST(VerifyEvidence, ProvesWhatIsChainedBelowTwoRootsFromBothAndFromNeitherAlone) {
  Trade mixed = trade();
  const auto next = sample::make_root(mixed.now - std::chrono::hours(1));
  const auto& limits = *mixed.ca.certificate.extensions().name_limits;
  const auto anew = take(x509::create_data_centre_ca(next, limits, mixed.ca.key.public_key(),
                                                     mixed.now - std::chrono::hours(1)));
  mixed.confirmer.chain = mixed.merchant.chain = {anew};
  const Bytes confirmation = mixed.confirm();
  const auto& root = mixed.root.certificate;
  const auto judge = [&](const x509::Certificate& first, std::vector<x509::Certificate> others) {
    VerifyOptions options;
    options.other_roots = std::move(others);
    return verify_evidence(confirmation, first, options);
  };
  EXPECT_TRUE(judge(root, {next.certificate}).is_valid())
      << write_report_text(judge(root, {next.certificate}));
  EXPECT_TRUE(judge(next.certificate, {root}).is_valid());
  EXPECT_TRUE(has_finding(judge(root, {}), ErrorCode::kCertificateUnknown, "confirmation.certificates"));
  EXPECT_FALSE(judge(next.certificate, {}).is_valid());
  const auto stranger = sample::make_root(mixed.now - std::chrono::hours(1));
  EXPECT_FALSE(judge(root, {stranger.certificate}).is_valid());
  EXPECT_TRUE(verify_confirmation(confirmation, mixed.anchor->with_other_roots({next.certificate})));
  EXPECT_FALSE(verify_confirmation(confirmation, *mixed.anchor));
}

}  // namespace
}  // namespace countersign::evidence
