// SPDX-License-Identifier: Apache-2.0
#include "x509/crl.h"

#include <gtest/gtest.h>

#include "x509/der.h"

namespace countersign::x509 {
namespace {

const TimePoint kNow = from_unix_seconds(1'790'000'000);

Issuer make_issuer() {
  const crypto::PrivateKey root_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const crypto::PrivateKey ca_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const Certificate root = create_network_root(Name::from_text("O=Network").value(), root_key, kNow).value();
  const Name subtree = Name::from_text("OU=seoul-1,O=Network").value();
  return {create_data_centre_ca({root, root_key}, {subtree, {}, {}, {}}, ca_key.public_key(), kNow).value(),
          ca_key};
}

struct ReadCrl {
  Bytes to_be_signed;
  Bytes signature;
  std::vector<Bytes> serials;
};

// Reads what RFC 5280 §5.1 says stands in a CRL, as far as the tests ask.
ReadCrl read(BytesView crl) {
  der::Reader outer = der::read_only(crl, der::Tag::kSequence).value();
  const der::Element information = outer.element(der::Tag::kSequence).value();
  (void)outer.element(der::Tag::kSequence).value();
  ReadCrl result{to_bytes(information.whole), to_bytes(outer.bit_string().value()), {}};
  der::Reader fields(information.contents);
  EXPECT_EQ(fields.small_integer().value(), 1);
  (void)fields.element(der::Tag::kSequence).value();
  (void)fields.element(der::Tag::kSequence).value();
  EXPECT_EQ(fields.time().value(), kNow);
  EXPECT_EQ(fields.time().value(), kNow + Seconds{3600});
  if (!fields.next_is(der::Tag::kSequence)) return result;
  der::Reader revoked = fields.enter(der::Tag::kSequence).value();
  while (!revoked.at_end()) {
    der::Reader entry = revoked.enter(der::Tag::kSequence).value();
    result.serials.push_back(to_bytes(entry.unsigned_integer().value()));
  }
  return result;
}

TEST(Crl, IsSignedByTheCaAndListsEachSerial) {
  const Issuer issuer = make_issuer();
  const std::vector<RevokedEntry> entries{
      {SerialNumber::random(), kNow - Seconds{60}, RevocationReason::kKeyCompromise},
      {SerialNumber::random(), kNow - Seconds{30}, RevocationReason::kCertificateHold},
      {SerialNumber::random(), kNow, RevocationReason::kUnspecified}};
  const ReadCrl crl = read(sign_crl(issuer, entries, 7, kNow, kNow + Seconds{3600}).value());
  EXPECT_TRUE(issuer.certificate.public_key().verify(crl.to_be_signed, crl.signature));
  ASSERT_EQ(crl.serials.size(), entries.size());
  for (const RevokedEntry& entry : entries)
    EXPECT_NE(std::find(crl.serials.begin(), crl.serials.end(), entry.serial.bytes()), crl.serials.end());
}

TEST(Crl, MayListNothing) {
  const Issuer issuer = make_issuer();
  EXPECT_TRUE(read(sign_crl(issuer, {}, 0, kNow, kNow + Seconds{3600}).value()).serials.empty());
}

TEST(Crl, RefusesANegativeNumberAndTimesInTheWrongOrder) {
  const Issuer issuer = make_issuer();
  EXPECT_FALSE(sign_crl(issuer, {}, -1, kNow, kNow + Seconds{3600}));
  EXPECT_FALSE(sign_crl(issuer, {}, 1, kNow, kNow));
}

TEST(RevocationReason, HasTheNamesOfRfc5280) {
  EXPECT_EQ(reason_name(RevocationReason::kKeyCompromise), "keyCompromise");
  EXPECT_EQ(reason_of_name("certificateHold"), RevocationReason::kCertificateHold);
  EXPECT_EQ(reason_of_name("removeFromCRL"), std::nullopt);
  EXPECT_EQ(reason_of_name(""), std::nullopt);
}

}  // namespace
}  // namespace countersign::x509
