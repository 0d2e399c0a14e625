// SPDX-License-Identifier: Apache-2.0
// What the module makes, read and judged by the `openssl` command; and what `openssl` makes, read by the
// module.
#include <gtest/gtest.h>

#include "x509/crl.h"
#include "x509/pkcs10.h"
#include "x509/pkcs12.h"
#include "x509/sample_network.h"
#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

using crypto::SecretBytes;

class OpenSsl : public testing::Test {
 protected:
  OpenSsl() {
    folder_.write_pem("root.pem", network_.root);
    folder_.write_pem("ca.pem", network_.ca);
  }
  bool verifies(const Certificate& leaf, std::string_view more) const {
    folder_.write_pem("leaf.pem", leaf);
    return folder_.run(
        "openssl verify -x509_strict -check_ss_sig -CAfile root.pem -untrusted ca.pem -attime " +
        std::to_string(unix_seconds(network_.now)) + ' ' + std::string(more) + " leaf.pem");
  }
  bool verifies_as(const Certificate& leaf, Role role) const {
    return verifies(leaf, "-explicit_policy -policy " + std::string(profile_of(role).policy));
  }

  TestNetwork network_;
  ExchangeFolder folder_;
};

TEST_F(OpenSsl, AcceptsEachCertificateInItsOwnRoleAndInNoOther) {
  for (const Profile& held : all_profiles()) {
    if (held.certified_by != Role::kDataCentre) continue;
    const Certificate leaf = network_.issue(held.role);
    for (const Profile& used : all_profiles()) {
      if (used.policy.empty()) continue;
      EXPECT_EQ(verifies_as(leaf, used.role), held.role == used.role)
          << held.name << " as " << used.name << ": " << folder_.output();
    }
  }
}

TEST_F(OpenSsl, AcceptsServersAndClientsForTls) {
  const Certificate merchant = network_.issue(Role::kMerchant);
  EXPECT_TRUE(verifies(merchant, "-purpose sslserver -verify_hostname localhost")) << folder_.output();
  EXPECT_TRUE(verifies(merchant, "-purpose sslserver -verify_ip 127.0.0.1")) << folder_.output();
  EXPECT_TRUE(verifies(merchant, "-purpose sslclient")) << folder_.output();
  EXPECT_FALSE(verifies(network_.issue(Role::kPurchaser), "-purpose sslserver"));
  EXPECT_FALSE(verifies(network_.issue(Role::kConfirmationSigner), "-purpose sslclient"));
}

TEST_F(OpenSsl, RefusesNamesThatTheConstraintsDoNotPermit) {
  Extensions extensions = network_.issue(Role::kMerchant).extensions();
  const Name here = name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_TRUE(verifies(network_.forge(here, extensions), "")) << folder_.output();
  EXPECT_FALSE(verifies(network_.forge(name("CN=x,OU=busan-1,OU=kr,O=Countersign Demo"), extensions), ""));
  extensions.alternative_names = {{"bank.example.com"}, {}, {}};
  EXPECT_FALSE(verifies(network_.forge(here, extensions), ""));
  extensions.alternative_names = {{}, {"192.0.2.1"}, {}};
  EXPECT_FALSE(verifies(network_.forge(here, extensions), ""));
  extensions.alternative_names = {{}, {"::1"}, {}};
  EXPECT_FALSE(verifies(network_.forge(here, extensions), ""));
}

TEST_F(OpenSsl, TakesAnEmptyListOfHostsForNoHostAtAll) {
  NameLimits none = limits_of("OU=seoul-1");
  none.dns.clear();
  none.ip.clear();
  network_.ca = create_data_centre_ca({network_.root, network_.root_key}, none, network_.ca_key.public_key(),
                                      network_.now)
                    .value();
  folder_.write_pem("ca.pem", network_.ca);
  const Name here = name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  Extensions extensions = network_.issue(Role::kPurchaser).extensions();
  EXPECT_TRUE(verifies(network_.forge(here, extensions), "")) << folder_.output();
  for (const AlternativeNames& names :
       {AlternativeNames{{"localhost"}, {}, {}}, AlternativeNames{{}, {"127.0.0.1"}, {}},
        AlternativeNames{{}, {"::1"}, {}}}) {
    extensions.alternative_names = names;
    EXPECT_FALSE(verifies(network_.forge(here, extensions), ""));
  }
}

TEST_F(OpenSsl, ReadsWhatACertificateSays) {
  CertificateOrder order = network_.order(Role::kPurchaser, new_key().public_key());
  order.registered_by = "CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo";
  order.ocsp_url = "http://127.0.0.1:2345/ocsp";
  order.crl_url = "http://127.0.0.1:2345/crl.crl";
  folder_.write_pem("leaf.pem", issue_certificate(network_.issuer(), order).value());
  ASSERT_TRUE(folder_.run("openssl x509 -in leaf.pem -noout -text"));
  for (const char* text : {"Version: 3", "ecdsa-with-SHA256", "Digital Signature, Non Repudiation",
                           "Explicit Text: CN=Shop,OU=merchants", "OCSP - URI:http://127.0.0.1:2345/ocsp",
                           "URI:http://127.0.0.1:2345/crl.crl", "X509v3 Key Usage: critical",
                           "X509v3 Authority Key Identifier", "X509v3 Subject Key Identifier"})
    EXPECT_NE(folder_.output().find(text), std::string::npos) << text << "\n" << folder_.output();
}

TEST_F(OpenSsl, FindsTheRevokedInTheRevocationList) {
  const Certificate good = network_.issue(Role::kMerchant);
  const Certificate bad = network_.issue(Role::kMerchant);
  const RevokedEntry entry{bad.serial(), network_.now, RevocationReason::kKeyCompromise};
  folder_.write("crl.der", sign_crl(network_.issuer(), std::span(&entry, 1), 1, network_.now,
                                    network_.now + std::chrono::hours(1))
                               .value());
  ASSERT_TRUE(folder_.run("openssl crl -inform DER -in crl.der -out crl.pem -CAfile ca.pem"))
      << folder_.output();
  EXPECT_TRUE(verifies(good, "-crl_check -CRLfile crl.pem")) << folder_.output();
  EXPECT_FALSE(verifies(bad, "-crl_check -CRLfile crl.pem"));
  EXPECT_NE(folder_.output().find("certificate revoked"), std::string::npos) << folder_.output();
}

TEST_F(OpenSsl, OpensKeyFilesWithTheirPasswordOnly) {
  const crypto::PrivateKey key = new_key();
  const Certificate certificate = network_.issue(Role::kPurchaser, key.public_key());
  const KeyFile file{{{key, certificate}}, {network_.ca, network_.root}};
  const SecretBytes password = SecretBytes::copy_of(as_bytes("K7QX-93MA"));
  folder_.write("keys.p12", make_pkcs12(file, password, "서울 상점").value());
  ASSERT_TRUE(folder_.run("openssl pkcs12 -in keys.p12 -passin pass:K7QX-93MA -nodes -info"))
      << folder_.output();
  for (const char* text :
       {"PBES2, PBKDF2, AES-256-CBC", "hmacWithSHA256", "MAC: sha256", "BEGIN PRIVATE KEY"})
    EXPECT_NE(folder_.output().find(text), std::string::npos) << text << "\n" << folder_.output();
  EXPECT_FALSE(folder_.run("openssl pkcs12 -in keys.p12 -passin pass:wrong -nodes"));
}

TEST_F(OpenSsl, MakesKeyFilesThatOpenUnlessTheyAreWeak) {
  const crypto::PrivateKey key = new_key();
  const Certificate certificate = network_.issue(Role::kPurchaser, key.public_key());
  folder_.write_key("key.der", key);
  folder_.write_pem("leaf.pem", certificate);
  ASSERT_TRUE(folder_.run("openssl pkey -inform DER -in key.der -out key.pem")) << folder_.output();
  const std::string make =
      "openssl pkcs12 -export -inkey key.pem -in leaf.pem -passout pass:secret -out made.p12 ";
  const SecretBytes password = SecretBytes::copy_of(as_bytes("secret"));
  ASSERT_TRUE(folder_.run(make)) << folder_.output();
  EXPECT_EQ(open_pkcs12(folder_.read("made.p12"), password).value().keys.at(0).certificate, certificate);
  for (const char* weak :
       {"-keypbe PBE-SHA1-3DES", "-certpbe PBE-SHA1-3DES", "-macalg sha1", "-nomac", "-keypbe AES-128-CBC"}) {
    ASSERT_TRUE(folder_.run(make + weak)) << folder_.output();
    EXPECT_EQ(code_of(open_pkcs12(folder_.read("made.p12"), password)), ErrorCode::kUnsupported) << weak;
  }
}

TEST_F(OpenSsl, VerifiesOurRequestsAndMakesOnesThatWeVerify) {
  const Name subject = name("CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  const AlternativeNames names{{"shop.example.kr"}, {"127.0.0.1"}, {"https://shop.example.kr"}};
  folder_.write("ours.der", make_pkcs10(subject, names, new_key()).value());
  EXPECT_TRUE(folder_.run("openssl req -inform DER -in ours.der -verify -noout -text")) << folder_.output();
  EXPECT_NE(folder_.output().find("URI:https://shop.example.kr"), std::string::npos) << folder_.output();

  const std::string request =
      " -nodes -keyout key.pem -outform DER -out theirs.der -utf8 "
      "-subj '/O=Countersign Demo/OU=kr/OU=seoul-1/OU=merchants/CN=Shop' "
      "-addext 'subjectAltName=DNS:shop.example.kr,IP:127.0.0.1,URI:https://shop.example.kr'";
  ASSERT_TRUE(folder_.run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256" + request))
      << folder_.output();
  const Pkcs10 theirs = verify_pkcs10(folder_.read("theirs.der")).value();
  EXPECT_EQ(theirs.subject, subject);
  EXPECT_EQ(theirs.alternative_names, names);
  for (const char* weak : {"rsa:1024", "rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384",
                           "ec -pkeyopt ec_paramgen_curve:secp256k1", "ed25519",
                           "ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit"}) {
    ASSERT_TRUE(folder_.run("openssl req -new -newkey " + std::string(weak) + request)) << folder_.output();
    EXPECT_EQ(code_of(verify_pkcs10(folder_.read("theirs.der"))), ErrorCode::kUnsupported) << weak;
  }
}

TEST_F(OpenSsl, OpensEncryptedPrivateKeys) {
  const crypto::PrivateKey key = new_key();
  const std::string pem = encrypt_private_key(key, SecretBytes::copy_of(as_bytes("passphrase"))).value();
  folder_.write("key.pem", as_bytes(pem));
  EXPECT_TRUE(
      folder_.run("openssl pkey -in key.pem -passin pass:passphrase -pubout -outform DER -out public.der"))
      << folder_.output();
  EXPECT_EQ(folder_.read("public.der"), key.public_key().spki());
  EXPECT_FALSE(folder_.run("openssl pkey -in key.pem -passin pass:wrong -noout"));
}

}  // namespace
}  // namespace countersign::x509
