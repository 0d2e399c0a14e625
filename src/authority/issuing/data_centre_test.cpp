// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/data_centre.h"

#include <gtest/gtest.h>

#include "authority/issuing/network_root.h"
#include "authority/testing/test_authority.h"

namespace countersign::authority {
namespace {

class DataCentreTest : public ::testing::Test {
 protected:
  DataCentreTest() {
    plan.keys.passphrase_file = folder.path() / "passphrase";
    take(storage::write_file(plan.keys.passphrase_file, as_bytes("correct horse\n"),
                             storage::FileMode::kPrivate));
  }
  std::string place(const char* name) { return (folder.path() / "keys" / name).string(); }
  x509::Issuer make_root(const char* network = "Countersign Demo") {
    const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("root passphrase"));
    take(create_root(folder.path() / "root", network, passphrase, clock.now()));
    return take(load_root(folder.path() / "root", passphrase));
  }

  TemporaryFolder folder;
  ManualClock clock;
  DataCentrePlan plan{
      {name_of("OU=seoul-1,OU=kr,O=Countersign Demo"), {"localhost"}, {"localhost"}, {"127.0.0.0/8"}},
      {{"localhost"}, {"127.0.0.1"}, {}},
      "http://127.0.0.1:9080/ocsp",
      "http://127.0.0.1:9080/crl.crl",
      {{},
       place("ca.key"),
       place("ocsp.key"),
       place("confirmation.key"),
       place("tls.key"),
       place("time-stamp.key")},
      folder.path() / "certificates"};
};

TEST_F(DataCentreTest, LoadsWhatItCreated) {
  const auto services = take(create_data_centre(make_root(), plan, {}, clock.now()));
  EXPECT_EQ(services.size(), 4U);
  const auto keys = take(load_authority_keys(plan.keys, plan.certificates, {}, clock.now()));
  EXPECT_EQ(keys.data_centre, plan.limits.subtree);
  EXPECT_EQ(keys.ca.certificate.subject().text(),
            "CN=Certification Authority 1," + plan.limits.subtree.text());
  EXPECT_EQ(keys.tls.chain.size(), 2U) << "CA and root, so that a first contact can pin the root";
  ASSERT_TRUE(keys.time_stamp);
  EXPECT_EQ(keys.time_stamp->certificate.role(), x509::Role::kTimeStamper);
  EXPECT_EQ(keys.time_stamp->chain, std::vector{keys.ca.certificate});
}

TEST_F(DataCentreTest, MakesNoTimeStampsWhereTheirKeyHasNoPlace) {
  plan.keys.time_stamp.clear();
  EXPECT_EQ(take(create_data_centre(make_root(), plan, {}, clock.now())).size(), 3U);
  const auto keys = take(load_authority_keys(plan.keys, plan.certificates, {}, clock.now()));
  EXPECT_FALSE(keys.time_stamp);
}

TEST_F(DataCentreTest, GoesOnWithoutTimeStampsWhereTheirCertificateIsMissingOrOver) {
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  const auto file = plan.certificates / "time-stamp.pem";
  const auto ca = take(load_authority_keys(plan.keys, plan.certificates, {}, clock.now())).ca;
  const auto load = [&] { return load_authority_keys(plan.keys, plan.certificates, {}, clock.now()); };
  x509::CertificateOrder order{.role = x509::Role::kTimeStamper,
                               .subject = name_of("CN=T,OU=authority," + plan.limits.subtree.text()),
                               .key = take(load()).time_stamp->certificate.public_key(),
                               .alternative_names = {},
                               .key_origin = {},
                               .registered_by = {},
                               .ocsp_url = {},
                               .crl_url = {},
                               .not_before = clock.now(),
                               .lifetime = Seconds(60)};
  const auto brief = take(x509::issue_certificate(ca, order));
  take(storage::write_file(file, as_bytes(brief.pem()), storage::FileMode::kPublic));
  EXPECT_TRUE(take(load()).time_stamp);
  clock.advance(Seconds(60));
  EXPECT_FALSE(take(load()).time_stamp);
  std::filesystem::remove(file);
  EXPECT_FALSE(take(load()).time_stamp);
}

TEST_F(DataCentreTest, GoesOnWithoutTimeStampsWhereTheirKeyIsGoneOrAnother) {
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  const auto load = [&] { return load_authority_keys(plan.keys, plan.certificates, {}, clock.now()); };
  for (const std::string& place : {plan.keys.tls, (folder.path() / "nothing.key").string(), std::string()}) {
    plan.keys.time_stamp = place;
    EXPECT_FALSE(take(load()).time_stamp) << place;
  }
}

TEST_F(DataCentreTest, MakesTheKeysOfPublicLogAndWitnessWhereTheyHaveAPlace) {
  plan.keys.log = place("log.key");
  plan.keys.witness = place("witness.key");
  EXPECT_TRUE(is_missing_key_file(plan.keys.log));
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  EXPECT_FALSE(is_missing_key_file(plan.keys.log));
  const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("correct horse"));
  const auto key = take(load_key(plan.keys.log, passphrase, {}));
  EXPECT_EQ(key.public_key().kind(), crypto::KeyKind::kEd25519);
  const auto witness = take(load_key(plan.keys.witness, passphrase, {}));
  EXPECT_EQ(witness.public_key().kind(), crypto::KeyKind::kEd25519);
  EXPECT_FALSE(witness.public_key() == key.public_key());
  EXPECT_FALSE(is_missing_key_file("pkcs11:token=t;object=log"));
}

TEST_F(DataCentreTest, RefusesToCreateASecondOne) {
  const auto root = make_root();
  take(create_data_centre(root, plan, {}, clock.now()));
  EXPECT_EQ(create_data_centre(root, plan, {}, clock.now()).error().code, ErrorCode::kConflict);
}

TEST_F(DataCentreTest, GoesOnAfterAnInterruptedRun) {
  const auto root = make_root();
  take(create_data_centre(root, plan, {}, clock.now()));
  std::filesystem::remove(plan.certificates / "ca.pem");
  take(create_data_centre(root, plan, {}, clock.now()));
  EXPECT_TRUE(load_authority_keys(plan.keys, plan.certificates, {}, clock.now()).has_value());
}

TEST_F(DataCentreTest, RefusesANameOutsideOfTheNetwork) {
  EXPECT_EQ(create_data_centre(make_root("Another Network"), plan, {}, clock.now()).error().code,
            ErrorCode::kNameNotPermitted);
}

TEST_F(DataCentreTest, RefusesAWrongPassphrase) {
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  take(storage::write_file(plan.keys.passphrase_file, as_bytes("wrong\n"), storage::FileMode::kPrivate));
  EXPECT_EQ(load_authority_keys(plan.keys, plan.certificates, {}, clock.now()).error().code,
            ErrorCode::kWrongPassword);
}

TEST_F(DataCentreTest, RefusesCertificatesOfOtherKeys) {
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  std::swap(plan.keys.ocsp, plan.keys.tls);
  EXPECT_EQ(load_authority_keys(plan.keys, plan.certificates, {}, clock.now()).error().code,
            ErrorCode::kConflict);
}

TEST_F(DataCentreTest, RefusesAnEmptyPassphrase) {
  take(storage::write_file(plan.keys.passphrase_file, as_bytes("\n"), storage::FileMode::kPrivate));
  EXPECT_EQ(create_data_centre(make_root(), plan, {}, clock.now()).error().code, ErrorCode::kMalformed);
}

TEST_F(DataCentreTest, LoadsKeysFromATokenByUri) {
  const auto token_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  std::string asked;
  const LoadTokenKey load = [&](std::string_view uri) -> Result<crypto::PrivateKey> {
    asked = uri;
    return token_key;
  };
  plan.keys.ca = "pkcs11:token=authority;object=ca";
  take(create_data_centre(make_root(), plan, load, clock.now()));
  EXPECT_EQ(asked, plan.keys.ca);
  const auto keys = take(load_authority_keys(plan.keys, plan.certificates, load, clock.now()));
  EXPECT_TRUE(keys.ca.key.public_key() == token_key.public_key());
}

TEST_F(DataCentreTest, RefusesASecondRootInTheSameFolder) {
  make_root();
  EXPECT_EQ(
      create_root(folder.path() / "root", "Other", crypto::SecretBytes::copy_of(as_bytes("x")), clock.now())
          .error()
          .code,
      ErrorCode::kConflict);
}

TEST_F(DataCentreTest, KeepsKeysEncryptedAndForTheirOwnerOnly) {
  take(create_data_centre(make_root(), plan, {}, clock.now()));
  const auto pem = take(storage::read_file(plan.keys.ca, 1 << 16));
  EXPECT_NE(as_text(pem).find("BEGIN ENCRYPTED PRIVATE KEY"), std::string_view::npos);
  const auto mode = std::filesystem::status(plan.keys.ca).permissions();
  EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
}

}  // namespace
}  // namespace countersign::authority
