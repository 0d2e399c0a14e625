// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <gtest/gtest.h>

namespace countersign::crypto {
namespace {

TEST(Sha256, AgreesWithTheExamplesOfFips180) {
  EXPECT_EQ(hex_encode(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfPartsIsThatOfTheirConcatenation) {
  EXPECT_EQ(sha256_of({as_bytes("a"), {}, as_bytes("bc")}), sha256(as_bytes("abc")));
}

TEST(Sha1, AgreesWithTheExampleOfFips180) {
  EXPECT_EQ(hex_encode(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(HmacSha256, AgreesWithTheVectorsOfRfc4231) {
  EXPECT_EQ(hex_encode(hmac_sha256(SecretBytes(Bytes(20, 0x0b)), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_encode(hmac_sha256(SecretBytes::copy_of(as_bytes("Jefe")),
                                   as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(HmacSha256, TakesAnEmptyKeyForAnEmptyKey) {
  const Sha256Digest under_empty = hmac_sha256(SecretBytes(), {});
  EXPECT_EQ(hex_encode(under_empty), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(DeriveKey, AgreesWithTheVectorWithoutSaltOfRfc5869) {
  const SecretBytes key = derive_key(SecretBytes(Bytes(22, 0x0b)), "", 42);
  EXPECT_EQ(hex_encode(key.reveal(SecretAccess{})),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(DeriveKey, GivesOtherKeysForOtherPurposes) {
  const SecretBytes key(Bytes(32, 1));
  EXPECT_FALSE(equal_secrets(derive_key(key, "mail", 32), derive_key(key, "file", 32)));
}

}  // namespace
}  // namespace countersign::crypto
