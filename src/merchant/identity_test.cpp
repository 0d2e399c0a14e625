// SPDX-License-Identifier: Apache-2.0
#include "merchant/identity.h"

#include <gtest/gtest.h>

#include <fstream>

#include "merchant/applicant.h"
#include "merchant/certificate_keeper.h"
#include "merchant/testing.h"
#include "x509/status_staple.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using x509::code_of;

crypto::SecretBytes passphrase(std::string_view text = "passphrase") {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

// A gateway that has a key and no certificate yet.
struct NewGatewayTest : testing::Test {
  TestShop shop;
  std::filesystem::path folder = shop.folder.path() / "new";
  std::unique_ptr<Identity> identity = [this] {
    take(Identity::create(folder, passphrase()));
    return take(Identity::open(folder, passphrase()));
  }();
  x509::AlternativeNames names{{"localhost"}, {"127.0.0.1"}, {"https://127.0.0.1:8443"}};
  Applicant applicant{folder,    {"New Shop", "a@example.com", "A", "+82 2", names, std::nullopt},
                      *identity, shop.authority,
                      shop.view, shop.clock};
  x509::StatusStaple staple{[this] { return shop.view.anchor(); }, shop.ask_status(), shop.clock};
};

TEST_F(NewGatewayTest, KeepsItsKeyEncryptedAndMakesItOnce) {
  EXPECT_EQ(code_of(Identity::create(folder, passphrase())), ErrorCode::kConflict);
  EXPECT_EQ(code_of(Identity::open(folder, passphrase("wrong"))), ErrorCode::kWrongPassword);
  EXPECT_EQ(code_of(Identity::open(shop.folder.path() / "nowhere", passphrase())), ErrorCode::kNotFound);
  std::ifstream file(folder / "identity.pem");
  std::string first;
  std::getline(file, first);
  EXPECT_EQ(first, "-----BEGIN ENCRYPTED PRIVATE KEY-----");
  EXPECT_EQ(code_of(identity->require_signer()), ErrorCode::kUnavailable);
}

TEST_F(NewGatewayTest, AppliesAnswersTheChallengeAndInstallsTheCertificate) {
  std::string shown;
  shop.authority.fetch_challenge = [&](const std::string& token) {
    shown = applicant.answer_challenge(token).value_or("");
    return true;
  };
  EXPECT_EQ(take(applicant.advance()), ApplicantState::kIdle);
  take(applicant.submit());
  EXPECT_EQ(code_of(applicant.submit()), ErrorCode::kConflict);
  EXPECT_EQ(take(applicant.advance()), ApplicantState::kIssued);
  EXPECT_EQ(shown, "challenge-token." + base64url_encode(identity->key().public_key().spki_digest()));
  EXPECT_FALSE(applicant.answer_challenge("challenge-token"));
  EXPECT_FALSE(applicant.answer_challenge("another"));
  const auto reopened = take(Identity::open(folder, passphrase()));
  EXPECT_EQ(reopened->signer()->certificate.subject().value_of("CN"), "New Shop");
  EXPECT_EQ(code_of(applicant.submit()), ErrorCode::kConflict);
}

TEST_F(NewGatewayTest, GoesOnWithItsApplicationAfterARestart) {
  take(applicant.submit());
  Applicant restarted{folder,    {"New Shop", "a@example.com", "A", "+82 2", names, std::nullopt},
                      *identity, shop.authority,
                      shop.view, shop.clock};
  EXPECT_TRUE(restarted.answer_challenge("challenge-token"));
  EXPECT_EQ(take(restarted.advance()), ApplicantState::kIssued);
}

TEST_F(NewGatewayTest, MayApplyAgainAfterARejection) {
  take(applicant.submit());
  shop.authority.conduct = Conduct::kRejectsApplication;
  EXPECT_EQ(code_of(applicant.advance()), ErrorCode::kForbidden);
  shop.authority.conduct = Conduct::kHonest;
  take(applicant.submit());
  EXPECT_EQ(take(applicant.advance()), ApplicantState::kIssued);
}

TEST_F(NewGatewayTest, RenewsWithANewKeySignedByTheOldOne) {
  take(applicant.submit());
  take(applicant.advance());
  const auto old = *identity->signer();
  EXPECT_FALSE(applicant.is_renewal_due());
  const auto life = old.certificate.not_after() - old.certificate.not_before();
  shop.clock.advance(std::chrono::duration_cast<Seconds>(life * 3 / 4));
  EXPECT_TRUE(applicant.is_renewal_due());
  take(applicant.renew());
  EXPECT_FALSE(applicant.is_renewal_due());
  EXPECT_FALSE(identity->key().public_key() == old.key.public_key());
  EXPECT_EQ(identity->signer()->certificate.alternative_names(), old.certificate.alternative_names());

  const auto reopened = take(Identity::open(folder, passphrase()));
  EXPECT_TRUE(reopened->signer_of(old.certificate.fingerprint()));
  EXPECT_TRUE(reopened->signer_of(identity->signer()->certificate.fingerprint()));
  EXPECT_EQ(code_of(reopened->signer_of({})), ErrorCode::kNotFound);
}

TEST_F(NewGatewayTest, ShowsControlAgainWhereARenewalIsChallenged) {
  take(applicant.submit());
  take(applicant.advance());
  const auto old = *identity->signer();
  shop.authority.conduct = Conduct::kChallengesRenewals;
  std::string shown;
  shop.authority.fetch_challenge = [&](const std::string& token) {
    shown = applicant.answer_challenge(token).value_or("");
    return true;
  };
  take(applicant.renew());
  EXPECT_FALSE(identity->signer()->certificate == old.certificate);
  EXPECT_EQ(shown, "renewal-token." + base64url_encode(identity->key().public_key().spki_digest()));
  EXPECT_FALSE(applicant.answer_challenge("renewal-token"));
}

TEST_F(NewGatewayTest, KeepsItsCertificateAndWaitsWhenControlIsNotFound) {
  take(applicant.submit());
  take(applicant.advance());
  const auto old = *identity->signer();
  shop.clock.advance(std::chrono::days(300));
  shop.authority.conduct = Conduct::kChallengesRenewals;
  shop.authority.fetch_challenge = [](const std::string&) { return false; };
  EXPECT_TRUE(applicant.is_renewal_due());
  EXPECT_EQ(code_of(applicant.renew()), ErrorCode::kWrongOrigin);
  EXPECT_EQ(identity->signer()->certificate, old.certificate);
  EXPECT_FALSE(applicant.is_renewal_due()) << "a failure is not repeated at once";
  shop.clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(applicant.is_renewal_due());
}

TEST_F(NewGatewayTest, InstallsNoCertificateForAnotherKey) {
  EXPECT_EQ(code_of(identity->install(shop.network.issue(x509::Role::kMerchant), shop.network.ca)),
            ErrorCode::kConflict);
  EXPECT_FALSE(identity->signer());
}

TEST_F(NewGatewayTest, TakesOverWhatAnotherProcessInstalled) {
  const auto other = take(Identity::open(folder, passphrase()));
  take(identity->reload_if_changed());
  EXPECT_FALSE(identity->signer());
  auto order = shop.network.order(x509::Role::kMerchant, other->key().public_key());
  take(other->install(take(x509::issue_certificate(shop.network.issuer(), order)), shop.network.ca));
  take(identity->reload_if_changed());
  EXPECT_EQ(identity->signer()->certificate, other->signer()->certificate);
}

TEST_F(NewGatewayTest, AppliesByItselfAndAnnouncesEachCertificateOnce) {
  int announced = 0;
  CertificateKeeper keeper{*identity, applicant, staple, CertificateKeeper::Application::kByItself,
                           [&](const x509::Signer&) -> Result<void> {
                             ++announced;
                             return ok();
                           }};
  take(keeper.tick());
  take(keeper.tick());
  EXPECT_EQ(announced, 1);
  EXPECT_TRUE(staple.is_good());
}

TEST_F(NewGatewayTest, WaitsForTheOperatorWhenToldTo) {
  CertificateKeeper keeper{*identity, applicant, staple, CertificateKeeper::Application::kByOperator,
                           [](const x509::Signer&) { return Result<void>(ok()); }};
  take(keeper.tick());
  EXPECT_FALSE(identity->signer());
  take(applicant.submit());
  take(keeper.tick());
  EXPECT_TRUE(identity->signer());
}

}  // namespace
}  // namespace countersign::merchant
