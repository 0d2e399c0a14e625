// SPDX-License-Identifier: Apache-2.0
#include "wallet/enrolment.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

const std::string kId(kEnrolmentId);

class EnrolmentTest : public testing::Test {
 protected:
  Result<EnrolmentView> begin(KeySource source = KeySource::kKeyFile) {
    return world_.enrolments().begin(world_.enrolment_link(), source);
  }
  Result<void> open(std::string_view password = "correct horse", std::string_view pin = "1234") {
    return world_.enrolments().open(kId, secret(password), secret(pin));
  }
  EnrolmentState state() { return take(world_.enrolments().show(kId)).record.state; }

  WalletWorld world_;
};

TEST_F(EnrolmentTest, ShowsTheConsentThatTheMerchantSigned) {
  const auto view = begin();
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view.value().consent.email, "kim@mail.example");
  EXPECT_EQ(view.value().consent.merchant.subject.value_of("CN"), "Demo Shop");
  EXPECT_TRUE(view.value().has_key_file);
  EXPECT_EQ(state(), EnrolmentState::kFetched);
}

TEST_F(EnrolmentTest, ImportsTheKeysAndSignsTheConsentWithThem) {
  ASSERT_TRUE(begin());
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(state(), EnrolmentState::kActive);
  EXPECT_EQ(world_.card.size(), 2U);
  EXPECT_FALSE(world_.card.is_logged_in());
  const auto accepted = x509::verify_signed_document(world_.peers.acceptance, *world_.trade.anchor,
                                                     x509::Role::kPurchaser, world_.clock.now());
  ASSERT_TRUE(accepted) << accepted.error().detail;
  const auto acceptance = take(documents::parse_consent_acceptance(accepted.value().cms.content));
  EXPECT_EQ(acceptance.enrolment, kId);
  EXPECT_EQ(acceptance.consent, crypto::sha256(take(documents::write_consent(world_.peers.consent))));
  EXPECT_EQ(acceptance.agreement_certificate, world_.trade.agreement.certificate.fingerprint());
  const auto identity = find_identity(world_.parties());
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity.value().enrolment.suspension_code, "suspend-me");
}

TEST_F(EnrolmentTest, FetchesTheKeyFileOnceHoweverOftenItBegins) {
  ASSERT_TRUE(begin());
  world_.restart();
  ASSERT_TRUE(begin());
  EXPECT_EQ(world_.peers.key_files_fetched, 1);
  EXPECT_TRUE(open());
}

TEST_F(EnrolmentTest, NamesAFileThatSomebodyElseFetched) {
  world_.peers.key_files_fetched = 1;
  EXPECT_EQ(begin().error().code, ErrorCode::kGone);
}

TEST_F(EnrolmentTest, KeepsTheFileThroughWrongPasswords) {
  ASSERT_TRUE(begin());
  EXPECT_EQ(open("battery staple").error().code, ErrorCode::kWrongPassword);
  EXPECT_EQ(open("correct horse", "9999").error().code, ErrorCode::kWrongPin);
  EXPECT_EQ(state(), EnrolmentState::kFetched);
  EXPECT_TRUE(open());
}

TEST_F(EnrolmentTest, GoesOnAfterTheCardBrokeBetweenTheTwoKeys) {
  ASSERT_TRUE(begin());
  world_.card.fail_imports_after = 1;
  EXPECT_EQ(open().error().code, ErrorCode::kUnavailable);
  world_.card.fail_imports_after = -1;
  world_.restart();
  EXPECT_TRUE(open());
  EXPECT_EQ(world_.card.size(), 2U);
}

TEST_F(EnrolmentTest, CompletesAfterTheAnswerWasLost) {
  ASSERT_TRUE(begin());
  world_.peers.completions_to_lose = 1;
  EXPECT_EQ(open().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(state(), EnrolmentState::kImported);
  world_.restart();
  EXPECT_TRUE(world_.enrolments().complete(kId, secret("1234")));
  EXPECT_EQ(state(), EnrolmentState::kActive);
}

TEST_F(EnrolmentTest, ForgetsTheKeyFileOnceImported) {
  ASSERT_TRUE(begin());
  ASSERT_TRUE(open());
  EXPECT_TRUE(take(world_.store->find_enrolment(kId))->key_file.empty());
  for (const auto& entry : std::filesystem::directory_iterator(world_.folder / "secrets")) {
    EXPECT_EQ(entry.path().filename().string().find("enrolment-"), std::string::npos);
  }
}

TEST_F(EnrolmentTest, MakesKeysOnTheCard) {
  ASSERT_TRUE(begin(KeySource::kCard));
  EXPECT_EQ(world_.peers.key_files_fetched, 0);
  const auto root = hex_encode(world_.trade.root.certificate.fingerprint());
  const auto made = world_.enrolments().make_keys(kId, {"correct horse", root.substr(0, 32)}, secret("1234"));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(state(), EnrolmentState::kActive);
  EXPECT_EQ(take(find_identity(world_.parties())).signing.key_origin(), x509::KeyOrigin::kHolder);
}

TEST_F(EnrolmentTest, MakesTheSameKeysServeASecondTry) {
  ASSERT_TRUE(begin(KeySource::kCard));
  const auto root = hex_encode(world_.trade.root.certificate.fingerprint());
  EXPECT_EQ(world_.enrolments().make_keys(kId, {"wrong", root}, secret("1234")).error().code,
            ErrorCode::kWrongPassword);
  EXPECT_TRUE(world_.enrolments().make_keys(kId, {"correct horse", root}, secret("1234")));
  EXPECT_EQ(world_.card.size(), 2U);
}

TEST_F(EnrolmentTest, RefusesAnotherRootInTheMailThanInTheLink) {
  ASSERT_TRUE(begin(KeySource::kCard));
  const std::string other(64, '0');
  EXPECT_EQ(world_.enrolments().make_keys(kId, {"correct horse", other}, secret("1234")).error().code,
            ErrorCode::kForbidden);
  EXPECT_EQ(world_.enrolments().make_keys(kId, {"correct horse", "ab"}, secret("1234")).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(world_.card.size(), 0U);
}

TEST_F(EnrolmentTest, RefusesAnAuthorityOfAnotherNetwork) {
  const auto link =
      "countersign:enrol?authority=https://127.0.0.1:9443&id=x&token=t&root=" + std::string(64, '0');
  EXPECT_EQ(world_.enrolments().begin(link, KeySource::kKeyFile).error().code, ErrorCode::kForbidden);
}

TEST_F(EnrolmentTest, RefusesAConsentThatAnotherPartySigned) {
  world_.peers.consent_signer = world_.trade.purchaser;
  EXPECT_EQ(begin().error().code, ErrorCode::kWrongRole);
  EXPECT_EQ(world_.peers.key_files_fetched, 0);
}

TEST_F(EnrolmentTest, RefusesAConsentThatNamesAnotherMerchant) {
  world_.peers.consent.merchant.certificate[0] ^= 1;
  EXPECT_EQ(begin().error().code, ErrorCode::kForbidden);
}

// What a key file can hold that it must not.
struct WrongKeyFile {
  std::string name;
  std::function<void(const Trade&, x509::KeyFile&)> change;
  ErrorCode code;
};
class EnrolmentRefusesKeyFile : public EnrolmentTest, public testing::WithParamInterface<WrongKeyFile> {};

TEST_P(EnrolmentRefusesKeyFile, ThatDoesNotBelongTogether) {
  GetParam().change(world_.trade, world_.peers.key_file);
  ASSERT_TRUE(begin());
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, GetParam().code) << opened.error().detail;
  EXPECT_EQ(world_.card.size(), 0U);
  EXPECT_EQ(state(), EnrolmentState::kFetched);
}

const std::string kPurchasers = ",OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo";
const WrongKeyFile kWrongKeyFiles[] = {
    {"AnotherRoot",
     [](const Trade&, x509::KeyFile& file) {
       static const Trade other;
       file.authorities = {other.ca.certificate, other.root.certificate};
     },
     ErrorCode::kForbidden},
    {"NoRoot", [](const Trade& trade, x509::KeyFile& file) { file.authorities = {trade.ca.certificate}; },
     ErrorCode::kForbidden},
    {"NoAgreementKey", [](const Trade&, x509::KeyFile& file) { file.keys.pop_back(); },
     ErrorCode::kMalformed},
    {"TwoSigningKeys",
     [](const Trade& trade, x509::KeyFile& file) {
       const auto second = trade.issue(x509::Role::kPurchaser, "UID=p-1" + kPurchasers);
       file.keys[1] = {second.key, second.certificate};
     },
     ErrorCode::kWrongRole},
    {"TwoHolders",
     [](const Trade& trade, x509::KeyFile& file) {
       const auto second = trade.issue(x509::Role::kPurchaserAgreement, "UID=p-2" + kPurchasers);
       file.keys[1] = {second.key, second.certificate};
     },
     ErrorCode::kConflict},
};
INSTANTIATE_TEST_SUITE_P(Rows, EnrolmentRefusesKeyFile, testing::ValuesIn(kWrongKeyFiles),
                         [](const auto& row) { return row.param.name; });

TEST_F(EnrolmentTest, RefusesKeysThatAnotherMerchantRegistered) {
  const auto other =
      world_.trade.issue(x509::Role::kMerchant, "CN=Other,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo",
                         {{}, {"127.0.0.1"}, {"https://127.0.0.1:8444"}});
  world_.peers.consent_signer = other;
  world_.peers.consent.merchant = documents::reference_to(other.certificate);
  ASSERT_TRUE(begin());
  EXPECT_EQ(open().error().code, ErrorCode::kForbidden);
}

TEST_F(EnrolmentTest, RefusesToOpenWhatItDoesNotKnow) {
  EXPECT_EQ(open().error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::wallet
