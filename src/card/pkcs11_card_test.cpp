// SPDX-License-Identifier: Apache-2.0
#include "card/soft_card_fixture.h"
#include "crypto/agreement.h"
#include "storage/secret_folder.h"
#include "x509/cms_envelope.h"
#include "x509/sample_network.h"

namespace countersign::card {
namespace {

class Pkcs11CardTest : public SoftCardTest {
 protected:
  std::string import_signing_key() {
    EXPECT_TRUE(card_->log_in(secret("1234")));
    const auto id = card_->import_key(KeyUse::kSigning, key_, certificate_);
    EXPECT_TRUE(id) << id.error().detail;
    return id ? id.value() : "";
  }

  x509::SampleNetwork network_;
  crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  x509::Certificate certificate_ =
      network_.certify_purchaser(x509::Role::kPurchaser, key_.public_key(), x509::KeyOrigin::kAuthority);
  const Bytes message_ = to_bytes("an order");
};

TEST_F(Pkcs11CardTest, SaysThatASoftTokenIsNotTamperResistant) {
  EXPECT_EQ(card_->info().label, "wallet");
  EXPECT_FALSE(card_->info().tamper_resistant);
  EXPECT_FALSE(card_->info().counts_tries);
}

TEST_F(Pkcs11CardTest, SignsWithAnImportedKeyThatDoesNotLeaveIt) {
  const auto id = import_signing_key();
  EXPECT_EQ(id, "01");
  const auto key = card_->private_key(id);
  ASSERT_TRUE(key) << key.error().detail;
  const auto signature = key.value().sign(message_);
  ASSERT_TRUE(signature) << signature.error().detail;
  EXPECT_TRUE(key_.public_key().verify(message_, signature.value()));
  EXPECT_FALSE(key.value().to_pkcs8());
}

TEST_F(Pkcs11CardTest, KeepsKeysAndCertificatesAfterARestart) {
  const auto id = import_signing_key();
  insert();
  const auto stored = card_->certificates();
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored.value().size(), 1U);
  EXPECT_EQ(stored.value()[0].key_id, id);
  EXPECT_EQ(stored.value()[0].use, KeyUse::kSigning);
  EXPECT_EQ(stored.value()[0].certificate, certificate_);
  ASSERT_TRUE(card_->log_in(secret("1234")));
  EXPECT_TRUE(card_->private_key(id).value().sign(message_));
}

TEST_F(Pkcs11CardTest, KeepsItsKeysWhereAProcessEndedInTheMiddleOfALogIn) {
  const auto id = import_signing_key();
  empty_token();
  insert();
  ASSERT_TRUE(card_->log_in(secret("1234")));
  EXPECT_TRUE(card_->private_key(id).value().sign(message_));
}

TEST_F(Pkcs11CardTest, OpensWithTheNewPinAloneWhenItIsRestored) {
  ASSERT_TRUE(card_->change_pin(secret("1234"), secret("98765")));
  empty_token();
  insert();
  EXPECT_EQ(card_->log_in(secret("1234")).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(card_->log_in(secret("98765")));
}

TEST_F(Pkcs11CardTest, ImportingTheSamePairAgainChangesNothing) {
  const auto id = import_signing_key();
  EXPECT_EQ(import_signing_key(), id);
  EXPECT_EQ(card_->certificates().value().size(), 1U);
}

TEST_F(Pkcs11CardTest, AgreesWithItsAgreementKeyAndOpensWhatIsSealedToIt) {
  ASSERT_TRUE(card_->log_in(secret("1234")));
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto certificate = network_.certify_purchaser(x509::Role::kPurchaserAgreement, agreement.public_key(),
                                                      x509::KeyOrigin::kAuthority);
  const auto id = card_->import_key(KeyUse::kAgreement, agreement, certificate).value();
  const auto peer = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto shared = crypto::agree(card_->private_key(id).value(), peer.public_key());
  ASSERT_TRUE(shared) << shared.error().detail;
  EXPECT_TRUE(equal_secrets(shared.value(), crypto::agree(peer, agreement.public_key()).value()));

  const auto envelope = x509::seal_to(certificate, secret("an order")).value();
  const auto opened =
      x509::open_sealed_to(certificate, x509::agreement_by(card_->private_key(id).value()), envelope);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(equal_secrets(opened.value(), secret("an order")));
}

TEST_F(Pkcs11CardTest, AgreesNeitherLoggedOutNorWithASigningKeyNorWithOneThatIsNotThere) {
  const auto id = import_signing_key();
  const auto peer = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  EXPECT_FALSE(crypto::agree(card_->private_key(id).value(), peer)) << "it only signs";
  EXPECT_EQ(card_->private_key("0a").error().code, ErrorCode::kNotFound);
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto certificate = network_.certify_purchaser(x509::Role::kPurchaserAgreement, agreement.public_key(),
                                                      x509::KeyOrigin::kAuthority);
  const auto key = card_->private_key(card_->import_key(KeyUse::kAgreement, agreement, certificate).value());
  EXPECT_TRUE(crypto::agree(key.value(), peer));
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).public_key();
  EXPECT_FALSE(crypto::agree(key.value(), ed25519));
  card_->log_out();
  EXPECT_FALSE(crypto::agree(key.value(), peer));
}

TEST_F(Pkcs11CardTest, GivesAgreementKeysEvenIdentifiersAndRenewalsTheNext) {
  import_signing_key();
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto certificate = network_.certify_purchaser(x509::Role::kPurchaserAgreement, agreement.public_key(),
                                                      x509::KeyOrigin::kAuthority);
  EXPECT_EQ(card_->import_key(KeyUse::kAgreement, agreement, certificate).value(), "02");
  EXPECT_EQ(card_->generate_key(KeyUse::kSigning).value(), "03");
  EXPECT_EQ(card_->certificates().value().back().use, KeyUse::kAgreement);
}

TEST_F(Pkcs11CardTest, SignsWithAKeyThatItMade) {
  ASSERT_TRUE(card_->log_in(secret("1234")));
  const auto id = card_->generate_key(KeyUse::kSigning);
  ASSERT_TRUE(id) << id.error().detail;
  const auto key = card_->private_key(id.value());
  ASSERT_TRUE(key);
  EXPECT_TRUE(key.value().public_key().verify(message_, key.value().sign(message_).value()));
  const auto certificate = network_.certify_purchaser(x509::Role::kPurchaser, key.value().public_key(),
                                                      x509::KeyOrigin::kAuthority);
  ASSERT_TRUE(card_->store_certificate(id.value(), certificate));
  EXPECT_EQ(card_->certificates().value().at(0).certificate, certificate);
}

TEST_F(Pkcs11CardTest, SignsTheRequestOfAnAgreementKeyThatItMade) {
  ASSERT_TRUE(card_->log_in(secret("1234")));
  const auto key = card_->private_key(card_->generate_key(KeyUse::kAgreement).value()).value();
  EXPECT_TRUE(key.public_key().verify(message_, key.sign(message_).value()));
}

TEST_F(Pkcs11CardTest, RefusesACertificateOfAnotherKey) {
  ASSERT_TRUE(card_->log_in(secret("1234")));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  EXPECT_EQ(card_->import_key(KeyUse::kSigning, other, certificate_).error().code, ErrorCode::kConflict);
  const auto id = card_->generate_key(KeyUse::kSigning);
  EXPECT_EQ(card_->store_certificate(id.value(), certificate_).error().code, ErrorCode::kConflict);
}

TEST_F(Pkcs11CardTest, DoesNotSignAfterLogOut) {
  const auto id = import_signing_key();
  const auto key = card_->private_key(id).value();
  card_->log_out();
  EXPECT_FALSE(card_->is_logged_in());
  EXPECT_FALSE(key.sign(message_));
}

TEST_F(Pkcs11CardTest, AsksForThePinAgainWhileLoggedIn) {
  ASSERT_TRUE(card_->log_in(secret("1234")));
  EXPECT_EQ(card_->log_in(secret("9999")).error().code, ErrorCode::kWrongPin);
  EXPECT_FALSE(card_->is_logged_in());
}

TEST_F(Pkcs11CardTest, CountsWrongPinsAcrossRestartsAndLocks) {
  EXPECT_EQ(card_->log_in(secret("9999")).error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(card_->tries_left(), 2);
  insert();
  EXPECT_EQ(card_->log_in(secret("9999")).error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(card_->log_in(secret("9999")).error().code, ErrorCode::kPinLocked);
  insert();
  EXPECT_EQ(card_->log_in(secret("1234")).error().code, ErrorCode::kPinLocked);
  EXPECT_EQ(card_->tries_left(), 0);
}

TEST_F(Pkcs11CardTest, ForgetsWrongPinsAfterTheRightOne) {
  EXPECT_FALSE(card_->log_in(secret("9999")));
  EXPECT_TRUE(card_->log_in(secret("1234")));
  EXPECT_EQ(card_->tries_left(), 3);
}

TEST_F(Pkcs11CardTest, ChangesThePin) {
  ASSERT_TRUE(card_->change_pin(secret("1234"), secret("567890")));
  EXPECT_EQ(card_->log_in(secret("1234")).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(card_->log_in(secret("567890")));
}

TEST_F(Pkcs11CardTest, CountsAWrongPinGivenForAChange) {
  EXPECT_EQ(card_->change_pin(secret("9999"), secret("567890")).error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(card_->tries_left(), 2);
}

TEST_F(Pkcs11CardTest, RefusesANewPinThatIsTooShort) {
  EXPECT_EQ(card_->change_pin(secret("1234"), secret("1")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(card_->tries_left(), 3);
}

TEST_F(Pkcs11CardTest, RemovesAKeyWithItsCertificate) {
  const auto id = import_signing_key();
  ASSERT_TRUE(card_->remove_key(id));
  EXPECT_TRUE(card_->certificates().value().empty());
  EXPECT_EQ(card_->remove_key(id).error().code, ErrorCode::kNotFound);
}

TEST_F(Pkcs11CardTest, KeepsNoKeyInClearOnDisk) {
  import_signing_key();
  const auto pkcs8 = key_.to_pkcs8().value();
  const std::string_view der = as_text(pkcs8.reveal(crypto::SecretAccess()));
  const std::string_view scalar = der.substr(36, 32);  // RFC 5958, RFC 5915 for P-256
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    const auto content = storage::read_file(entry.path(), 1 << 20).value();
    EXPECT_EQ(as_text(content).find(scalar), std::string_view::npos) << entry.path();
  }
}

TEST(OpenPkcs11Card, RefusesASoftTokenWithoutAPlaceToCountTries) {
  std::string pattern = testing::TempDir() + "card-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  ASSERT_TRUE(initialize_soft_token(folder, "wallet", secret("12345678"), secret("1234")));
  EXPECT_EQ(open_pkcs11_card({std::string(kSoftHsmModule), "wallet", "", 3}).error().code,
            ErrorCode::kMalformed);
  std::filesystem::remove_all(folder);
}

TEST(OpenPkcs11Card, NamesAModuleThatIsNotThere) {
  EXPECT_EQ(open_pkcs11_card({"/nowhere/card.so", "", "/tmp/tries", 3}).error().code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::card
