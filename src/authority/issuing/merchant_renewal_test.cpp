// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/merchant_renewal.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/request.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() {
    authority.enter(merchant.certificate);
    record_application(authority.clock.now());
  }
  // What the application of this merchant left behind when it was issued.
  void record_application(TimePoint proved) {
    const auto applications = take(ApplicationStore::open(*authority.database));
    Application application;
    application.id = crypto::random_uuid_v7(authority.clock.now());
    application.state = ApplicationState::kIssued;
    application.subject = merchant.certificate.subject().text();
    application.origins = merchant.certificate.alternative_names().origins;
    application.serial = merchant.certificate.serial().hex();
    application.created = application.proved = proved;
    take(authority.database->write(
        [&](storage::Transaction& transaction) { return applications.add(transaction, application); }));
  }
  // The certificate of a renewal that is not challenged.
  Result<x509::Certificate> renew(BytesView request) {
    TRY(const auto answer, renewals->renew(request));
    if (!answer.certificate) return fail(ErrorCode::kWrongOrigin, "challenged");
    return *answer.certificate;
  }
  void show_challenge(const std::string& token, const crypto::PrivateKey& key) {
    for (const auto& origin : merchant.certificate.alternative_names().origins)
      authority.origins.shown[origin + "/.well-known/countersign/" + token] =
          key_authorization(token, key.public_key());
  }
  Bytes request_for(const crypto::PrivateKey& key, x509::AlternativeNames names) {
    return take(x509::make_pkcs10(merchant.certificate.subject(), names, key));
  }
  documents::MerchantRenewal renewal() {
    return {authority.network.data_centre, documents::reference_to(merchant.certificate),
            request_for(new_key, merchant.certificate.alternative_names()), authority.clock.now(),
            crypto::sha256(crypto::random_bytes(32))};
  }
  Bytes sign(const documents::MerchantRenewal& document, const x509::Signer& signer) {
    return take(x509::sign_cms(signer, take(documents::write_merchant_renewal(document)),
                               {x509::ContentType::kData, authority.clock.now()}));
  }

  TestAuthority authority;
  x509::Signer merchant = authority.network.issue_merchant("Shop", authority.clock.now());
  crypto::PrivateKey new_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  std::unique_ptr<MerchantRenewals> renewals =
      take(MerchantRenewals::open(*authority.context, authority.origins, {}));
};

TEST_F(RenewalTest, IssuesForTheNewKeyAndLeavesTheOldCertificateInPlace) {
  const auto renewed = take(renew(sign(renewal(), merchant)));
  EXPECT_TRUE(renewed.public_key() == new_key.public_key());
  EXPECT_EQ(renewed.subject(), merchant.certificate.subject());
  EXPECT_EQ(renewed.alternative_names(), merchant.certificate.alternative_names());
  EXPECT_EQ(authority.state_of(renewed.serial()), CertificateState::kActive);
  EXPECT_EQ(authority.state_of(merchant.certificate.serial()), CertificateState::kActive);
}

TEST_F(RenewalTest, AnswersTheSameRequestWithTheSameCertificate) {
  const auto request = sign(renewal(), merchant);
  EXPECT_EQ(take(renew(request)), take(renew(request)));
}

TEST_F(RenewalTest, RefusesItsNonceInAnotherRequest) {
  auto first = renewal();
  take(renew(sign(first, merchant)));
  first.pkcs10 = request_for(crypto::PrivateKey::generate(crypto::KeyKind::kP256),
                             merchant.certificate.alternative_names());
  EXPECT_EQ(renew(sign(first, merchant)).error().code, ErrorCode::kConflict);
}

TEST_F(RenewalTest, RefusesARequestSignedWithAnotherKey) {
  const auto other = authority.network.issue_merchant("Other", authority.clock.now());
  authority.enter(other.certificate);
  EXPECT_EQ(renew(sign(renewal(), other)).error().code, ErrorCode::kForbidden);
}

TEST_F(RenewalTest, RefusesAPurchasersSignature) {
  const auto purchaser = authority.network.issue_purchaser("p-1", authority.clock.now());
  EXPECT_EQ(renew(sign(renewal(), purchaser)).error().code, ErrorCode::kWrongRole);
}

TEST_F(RenewalTest, RefusesHeldAndRevokedMerchants) {
  authority.change_state(merchant.certificate.serial(), CertificateState::kOnHold);
  EXPECT_EQ(renew(sign(renewal(), merchant)).error().code, ErrorCode::kCertificateOnHold);
  authority.change_state(merchant.certificate.serial(), CertificateState::kRevoked);
  EXPECT_EQ(renew(sign(renewal(), merchant)).error().code, ErrorCode::kCertificateRevoked);
}

TEST_F(RenewalTest, RefusesTheOldKeyAgain) {
  auto document = renewal();
  document.pkcs10 = request_for(merchant.key, merchant.certificate.alternative_names());
  EXPECT_EQ(renew(sign(document, merchant)).error().code, ErrorCode::kConflict);
}

TEST_F(RenewalTest, RefusesFurtherOrigins) {
  auto document = renewal();
  auto names = merchant.certificate.alternative_names();
  names.origins.emplace_back("https://127.0.0.1:9999");
  document.pkcs10 = request_for(new_key, names);
  EXPECT_EQ(renew(sign(document, merchant)).error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(RenewalTest, RefusesAnotherDataCentre) {
  auto document = renewal();
  document.audience = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(renew(sign(document, merchant)).error().code, ErrorCode::kForbidden);
}

// A merchant whose last proof is as old as its first certificate when the second is renewed.
class StaleProofTest : public RenewalTest {
 protected:
  StaleProofTest() { authority.clock.advance(std::chrono::days(366)); }
};

TEST_F(StaleProofTest, ChallengesForTheNewKeyAndIssuesOnceItIsShown) {
  const auto request = sign(renewal(), merchant);
  const auto answer = take(renewals->renew(request));
  EXPECT_FALSE(answer.certificate);
  show_challenge(answer.challenge_token, new_key);
  EXPECT_TRUE(take(renew(request)).public_key() == new_key.public_key());
  EXPECT_EQ(take(renew(request)), take(renew(request)));
  EXPECT_EQ(authority.acts(), (std::vector<std::string>{"prove_control", "issue"}));
}

TEST_F(StaleProofTest, AsksForNoFurtherProofForAYear) {
  const auto request = sign(renewal(), merchant);
  show_challenge(take(renewals->renew(request)).challenge_token, new_key);
  take(renew(request));
  new_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  EXPECT_TRUE(renew(sign(renewal(), merchant)));
}

TEST_F(StaleProofTest, IssuesNothingWhileTheOriginDoesNotShowIt) {
  const auto request = sign(renewal(), merchant);
  const auto answer = take(renewals->renew(request));
  EXPECT_EQ(renewals->renew(request).error().code, ErrorCode::kWrongOrigin);
  show_challenge(answer.challenge_token, merchant.key);
  EXPECT_EQ(renewals->renew(request).error().code, ErrorCode::kWrongOrigin) << "shown for the old key";
  EXPECT_TRUE(authority.acts().empty());
}

TEST_F(StaleProofTest, TakesNoAnswerToTheChallengeOfAnotherRequest) {
  show_challenge(take(renewals->renew(sign(renewal(), merchant))).challenge_token, new_key);
  const auto other = sign(renewal(), merchant);
  EXPECT_FALSE(take(renewals->renew(other)).certificate);
  EXPECT_EQ(renewals->renew(other).error().code, ErrorCode::kWrongOrigin);
}

TEST_F(StaleProofTest, RefusesTheNonceOfAChallengeInAnotherRequest) {
  auto document = renewal();
  take(renewals->renew(sign(document, merchant)));
  document.pkcs10 = request_for(crypto::PrivateKey::generate(crypto::KeyKind::kP256),
                                merchant.certificate.alternative_names());
  EXPECT_EQ(renewals->renew(sign(document, merchant)).error().code, ErrorCode::kConflict);
}

TEST_F(StaleProofTest, AsksTheOriginsOnlySoOften) {
  const auto request = sign(renewal(), merchant);
  take(renewals->renew(request));
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(renewals->renew(request).error().code, ErrorCode::kWrongOrigin);
  }
  EXPECT_EQ(renewals->renew(request).error().code, ErrorCode::kRateLimited);
}

TEST_F(RenewalTest, RefusesAStaleRequest) {
  const auto request = sign(renewal(), merchant);
  authority.clock.advance(Seconds(301));
  EXPECT_EQ(renew(request).error().code, ErrorCode::kClockSkew);
}

}  // namespace
}  // namespace countersign::authority
