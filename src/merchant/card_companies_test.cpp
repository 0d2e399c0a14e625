// SPDX-License-Identifier: Apache-2.0
#include "merchant/card_companies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "merchant/test_company.h"

namespace countersign::merchant {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using x509::code_of;

struct CardCompaniesTest : testing::Test {
  TestShop shop;
  TestCompany first{shop}, second{shop, "Namsan Card"};
  CardCompanies companies{shop.context(), {{first.subject(), first}, {second.subject(), second}}};

  Result<CheckedCompany> check(const documents::CompanyCertificates& certificates) const {
    return check_company(certificates, first.subject(), *shop.view.anchor(), shop.clock.now());
  }
};

TEST_F(CardCompaniesTest, HasTheCertificatesOfEachWithTheDigestOfItsAgreementKey) {
  companies.refresh();
  EXPECT_THAT(companies.at_hand(), ElementsAre(first.subject(), second.subject()));
  const auto checked = take(companies.certificates_of(first.subject()));
  EXPECT_EQ(checked.certificates.certificate, first.signing.certificate.der());
  EXPECT_EQ(checked.certificates.agreement_certificate, first.agreement.certificate.der());
  EXPECT_EQ(checked.reference, documents::reference_to(first.agreement.certificate));
  EXPECT_GT(checked.good_until, shop.clock.now());
  EXPECT_EQ(take(companies.access_to(second.subject())), &second);
}

TEST_F(CardCompaniesTest, KnowsNoOther) {
  const TestCompany stranger(shop, "Stranger");
  EXPECT_EQ(code_of(companies.certificates_of(stranger.subject())), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(companies.access_to(stranger.subject())), ErrorCode::kUnsupported);
  EXPECT_TRUE(CardCompanies(shop.context(), {}).is_empty());
}

TEST_F(CardCompaniesTest, RefreshesWhenHalfOfTheTimeOfTheStatusesIsOver) {
  companies.refresh();
  companies.refresh();
  EXPECT_EQ(first.certificates_asked, 1);
  const auto good_until = take(companies.certificates_of(first.subject())).good_until;
  shop.clock.advance(Seconds(301));
  companies.refresh();
  EXPECT_EQ(first.certificates_asked, 2);
  EXPECT_GT(take(companies.certificates_of(first.subject())).good_until, good_until);
}

TEST_F(CardCompaniesTest, KeepsWhatIsGoodWhileACompanyIsAwayAndNoLonger) {
  companies.refresh();
  first.is_silent = true;
  shop.clock.advance(Seconds(400));
  EXPECT_TRUE(companies.certificates_of(first.subject()));
  shop.clock.advance(Seconds(201));
  EXPECT_EQ(code_of(companies.certificates_of(first.subject())), ErrorCode::kUnavailable);
  EXPECT_THAT(companies.at_hand(), ElementsAre(second.subject()));
  first.is_silent = false;
  shop.clock.advance(Seconds(10));
  EXPECT_TRUE(companies.certificates_of(first.subject())) << "fetched before use";
}

TEST_F(CardCompaniesTest, WaitsWithTheNextTryFromTheEndOfTheLastAndTwiceAsLongAfterEach) {
  first.is_silent = true;
  first.certificates_take = Seconds(15);
  int asked = 0;
  for (const int wait : {3, 6, 12, 24, 48, 60, 60}) {
    companies.refresh();
    EXPECT_EQ(first.certificates_asked, ++asked);
    shop.clock.advance(Seconds(wait - 1));
    companies.refresh();
    EXPECT_EQ(first.certificates_asked, asked) << "too early after " << wait - 1;
    shop.clock.advance(Seconds(1));
  }
  first.is_silent = false;
  first.certificates_take = Seconds(0);
  companies.refresh();
  first.is_silent = true;
  shop.clock.advance(Seconds(301));
  companies.refresh();
  shop.clock.advance(Seconds(3));
  companies.refresh();
  EXPECT_EQ(first.certificates_asked, asked + 3) << "from the beginning after a success";
}

TEST_F(CardCompaniesTest, AsksNobodyForAPurchaserWhereACompanyIsGood) {
  first.is_silent = true;
  companies.refresh();
  shop.clock.advance(Seconds(100));
  EXPECT_THAT(companies.at_hand(), ElementsAre(second.subject()));
  EXPECT_EQ(first.certificates_asked, 1);
}

TEST_F(CardCompaniesTest, AsksOneForAPurchaserWhereNoneIsGood) {
  first.is_silent = true;
  EXPECT_THAT(companies.at_hand(), IsEmpty());
  EXPECT_EQ(first.certificates_asked, 1);
  EXPECT_EQ(second.certificates_asked, 0);
  EXPECT_THAT(companies.at_hand(), ElementsAre(second.subject()));
  EXPECT_EQ(first.certificates_asked, 1);
}

// Each call would never return if it queued behind the fetch that it is made in.
TEST_F(CardCompaniesTest, QueuesBehindNoCompanyThatHangs) {
  std::vector<x509::Name> good_meanwhile, none_meanwhile;
  first.alter_certificates = [&](auto&) {
    std::thread([&] { none_meanwhile = companies.at_hand(); }).join();
    std::thread([&] { good_meanwhile = companies.at_hand(); }).join();
    std::thread([&] {
      EXPECT_EQ(code_of(companies.certificates_of(first.subject())), ErrorCode::kUnavailable);
    }).join();
  };
  companies.refresh();
  EXPECT_THAT(none_meanwhile, ElementsAre(second.subject())) << "asked instead";
  EXPECT_THAT(good_meanwhile, ElementsAre(second.subject()));
  EXPECT_EQ(first.certificates_asked, 1);
}

TEST_F(CardCompaniesTest, WaitsNotLongForTheOnlyCompanyWhenItHangs) {
  CardCompanies only(shop.context(), {{first.subject(), first}});
  first.alter_certificates = [&](auto&) {
    std::thread([&] { EXPECT_THAT(only.at_hand(), IsEmpty()); }).join();
  };
  only.refresh();
  EXPECT_THAT(only.at_hand(), ElementsAre(first.subject()));
  EXPECT_EQ(first.certificates_asked, 1);
}

TEST_F(CardCompaniesTest, DropsWhatTheCompanyItselfShowsToBeRevoked) {
  companies.refresh();
  shop.authority.statuses[first.agreement.certificate.serial().hex()] = {
      x509::StatusKind::kRevoked, shop.clock.now(), x509::RevocationReason::kKeyCompromise};
  shop.clock.advance(Seconds(301));
  companies.refresh();
  EXPECT_EQ(code_of(companies.certificates_of(first.subject())), ErrorCode::kUnavailable);
}

// What a company sends that is not its own, not for this, or not good (F7 S31).

struct Fault {
  const char* name;
  std::function<void(CardCompaniesTest&, documents::CompanyCertificates&)> make;
  ErrorCode code;
};
struct FaultyCertificatesTest : CardCompaniesTest, testing::WithParamInterface<Fault> {};

TEST_P(FaultyCertificatesTest, AreNotUsed) {
  auto certificates = take(first.certificates());
  ASSERT_TRUE(check(certificates));
  GetParam().make(*this, certificates);
  EXPECT_EQ(code_of(check(certificates)), GetParam().code);
  first.alter_certificates = [&](auto& sent) { sent = certificates; };
  companies.refresh();
  EXPECT_THAT(companies.at_hand(), ElementsAre(second.subject()));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultyCertificatesTest,
    testing::Values(
        Fault{"SigningCertificateOfAnotherCompany",
              [](auto& world, auto& c) {
                const auto others = take(world.second.certificates());
                c.certificate = others.certificate;
                c.certificate_status = others.certificate_status;
              },
              ErrorCode::kForbidden},
        Fault{"AgreementCertificateOfAnotherCompany",
              [](auto& world, auto& c) {
                const auto others = take(world.second.certificates());
                c.agreement_certificate = others.agreement_certificate;
                c.agreement_status = others.agreement_status;
              },
              ErrorCode::kForbidden},
        Fault{"AgreementCertificateInPlaceOfTheOther",
              [](auto&, auto& c) { c.certificate = c.agreement_certificate; }, ErrorCode::kWrongRole},
        Fault{"SigningCertificateInPlaceOfTheOther",
              [](auto&, auto& c) { c.agreement_certificate = c.certificate; }, ErrorCode::kWrongRole},
        Fault{"AMerchantsCertificate",
              [](auto& world, auto& c) { c.certificate = world.shop.identity->signer()->certificate.der(); },
              ErrorCode::kWrongRole},
        Fault{"StatusOfTheOtherCertificate",
              [](auto&, auto& c) { c.agreement_status = c.certificate_status; },
              ErrorCode::kCertificateUnknown},
        Fault{"StatusOfTheOtherCertificateTheOtherWayRound",
              [](auto&, auto& c) { c.certificate_status = c.agreement_status; },
              ErrorCode::kCertificateUnknown},
        Fault{"SigningCertificateSuspended",
              [](auto& world, auto& c) {
                world.shop.authority.statuses[world.first.signing.certificate.serial().hex()] = {
                    x509::StatusKind::kRevoked, world.shop.clock.now(),
                    x509::RevocationReason::kCertificateHold};
                c = take(world.first.certificates());
              },
              ErrorCode::kCertificateOnHold},
        Fault{"AgreementCertificateRevoked",
              [](auto& world, auto& c) {
                world.shop.authority.statuses[world.first.agreement.certificate.serial().hex()] = {
                    x509::StatusKind::kRevoked, world.shop.clock.now(),
                    x509::RevocationReason::kKeyCompromise};
                c = take(world.first.certificates());
              },
              ErrorCode::kCertificateRevoked},
        Fault{"StaleStatus", [](auto& world, auto&) { world.shop.clock.advance(Seconds(3600)); },
              ErrorCode::kExpired},
        Fault{"StatusWhoseTimeIsJustOver", [](auto& world, auto&) { world.shop.clock.advance(Seconds(601)); },
              ErrorCode::kExpired},
        Fault{"NoCertificate", [](auto&, auto& c) { c.certificate = {1}; }, ErrorCode::kMalformed}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace countersign::merchant
