// SPDX-License-Identifier: Apache-2.0
// A PIV card in a virtual PC/SC reader (tests/support/virtual_reader.py) behind OpenSC's module: its keys
// were made on it, 9A (identifier 01) signs and 9D (03) agrees.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "card/card.h"
#include "crypto/agreement.h"
#include "storage/file.h"
#include "x509/cms_envelope.h"
#include "x509/sample_network.h"

namespace countersign::card {
namespace {

constexpr const char* kModule = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so";
constexpr const char* kDaemon = "/usr/sbin/pcscd";
constexpr std::string_view kPin = "123456";
constexpr std::string_view kSigning = "01";
constexpr std::string_view kAgreement = "03";

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  return std::getline(in, line) ? line : "";
}

// The reader with its card, until it goes.
class VirtualReader {
 public:
  explicit VirtualReader(const std::filesystem::path& folder) {
    const std::string command = "python3 " COUNTERSIGN_TEST_SUPPORT "/virtual_reader.py " + folder.string() +
                                ' ' + std::string(kPin) + " >" + (folder / "ready").string();
    process_ = popen(command.c_str(), "w");
    for (int i = 0; i < 1000 && socket_.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      socket_ = first_line(folder / "ready");
    }
    setenv("PCSCLITE_CSOCK_NAME", socket_.c_str(), 1);
  }
  ~VirtualReader() {
    if (process_ != nullptr) pclose(process_);
  }
  VirtualReader(const VirtualReader&) = delete;
  VirtualReader& operator=(const VirtualReader&) = delete;
  bool is_ready() const { return !socket_.empty(); }

 private:
  FILE* process_ = nullptr;
  std::string socket_;
};

class PivCardTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(kModule) && std::filesystem::exists(kDaemon))
        << "needs opensc, pcscd and vsmartcard-vpcd (scripts/bootstrap test)";
    // The PC/SC library looks its socket's name up once in a process: all cases use the same folder.
    folder_ = std::filesystem::path(testing::TempDir()) / ("piv-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    reader_ = std::make_unique<VirtualReader>(folder_);
    ASSERT_TRUE(reader_->is_ready());
    insert();
  }
  void TearDown() override {
    card_.reset();
    reader_.reset();
    std::filesystem::remove_all(folder_);
  }
  // Opens the card anew, as a new process does; the card is powered as soon as the virtual reader notices it.
  void insert() {
    card_.reset();
    const Pkcs11Options options{.module_path = kModule,
                                .token_label = "",
                                .tries_file = "",
                                .certificates_folder = folder_ / "certificates"};
    auto opened = open_pkcs11_card(options);
    for (int i = 0; i < 1200 && !opened; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      opened = open_pkcs11_card(options);
    }
    ASSERT_TRUE(opened) << opened.error().detail;
    card_ = std::move(opened).value();
  }
  Result<crypto::SecretBytes> agree(std::string_view id, const crypto::PublicKey& peer) {
    return crypto::agree(card_->private_key(id).value(), peer);
  }
  crypto::PublicKey key(std::string_view id) { return card_->private_key(id).value().public_key(); }
  // As after an enrolment: both keys have a certificate of the network.
  void enrol() {
    ASSERT_TRUE(card_->log_in(secret(kPin)));
    const auto signing =
        network_.certify_purchaser(x509::Role::kPurchaser, key(kSigning), x509::KeyOrigin::kHolder);
    ASSERT_TRUE(card_->store_certificate(kSigning, signing));
    agreement_ = network_.certify_purchaser(x509::Role::kPurchaserAgreement, key(kAgreement),
                                            x509::KeyOrigin::kHolder);
    ASSERT_TRUE(card_->store_certificate(kAgreement, *agreement_));
  }

  std::filesystem::path folder_;
  std::unique_ptr<VirtualReader> reader_;
  std::unique_ptr<Card> card_;
  x509::SampleNetwork network_;
  std::optional<x509::Certificate> agreement_;
  const Bytes message_ = to_bytes("an order");
};

TEST_F(PivCardTest, OffersTheKeysThatWereMadeOnIt) {
  EXPECT_TRUE(card_->info().tamper_resistant);
  EXPECT_TRUE(card_->info().counts_tries);
  EXPECT_EQ(card_->generate_key(KeyUse::kSigning).error().code, ErrorCode::kUnauthenticated);
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  EXPECT_EQ(card_->generate_key(KeyUse::kSigning).value(), kSigning);
  EXPECT_EQ(card_->generate_key(KeyUse::kAgreement).value(), kAgreement);
  EXPECT_TRUE(card_->certificates().value().empty());
}

TEST_F(PivCardTest, SignsWithOneKeyAndAgreesWithTheOther) {
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  const auto signature = card_->private_key(kSigning).value().sign(message_);
  ASSERT_TRUE(signature) << signature.error().detail;
  EXPECT_TRUE(key(kSigning).verify(message_, signature.value()));
  const auto peer = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto shared = agree(kAgreement, peer.public_key());
  ASSERT_TRUE(shared) << shared.error().detail;
  EXPECT_TRUE(equal_secrets(shared.value(), crypto::agree(peer, key(kAgreement)).value()));
}

TEST_F(PivCardTest, UsesNeitherKeyForTheOther) {
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  EXPECT_FALSE(card_->private_key(kAgreement).value().sign(message_));
  EXPECT_FALSE(agree(kSigning, crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key()));
}

TEST_F(PivCardTest, SaysWhichKeySigns) {
  EXPECT_EQ(card_->can_sign(kSigning).error().code, ErrorCode::kUnauthenticated);
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  EXPECT_TRUE(card_->can_sign(kSigning).value());
  EXPECT_FALSE(card_->can_sign(kAgreement).value());
  EXPECT_EQ(card_->can_sign("07").error().code, ErrorCode::kNotFound);
}

TEST_F(PivCardTest, OpensWhatIsSealedToItsAgreementKeyBeforeThatHasACertificate) {
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  const auto envelope = x509::seal_to_key(key(kAgreement), secret("a certificate")).value();
  const auto agree = x509::agreement_by(card_->private_key(kAgreement).value());
  const auto opened = x509::open_sealed_to_key(key(kAgreement), agree, envelope);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(equal_secrets(opened.value(), secret("a certificate")));
}

TEST_F(PivCardTest, DoesNothingWithoutItsPin) {
  const auto peer = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  EXPECT_FALSE(agree(kAgreement, peer));
  EXPECT_FALSE(card_->private_key(kSigning).value().sign(message_));
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  EXPECT_TRUE(agree(kAgreement, peer));
  card_->log_out();
  EXPECT_FALSE(card_->is_logged_in());
  EXPECT_FALSE(agree(kAgreement, peer));
  EXPECT_FALSE(card_->private_key(kSigning).value().sign(message_));
}

TEST_F(PivCardTest, VerifiesThePinAnewAtEachLogIn) {
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  EXPECT_EQ(card_->log_in(secret("999999")).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(card_->log_in(secret(kPin)));
}

TEST_F(PivCardTest, LocksAfterThreeWrongPins) {
  EXPECT_EQ(card_->log_in(secret("999999")).error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(card_->log_in(secret("999999")).error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(card_->tries_left(), 1);
  EXPECT_FALSE(card_->log_in(secret("999999")));
  EXPECT_EQ(card_->tries_left(), 0);
  EXPECT_EQ(card_->log_in(secret(kPin)).error().code, ErrorCode::kPinLocked);
}

TEST_F(PivCardTest, ChangesItsPin) {
  EXPECT_EQ(card_->change_pin(secret("999999"), secret("654321")).error().code, ErrorCode::kWrongPin);
  ASSERT_TRUE(card_->change_pin(secret(kPin), secret("654321")));
  EXPECT_EQ(card_->log_in(secret(kPin)).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(card_->log_in(secret("654321")));
}

TEST_F(PivCardTest, TakesNoKeysFromOutside) {
  ASSERT_TRUE(card_->log_in(secret(kPin)));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto certificate =
      network_.certify_purchaser(x509::Role::kPurchaser, other.public_key(), x509::KeyOrigin::kHolder);
  EXPECT_EQ(card_->import_key(KeyUse::kSigning, other, certificate).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(card_->store_certificate(kSigning, certificate).error().code, ErrorCode::kConflict);
}

TEST_F(PivCardTest, KeepsCertificatesBesideTheCard) {
  enrol();
  insert();
  const auto stored = card_->certificates();
  ASSERT_TRUE(stored) << stored.error().detail;
  ASSERT_EQ(stored.value().size(), 2U);
  EXPECT_EQ(stored.value()[0].key_id, kSigning);
  EXPECT_EQ(stored.value()[0].use, KeyUse::kSigning);
  EXPECT_EQ(stored.value()[1].key_id, kAgreement);
  EXPECT_EQ(stored.value()[1].use, KeyUse::kAgreement);
  ASSERT_TRUE(card_->remove_key(kSigning));
  EXPECT_EQ(card_->remove_key(kSigning).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(card_->certificates().value().size(), 1U);
}

TEST_F(PivCardTest, PassesOverFilesThatAreNoCertificatesOfItsKeys) {
  enrol();
  const auto files = folder_ / "certificates";
  std::ofstream(files / "01-0000.cer") << "no certificate";
  std::filesystem::create_directory(files / "02-0000.cer");
  std::filesystem::create_symlink(files / "nowhere", files / "02-1111.cer");
  network_.now += std::chrono::hours(1);  // newer than its own
  const auto other = network_.certify_purchaser(
      x509::Role::kPurchaserAgreement, crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key(),
      x509::KeyOrigin::kHolder);
  // Of its own key's name, of a key that it does not have, and of no key's name.
  for (const std::string_view id : {kAgreement, std::string_view("07"), std::string_view("mine")})
    ASSERT_TRUE(storage::write_file(files / (std::string(id) + "-other.cer"), other.der(),
                                    storage::FileMode::kPrivate));
  insert();
  const auto stored = card_->certificates();
  ASSERT_TRUE(stored) << stored.error().detail;
  ASSERT_EQ(stored.value().size(), 2U);
  EXPECT_EQ(stored.value()[0].key_id, kSigning);
  EXPECT_EQ(stored.value()[1].certificate, *agreement_);
}

TEST_F(PivCardTest, OpensWhatIsSealedToItsAgreementKeyAlsoAfterTheCertificateWasRenewed) {
  enrol();
  const x509::Certificate former = *agreement_;
  const auto envelope = x509::seal_to(former, secret("an order")).value();
  network_.now += std::chrono::hours(1);
  enrol();
  const auto stored = card_->certificates().value();
  ASSERT_EQ(stored.size(), 4U);
  EXPECT_EQ(stored[2].certificate, *agreement_);
  EXPECT_EQ(stored[3].certificate, former);
  const auto agree = x509::agreement_by(card_->private_key(kAgreement).value());
  const auto opened = x509::open_sealed_to(stored[3].certificate, agree, envelope);
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(equal_secrets(opened.value(), secret("an order")));
}

TEST_F(PivCardTest, TakesNoDataObjects) {
  enrol();
  EXPECT_EQ(card_->store_data("countersign:personal", secret("Kim Haneul")).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(card_->read_data("countersign:personal").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(card_->remove_data("countersign:personal").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(card_->list_data().error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::card
