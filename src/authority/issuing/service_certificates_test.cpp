// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/service_certificates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "authority/testing/test_authority.h"

namespace countersign::authority {
namespace {

class ServiceCertificatesTest : public ::testing::Test {
 protected:
  Result<std::vector<x509::Certificate>> renew_within(std::chrono::days days) {
    return renew_service_certificates(*authority.context, plan, authority.clock.now() + days,
                                      "operator:test");
  }
  x509::Certificate written(const char* file) { return take(read_certificate(plan.certificates / file)); }

  TestAuthority authority;
  DataCentrePlan plan{{authority.network.data_centre, {}, {}, {}},
                      {{"localhost"}, {"127.0.0.1"}, {}},
                      "http://127.0.0.1:9080/ocsp",
                      "http://127.0.0.1:9080/crl.crl",
                      {},
                      authority.folder.path()};
};

TEST_F(ServiceCertificatesTest, AreRenewedForTheSameKeysWhenTheyEndSoon) {
  authority.clock.advance(std::chrono::days(350));
  const auto renewed = take(renew_within(std::chrono::days(30)));
  ASSERT_EQ(renewed.size(), 1U) << "the OCSP responder's: valid for a year, the others for longer";
  const auto& old = authority.keys->ocsp.certificate;
  EXPECT_TRUE(renewed[0].public_key() == old.public_key());
  EXPECT_EQ(renewed[0].subject(), old.subject());
  EXPECT_GT(renewed[0].not_after(), old.not_after() + std::chrono::days(300));
  EXPECT_EQ(written("ocsp.pem"), renewed[0]);
  EXPECT_TRUE(x509::verify_path(renewed[0], *authority.network.anchor, x509::Role::kOcspResponder,
                                authority.clock.now()));
}

TEST_F(ServiceCertificatesTest, AreLeftAloneWhileTheyLast) {
  EXPECT_TRUE(take(renew_within(std::chrono::days(30))).empty());
  EXPECT_TRUE(authority.acts().empty());
}

TEST_F(ServiceCertificatesTest, EnterDirectoryAndAuditLog) {
  const auto renewed = take(renew_within(std::chrono::days(2000)));
  ASSERT_EQ(renewed.size(), 3U);
  for (const auto& one : renewed) EXPECT_EQ(authority.state_of(one.serial()), CertificateState::kActive);
  EXPECT_EQ(authority.acts(), (std::vector<std::string>{"issue", "issue", "issue"}));
  EXPECT_EQ(written("tls.pem").alternative_names().dns, std::vector<std::string>{"localhost"});
}

TEST_F(ServiceCertificatesTest, TellWhenEachEnds) {
  const auto expiries = service_expiries(*authority.keys);
  ASSERT_EQ(expiries.size(), 5U);
  const auto ocsp = std::ranges::find(expiries, "ocsp", &ServiceExpiry::name);
  ASSERT_NE(ocsp, expiries.end());
  EXPECT_EQ(ocsp->not_after, authority.keys->ocsp.certificate.not_after());
}

}  // namespace
}  // namespace countersign::authority
