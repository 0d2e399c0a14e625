// SPDX-License-Identifier: Apache-2.0
#include "x509/cms_statement.h"

#include <gtest/gtest.h>

#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

struct CmsStatement : testing::Test {
  Bytes signed_by(const Issuer& holder) const {
    return sign_cms(network.signer_of(holder), as_bytes("statement"), {ContentType::kData, network.now})
        .value();
  }
  SampleNetwork network;
  Issuer responder = network.issue_responder();
};

TEST_F(CmsStatement, VerifiesFromAServiceThatSignsNoDocuments) {
  const Bytes der = signed_by(responder);
  const UnverifiedCms cms = UnverifiedCms::parse(der).value();
  const auto verified = verify_statement_cms(cms, responder.certificate);
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(to_text(verified.value().content), "statement");
  EXPECT_EQ(verify_cms(cms, responder.certificate).error().code, ErrorCode::kWrongRole);
}

TEST_F(CmsStatement, IsRefusedFromACertificateThatIsNotForSignatures) {
  const Issuer agreement = network.issue(Role::kCardCompanyAgreement, "CN=Card,OU=card-companies");
  const Bytes der = signed_by(agreement);
  EXPECT_EQ(verify_statement_cms(UnverifiedCms::parse(der).value(), agreement.certificate).error().code,
            ErrorCode::kWrongRole);
}

TEST_F(CmsStatement, IsRefusedUnderAnotherCertificateAndOverAnotherContent) {
  Bytes der = signed_by(responder);
  const Issuer other = network.issue_responder();
  EXPECT_EQ(verify_statement_cms(UnverifiedCms::parse(der).value(), other.certificate).error().code,
            ErrorCode::kSignatureInvalid);
  der[as_text(der).find("statement")] = 'S';
  EXPECT_EQ(verify_statement_cms(UnverifiedCms::parse(der).value(), responder.certificate).error().code,
            ErrorCode::kSignatureInvalid);
}

}  // namespace
}  // namespace countersign::x509
