// SPDX-License-Identifier: Apache-2.0
#include "crypto/agreement.h"

#include <gtest/gtest.h>

namespace countersign::crypto {
namespace {

// PKCS#8 of a P-256 scalar, up to the scalar.
constexpr std::string_view kPkcs8Prefix =
    "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";

PrivateKey private_key(std::string_view scalar) {
  const SecretBytes der(hex_decode(std::string(kPkcs8Prefix) + std::string(scalar)).value());
  return PrivateKey::from_pkcs8(der).value();
}

std::string text_of(const Result<SecretBytes>& secret) {
  return secret ? hex_encode(secret.value().reveal(SecretAccess{})) : secret.error().detail;
}

TEST(Agree, AgreesWithTheVectorOfRfc5903OnBothSides) {
  const PrivateKey one = private_key("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
  const PrivateKey other = private_key("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");
  const std::string shared = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";
  EXPECT_EQ(text_of(agree(one, other.public_key())), shared);
  EXPECT_EQ(text_of(agree(other, one.public_key())), shared);
}

TEST(Agree, RefusesKeysThatAreNotP256) {
  const PrivateKey p256 = PrivateKey::generate(KeyKind::kP256);
  const PrivateKey ed25519 = PrivateKey::generate(KeyKind::kEd25519);
  EXPECT_EQ(agree(p256, ed25519.public_key()).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(agree(ed25519, p256.public_key()).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::crypto
