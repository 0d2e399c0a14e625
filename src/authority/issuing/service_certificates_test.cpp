// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/service_certificates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "authority/testing/test_authority.h"
#include "x509/der.h"
#include "x509/signed_structure.h"

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

// The CA of a data centre that was made before there were time-stamps: it may not certify who makes them.
x509::Certificate ca_of_before(const TestNetwork& network, TimePoint now) {
  x509::Extensions extensions = network.ca.certificate.extensions();
  std::erase_if(extensions.policies, [](const x509::Policy& policy) {
    return policy.oid == x509::profile_of(x509::Role::kTimeStamper).policy;
  });
  using namespace x509::der;
  const x509::Certificate& ca = network.ca.certificate;
  const Bytes to_be_signed = sequence(
      {wrap(context_constructed(0), integer(2)), unsigned_integer(x509::SerialNumber::random().bytes()),
       x509::ecdsa_with_sha256(), ca.issuer().der(),
       sequence({time(now - std::chrono::hours(1)), time(now + std::chrono::days(3000))}), ca.subject().der(),
       ca.public_key().spki(), wrap(context_constructed(3), take(x509::encode_extensions(extensions)))});
  return take(x509::Certificate::from_der(take(x509::sign_structure(to_be_signed, network.root.key))));
}

TEST_F(ServiceCertificatesTest, AreMadeForAServiceOfLaterOnceTheCaMayCertifyIt) {
  plan.keys.time_stamp = (authority.folder.path() / "keys/time-stamp.key").string();
  const KeyShelf shelf{plan.certificates, crypto::SecretBytes::copy_of(as_bytes("correct horse")), {}};
  const auto make = [&] {
    return take(make_missing_services(*authority.context, plan, shelf, "operator:test"));
  };
  const x509::Certificate ca = authority.keys->ca.certificate;
  authority.keys->ca.certificate = ca_of_before(authority.network, authority.clock.now());
  auto missing = missing_services(*authority.keys, plan);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].kind.name, "time-stamp");
  EXPECT_FALSE(missing[0].can_be_made);
  EXPECT_TRUE(make().empty());
  EXPECT_FALSE(std::filesystem::exists(plan.keys.time_stamp)) << "no key for nothing";

  authority.keys->ca.certificate = ca;
  EXPECT_TRUE(missing_services(*authority.keys, plan).at(0).can_be_made);
  const auto made = make();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(written("time-stamp.pem"), made[0]);
  EXPECT_EQ(authority.state_of(made[0].serial()), CertificateState::kActive);
  EXPECT_EQ(authority.acts(), std::vector<std::string>{"issue"});
  EXPECT_TRUE(
      x509::verify_path(made[0], *authority.network.anchor, x509::Role::kTimeStamper, authority.clock.now()));
  EXPECT_TRUE(take(load_key(plan.keys.time_stamp, shelf.passphrase, {})).public_key() ==
              made[0].public_key());
  EXPECT_TRUE(make().empty()) << "it is there now";
  EXPECT_TRUE(missing_services(*authority.keys, plan).empty());
}

TEST_F(ServiceCertificatesTest, AreNotMissedWhereTheirKeyHasNoPlace) {
  EXPECT_TRUE(missing_services(*authority.keys, plan).empty());
}

TEST_F(ServiceCertificatesTest, AreRenewedForTimeStampsWhereThereIsOne) {
  authority.keys->time_stamp = authority.network.issue(
      x509::Role::kTimeStamper,
      name_of("CN=Time-Stamp Signer,OU=authority," + authority.network.data_centre.text()),
      authority.clock.now());
  EXPECT_EQ(service_expiries(*authority.keys).size(), 6U);
  const auto renewed = take(renew_within(std::chrono::days(2000)));
  ASSERT_EQ(renewed.size(), 4U);
  EXPECT_TRUE(renewed[3].public_key() == authority.keys->time_stamp->certificate.public_key());
  EXPECT_EQ(written("time-stamp.pem"), renewed[3]);
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
