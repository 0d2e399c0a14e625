// SPDX-License-Identifier: Apache-2.0
#include "x509/pkcs12.h"

#include <gtest/gtest.h>

#include "x509/issue.h"

namespace countersign::x509 {
namespace {

using crypto::KeyKind;
using crypto::PrivateKey;
using crypto::SecretBytes;

SecretBytes password(std::string_view text) {
  return SecretBytes::copy_of(as_bytes(text));
}

// A key file as an enrolment makes it: two keys of one holder, the CA and the network root.
class KeyFileTest : public testing::Test {
 protected:
  KeyFileTest() {
    const TimePoint now = from_unix_seconds(1'790'000'000);
    const PrivateKey root_key = PrivateKey::generate(KeyKind::kP256);
    const PrivateKey ca_key = PrivateKey::generate(KeyKind::kP256);
    const Certificate root = create_network_root(Name::from_text("O=Network").value(), root_key, now).value();
    const Name subtree = Name::from_text("OU=seoul-1,OU=kr,O=Network").value();
    const Certificate ca =
        create_data_centre_ca({root, root_key}, {subtree, {}, {}, {}}, ca_key.public_key(), now).value();
    for (const Role role : {Role::kPurchaser, Role::kPurchaserAgreement}) {
      const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
      const Name subject = Name::from_text("UID=p1,OU=purchasers,OU=seoul-1,OU=kr,O=Network").value();
      const CertificateOrder order{role, subject, key.public_key(), {}, KeyOrigin::kAuthority, "", "", "",
                                   now,  {}};
      file_.keys.push_back({key, issue_certificate({ca, ca_key}, order).value()});
    }
    file_.authorities = {ca, root};
  }
  KeyFile file_;
};

TEST_F(KeyFileTest, GivesBackKeysWithTheirCertificatesAndTheAuthorities) {
  const Bytes der = make_pkcs12(file_, password("K7QX-93MA"), "Shop").value();
  const KeyFile opened = open_pkcs12(der, password("K7QX-93MA")).value();
  ASSERT_EQ(opened.keys.size(), 2U);
  for (const KeyWithCertificate& item : opened.keys) {
    EXPECT_EQ(item.key.public_key(), item.certificate.public_key());
    EXPECT_TRUE(item.certificate == file_.keys[0].certificate ||
                item.certificate == file_.keys[1].certificate);
    EXPECT_TRUE(
        item.certificate.public_key().verify(as_bytes("text"), item.key.sign(as_bytes("text")).value()));
  }
  EXPECT_EQ(opened.authorities.size(), 2U);
}

TEST_F(KeyFileTest, RefusesAnotherPasswordByName) {
  const Bytes der = make_pkcs12(file_, password("right"), "Shop").value();
  for (const char* wrong : {"wrong", "", "right ", "Right"})
    EXPECT_EQ(open_pkcs12(der, password(wrong)).error().code, ErrorCode::kWrongPassword) << wrong;
}

TEST_F(KeyFileTest, UsesNothingOfAFileWhoseMacDoesNotVerify) {
  const Bytes der = make_pkcs12(file_, password("right"), "Shop").value();
  for (std::size_t i = 100; i + 200 < der.size(); i += 97) {
    Bytes altered = der;
    altered[i] ^= 0x01;
    EXPECT_FALSE(open_pkcs12(altered, password("right"))) << "octet " << i;
  }
  EXPECT_FALSE(open_pkcs12(BytesView(der).first(der.size() - 1), password("right")));
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(open_pkcs12(longer, password("right")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(open_pkcs12(Bytes(70'000), password("right")).error().code, ErrorCode::kTooLarge);
}

TEST_F(KeyFileTest, RefusesAKeyWithoutItsCertificate) {
  KeyFile mixed = file_;
  mixed.keys[0].certificate = mixed.keys[1].certificate;
  const Bytes der = make_pkcs12(mixed, password("right"), "Shop").value();
  EXPECT_EQ(open_pkcs12(der, password("right")).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::x509
