// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/party_certificate.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

class PartyCertificate : public ::testing::Test {
 protected:
  Result<x509::Certificate> issue(x509::Role role = x509::Role::kOperator,
                                  const x509::AlternativeNames& names = {}) {
    const auto request = take(x509::make_pkcs10(name_of("CN=anything"), names, key));
    TRY(const auto issued, certify_party(*authority.context, "Park", {{role, request}}, "operator:test"));
    return issued.at(0);
  }
  Result<std::vector<x509::Certificate>> issue_pair(const crypto::PrivateKey& agreement) {
    const auto request = take(x509::make_pkcs10(name_of("CN=anything"), {}, key));
    const auto other = take(x509::make_pkcs10(name_of("CN=anything"), {}, agreement));
    return certify_party(*authority.context, "Park",
                         {{x509::Role::kCardCompany, request}, {x509::Role::kCardCompanyAgreement, other}},
                         "operator:test");
  }
  TestAuthority authority;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(PartyCertificate, IsIssuedInItsRoleAndItsPartOfTheTree) {
  const auto certificate = take(issue());
  EXPECT_EQ(certificate.role(), x509::Role::kOperator);
  EXPECT_EQ(certificate.subject().value_of("CN"), "Park");
  EXPECT_EQ(authority.state_of(certificate.serial()), CertificateState::kActive);
}

TEST_F(PartyCertificate, IsRefusedForANameThatHoldsOne) {
  const auto first = take(issue());
  EXPECT_EQ(issue().error().code, ErrorCode::kConflict);
  authority.change_state(first.serial(), CertificateState::kRevoked);
  EXPECT_TRUE(issue().has_value());
}

TEST_F(PartyCertificate, OfACardCompanyNamesTheHostsThatWereAskedFor) {
  x509::AlternativeNames names;
  names.ip = {"127.0.0.1"};
  const auto certificate = take(issue(x509::Role::kCardCompany, names));
  EXPECT_EQ(certificate.role(), x509::Role::kCardCompany);
  EXPECT_EQ(certificate.subject().value_of("OU"), "card-companies");
  EXPECT_EQ(certificate.alternative_names().ip, names.ip);
  EXPECT_TRUE(certificate.extensions().key_usage.non_repudiation) << "it signs what it decides";
}

TEST_F(PartyCertificate, OfACardCompanyIsAPairForOneSubject) {
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto issued = take(issue_pair(agreement));
  ASSERT_EQ(issued.size(), 2U);
  EXPECT_EQ(issued[0].role(), x509::Role::kCardCompany);
  EXPECT_EQ(issued[1].role(), x509::Role::kCardCompanyAgreement);
  EXPECT_EQ(issued[0].subject(), issued[1].subject());
  EXPECT_TRUE(issued[1].public_key() == agreement.public_key());
  for (const auto& certificate : issued)
    EXPECT_EQ(authority.state_of(certificate.serial()), CertificateState::kActive);
  EXPECT_EQ(issue_pair(agreement).error().code, ErrorCode::kConflict) << "the name holds both";
}

TEST_F(PartyCertificate, IsRefusedAltogetherWhereOneKeyIsToServeTwice) {
  EXPECT_EQ(issue_pair(key).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(issue(x509::Role::kCardCompany)) << "nothing was issued";
}

TEST_F(PartyCertificate, IsRefusedAltogetherWhereOneRequestIsNone) {
  const auto request = take(x509::make_pkcs10(name_of("CN=anything"), {}, key));
  EXPECT_FALSE(
      certify_party(*authority.context, "Park",
                    {{x509::Role::kCardCompany, request}, {x509::Role::kCardCompanyAgreement, Bytes{1, 2}}},
                    "operator:test"));
  EXPECT_TRUE(issue(x509::Role::kCardCompany)) << "nothing was issued";
}

TEST_F(PartyCertificate, OfAnOperatorNamesNoHosts) {
  x509::AlternativeNames names;
  names.ip = {"127.0.0.1"};
  EXPECT_TRUE(take(issue(x509::Role::kOperator, names)).alternative_names().ip.empty());
}

TEST_F(PartyCertificate, IsRefusedWithOriginsNobodyChecked) {
  x509::AlternativeNames names;
  names.ip = {"127.0.0.1"};
  names.origins = {"https://127.0.0.1:8443"};
  EXPECT_EQ(issue(x509::Role::kCardCompany, names).error().code, ErrorCode::kNameNotPermitted);
}

}  // namespace
}  // namespace countersign::authority
