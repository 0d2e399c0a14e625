// SPDX-License-Identifier: Apache-2.0
// Enrolment with a card whose agreement key cannot sign, as a PIV card's.
#include "wallet/made_keys.h"

#include <gtest/gtest.h>

#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

const std::string kId(kEnrolmentId);

class MadeKeysTest : public testing::Test {
 protected:
  MadeKeysTest() { world_.card.agreement_signs = false; }
  Result<void> enrol() {
    TRY(world_.enrolments().begin(world_.enrolment_link(), KeySource::kCard));
    const auto root = hex_encode(world_.trade.root.certificate.fingerprint());
    return world_.enrolments().make_keys(kId, {"correct horse", root}, secret("1234"));
  }
  documents::ConsentAcceptance accepted() {
    const auto document = take(x509::verify_signed_document(world_.peers.acceptance, *world_.trade.anchor,
                                                            x509::Role::kPurchaser, world_.clock.now()));
    return take(documents::parse_consent_acceptance(document.cms.content));
  }
  EnrolmentState state() { return take(world_.enrolments().show(kId)).record.state; }

  WalletWorld world_;
};

TEST_F(MadeKeysTest, OpensItsAgreementCertificateAndGivesTheProofBack) {
  const auto enrolled = enrol();
  ASSERT_TRUE(enrolled) << enrolled.error().detail;
  EXPECT_EQ(state(), EnrolmentState::kActive);
  const auto identity = take(find_identity(world_.parties()));
  EXPECT_EQ(accepted().agreement_proof, kAgreementProof);
  EXPECT_EQ(accepted().agreement_certificate, identity.agreement.fingerprint());
  EXPECT_EQ(identity.agreement.role(), x509::Role::kPurchaserAgreement);
  EXPECT_FALSE(take(agreement_proof(world_.parties(), kId))) << "it has served";
}

TEST_F(MadeKeysTest, GiveNoProofWhereTheKeySignsItsRequest) {
  world_.card.agreement_signs = true;
  ASSERT_TRUE(enrol());
  EXPECT_FALSE(accepted().agreement_proof);
}

TEST_F(MadeKeysTest, KeepsTheProofUntilTheAuthorityHasIt) {
  world_.peers.completions_to_lose = 1;
  EXPECT_EQ(enrol().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(state(), EnrolmentState::kImported);
  world_.restart();
  ASSERT_TRUE(world_.enrolments().complete(kId, secret("1234")));
  EXPECT_EQ(accepted().agreement_proof, kAgreementProof);
}

TEST_F(MadeKeysTest, AsksWithTheSameKeysAfterAFailure) {
  world_.peers.change_sealed = [](auto document) {
    document.certificate.clear();
    return document;
  };
  EXPECT_FALSE(enrol());
  world_.peers.change_sealed = [](auto document) { return document; };
  world_.restart();
  ASSERT_TRUE(enrol());
  EXPECT_EQ(world_.card.size(), 2U);
}

// What an envelope can hold that it must not.
struct WrongCertificate {
  std::string name;
  std::function<void(const Trade&, documents::AgreementCertificate&)> change;
  ErrorCode code;
};
class MadeKeysRefuse : public MadeKeysTest, public testing::WithParamInterface<WrongCertificate> {};

TEST_P(MadeKeysRefuse, WhatIsNotTheirs) {
  world_.peers.change_sealed = [this](auto document) {
    GetParam().change(world_.trade, document);
    return document;
  };
  const auto refused = enrol();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, GetParam().code) << refused.error().detail;
  EXPECT_TRUE(take(world_.card.certificates()).empty());
  EXPECT_TRUE(world_.peers.acceptance.empty());
}

const WrongCertificate kWrongCertificates[] = {
    {"OfAnotherEnrolment",
     [](const Trade&, auto& document) { document.enrolment = "019a0000-0000-7000-8000-000000000002"; },
     ErrorCode::kForbidden},
    {"ForAnotherKey",
     [](const Trade& trade, auto& document) { document.certificate = trade.agreement.certificate.der(); },
     ErrorCode::kMalformed},
    {"NoCertificate",
     [](const Trade&, auto& document) {
       document.certificate = {1, 2, 3};
     },
     ErrorCode::kMalformed},
};
INSTANTIATE_TEST_SUITE_P(Rows, MadeKeysRefuse, testing::ValuesIn(kWrongCertificates),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::wallet
