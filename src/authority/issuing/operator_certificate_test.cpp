// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/operator_certificate.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

class OperatorCertificate : public ::testing::Test {
 protected:
  Result<x509::Certificate> issue() {
    const auto request = take(x509::make_pkcs10(name_of("CN=anything"), {}, key));
    return issue_operator_certificate(*authority.context, "Park", request, "operator:test");
  }
  TestAuthority authority;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(OperatorCertificate, IsIssuedInItsRoleAndItsPartOfTheTree) {
  const auto certificate = take(issue());
  EXPECT_EQ(certificate.role(), x509::Role::kOperator);
  EXPECT_EQ(certificate.subject().value_of("CN"), "Park");
  EXPECT_EQ(authority.state_of(certificate.serial()), CertificateState::kActive);
}

TEST_F(OperatorCertificate, IsRefusedForANameThatHoldsOne) {
  const auto first = take(issue());
  EXPECT_EQ(issue().error().code, ErrorCode::kConflict);
  authority.change_state(first.serial(), CertificateState::kRevoked);
  EXPECT_TRUE(issue().has_value());
}

}  // namespace
}  // namespace countersign::authority
