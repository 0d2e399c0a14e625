// SPDX-License-Identifier: Apache-2.0
#include "x509/pkcs10.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::x509 {
namespace {

const AlternativeNames kNames{
    {"shop.example"}, {"127.0.0.1"}, {"https://shop.example", "https://127.0.0.1:8443"}};

Name shop_name() {
  return Name::from_text("CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo").value();
}

TEST(Pkcs10, ProvesPossessionAndCarriesTheNamesAskedFor) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const Bytes der = make_pkcs10(shop_name(), kNames, key).value();
  const Pkcs10 request = verify_pkcs10(der).value();
  EXPECT_EQ(request.subject, shop_name());
  EXPECT_EQ(request.key, key.public_key());
  EXPECT_EQ(request.alternative_names, kNames);
}

TEST(Pkcs10, NamesAnAgreementKeyThatCannotSign) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto agreement = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  const Pkcs10 request = verify_pkcs10(make_joint_pkcs10(shop_name(), key, agreement).value()).value();
  EXPECT_EQ(request.key, key.public_key());
  EXPECT_EQ(request.agreement_key, agreement);
  EXPECT_FALSE(verify_pkcs10(make_pkcs10(shop_name(), {}, key).value()).value().agreement_key);
}

TEST(Pkcs10, RefusesAnotherAgreementKeyInThePlaceOfTheOneThatWasSigned) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto named = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  Bytes der = make_joint_pkcs10(shop_name(), key, named).value();
  const auto place = std::search(der.begin(), der.end(), named.spki().begin(), named.spki().end());
  ASSERT_NE(place, der.end());
  std::copy(other.spki().begin(), other.spki().end(), place);
  EXPECT_EQ(verify_pkcs10(der).error().code, ErrorCode::kSignatureInvalid);
}

TEST(Pkcs10, RefusesEveryBitThatIsNotTheApplicants) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const Bytes der = make_pkcs10(shop_name(), kNames, key).value();
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes altered = der;
    altered[i] ^= 0x01;
    EXPECT_FALSE(verify_pkcs10(altered)) << "octet " << i;
  }
}

TEST(Pkcs10, RefusesWhatIsCutShortOrGoesOn) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  Bytes der = make_pkcs10(shop_name(), {}, key).value();
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(verify_pkcs10(BytesView(der).first(size))) << size;
  der.push_back(0);
  EXPECT_FALSE(verify_pkcs10(der));
  EXPECT_EQ(verify_pkcs10(Bytes(9000)).error().code, ErrorCode::kTooLarge);
}

TEST(Pkcs10, RefusesTheRequestOfAnotherKey) {
  const Bytes one =
      make_pkcs10(shop_name(), {}, crypto::PrivateKey::generate(crypto::KeyKind::kP256)).value();
  const Bytes other =
      make_pkcs10(shop_name(), {}, crypto::PrivateKey::generate(crypto::KeyKind::kP256)).value();
  // The information of one with the signature of the other: both have the same layout up to the signature's
  // length.
  Bytes mixed(one.begin(), one.end() - 72);
  mixed.insert(mixed.end(), other.end() - 72, other.end());
  EXPECT_FALSE(verify_pkcs10(mixed));
}

}  // namespace
}  // namespace countersign::x509
