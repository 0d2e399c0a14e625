// SPDX-License-Identifier: Apache-2.0
#include "wallet/set_offer.h"

#include <gtest/gtest.h>

#include <functional>

#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::SplitOffer;
using namespace std::chrono_literals;

// What an offer consists of, before it is put together.
struct Parts {
  explicit Parts(const FakeCompany& company)
      : order(company.trade.order()),
        offer(company.offer({}, {documents::PaymentMethod::kCard})),
        recorded(company.name()),
        now(company.trade.now + 5s) {
    order.profile = documents::OrderProfile::kSet;
    order.card_company = company.reference();
  }
  documents::Order order;
  SplitOffer offer;  // all but the order
  x509::Name recorded;
  TimePoint now;
};

Result<VerifiedCompany> verify(const Trade& trade, Parts parts) {
  parts.offer.order = trade.order_bytes(parts.order);
  return verify_split_offer(parts.offer, {*trade.anchor, parts.recorded, parts.now});
}

TEST(SplitOffer, NamesTheKeyThatThePaymentIsSealedTo) {
  const WalletWorld world;
  const auto& company = hanok_card(world.trade);
  const auto verified = verify(world.trade, Parts(company));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(verified.value().agreement, company.agreement.certificate);
  EXPECT_EQ(verified.value().signer, company.signer.certificate.fingerprint());
}

TEST(SplitOffer, HoldsAsLongAsTheStatusThatEndsFirst) {
  const WalletWorld world;
  const auto& company = hanok_card(world.trade);
  Parts parts(company);
  const auto until = verify(world.trade, parts).value().until;
  EXPECT_GT(until, parts.now);
  const auto older = [&](const x509::Certificate& certificate) {
    return world.trade.status_of(certificate, x509::StatusKind::kGood, Seconds(60));
  };
  parts.offer.certificate_status = older(company.signer.certificate);
  EXPECT_EQ(verify(world.trade, parts).value().until, until - 60s);
  parts = Parts(company);
  parts.offer.agreement_status = older(company.agreement.certificate);
  EXPECT_EQ(verify(world.trade, parts).value().until, until - 60s);
}

struct WrongSplitOffer {
  std::string name;
  std::function<void(Parts&, const Trade&)> change;
  ErrorCode code;
  std::string where;  // what the detail begins with
};
class SplitOfferRefuses : public testing::TestWithParam<WrongSplitOffer> {};

TEST_P(SplitOfferRefuses, WhatIsNotOfTheRecordedCompanyAndGoodNow) {
  const WalletWorld world;
  Parts parts(hanok_card(world.trade));
  GetParam().change(parts, world.trade);
  const auto verified = verify(world.trade, parts);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, GetParam().code) << verified.error().detail;
  EXPECT_TRUE(verified.error().detail.starts_with(GetParam().where)) << verified.error().detail;
}

// A company of the same name in another network.
const FakeCompany& stranger() {
  static const Trade kTrade;
  static const FakeCompany kCompany(kTrade, "Hanok Card");
  return kCompany;
}

const WrongSplitOffer kWrongSplitOffers[] = {
    {"ACertificateThatIsNone", [](Parts& parts, const Trade&) { parts.offer.certificate = to_bytes("x"); },
     ErrorCode::kMalformed, "split-offer.certificate: "},
    {"AnAgreementCertificateThatIsNone",
     [](Parts& parts, const Trade&) { parts.offer.agreement_certificate = to_bytes("x"); },
     ErrorCode::kMalformed, "split-offer.agreementCertificate: "},
    {"ACertificateOfAnotherNetwork",
     [](Parts& parts, const Trade&) { parts.offer.certificate = stranger().signer.certificate.der(); },
     ErrorCode::kCertificateUnknown, "split-offer.certificate: "},
    {"AnAgreementCertificateOfAnotherNetwork",
     [](Parts& parts, const Trade&) {
       parts.offer.agreement_certificate = stranger().agreement.certificate.der();
     },
     ErrorCode::kCertificateUnknown, "split-offer.agreementCertificate: "},
    {"AMerchantInThePlaceOfACompany",
     [](Parts& parts, const Trade& trade) {
       parts.offer.certificate = trade.merchant.certificate.der();
       parts.offer.certificate_status = trade.status_of(trade.merchant.certificate);
     },
     ErrorCode::kWrongRole, "split-offer.certificate: "},
    {"ASigningKeyInThePlaceOfTheOneForAgreement",
     [](Parts& parts, const Trade&) {
       parts.offer.agreement_certificate = parts.offer.certificate;
       parts.offer.agreement_status = parts.offer.certificate_status;
     },
     ErrorCode::kWrongRole, "split-offer.agreementCertificate: "},
    {"CertificatesThatAreOver",
     [](Parts& parts, const Trade&) { parts.now += std::chrono::hours(24 * 365 * 20); }, ErrorCode::kExpired,
     "split-offer.certificate: "},
    {"ASigningCertificateThatIsSuspended",
     [](Parts& parts, const Trade& trade) {
       parts.offer.certificate_status =
           trade.status_of(hanok_card(trade).signer.certificate, x509::StatusKind::kRevoked);
     },
     ErrorCode::kCertificateOnHold, "split-offer.certificate"},
    {"AnAgreementCertificateThatIsSuspended",
     [](Parts& parts, const Trade& trade) {
       parts.offer.agreement_status =
           trade.status_of(hanok_card(trade).agreement.certificate, x509::StatusKind::kRevoked);
     },
     ErrorCode::kCertificateOnHold, "split-offer.agreementCertificate"},
    {"AnAgreementCertificateThatNobodyIssued",
     [](Parts& parts, const Trade& trade) {
       parts.offer.agreement_status =
           trade.status_of(hanok_card(trade).agreement.certificate, x509::StatusKind::kUnknown);
     },
     ErrorCode::kCertificateUnknown, "split-offer.agreementCertificate"},
    {"AStatusOfLongAgo",
     [](Parts& parts, const Trade& trade) {
       parts.offer.certificate_status =
           trade.status_of(hanok_card(trade).signer.certificate, x509::StatusKind::kGood, Seconds(1200));
     },
     ErrorCode::kExpired, "split-offer.certificateStatus: "},
    {"AnAgreementStatusOfLongAgo",
     [](Parts& parts, const Trade& trade) {
       parts.offer.agreement_status =
           trade.status_of(hanok_card(trade).agreement.certificate, x509::StatusKind::kGood, Seconds(1200));
     },
     ErrorCode::kExpired, "split-offer.agreementStatus: "},
    {"AStatusOfAnotherCertificate",
     [](Parts& parts, const Trade&) { parts.offer.agreement_status = parts.offer.certificate_status; },
     ErrorCode::kCertificateUnknown, "split-offer.agreementStatus: "},
    {"AStatusThatIsNone", [](Parts& parts, const Trade&) { parts.offer.certificate_status = to_bytes("x"); },
     ErrorCode::kMalformed, "split-offer.certificateStatus: "},
    {"CertificatesOfTwoCompanies",
     [](Parts& parts, const Trade& trade) {
       const auto other = other_card(trade).offer({}, {});
       parts.offer.agreement_certificate = other.agreement_certificate;
       parts.offer.agreement_status = other.agreement_status;
     },
     ErrorCode::kForbidden, "split-offer: "},
    {"AnotherCompanyThanTheOneRecorded",
     [](Parts& parts, const Trade& trade) {
       parts.offer = other_card(trade).offer({}, {});
       parts.order.card_company = other_card(trade).reference();
     },
     ErrorCode::kForbidden, "split-offer.certificate: is not of the company recorded"},
    {"AnOrderThatNamesAnotherCompany",
     [](Parts& parts, const Trade& trade) { parts.order.card_company->subject = other_card(trade).name(); },
     ErrorCode::kForbidden, "order.cardCompany: is another company"},
    {"AnOrderThatNamesAnotherKey",
     [](Parts& parts, const Trade&) { parts.order.card_company->certificate[0] ^= 1; }, ErrorCode::kForbidden,
     "order.cardCompany: names another key"},
    {"AnOrderOfAnotherProfile",
     [](Parts& parts, const Trade&) {
       parts.order.profile = documents::OrderProfile::kSession;
       parts.order.card_company.reset();
     },
     ErrorCode::kUnsupported, "order.profile: "},
};
INSTANTIATE_TEST_SUITE_P(Rows, SplitOfferRefuses, testing::ValuesIn(kWrongSplitOffers),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::wallet
