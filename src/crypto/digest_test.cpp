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

struct HkdfVector {
  const char* name;
  const char* key;
  const char* salt;
  const char* info;
  const char* derived;
};

// RFC 5869 appendix A.1 and A.2, made by the RFC's authors.
constexpr HkdfVector kHkdfVectors[] = {
    {"basic", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"longer inputs and outputs",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
     "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
     "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
     "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
     "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
};

TEST(DeriveKey, AgreesWithTheVectorsWithSaltOfRfc5869) {
  for (const HkdfVector& vector : kHkdfVectors) {
    const SecretBytes key(hex_decode(vector.key).value());
    const std::string info = to_text(hex_decode(vector.info).value());
    const Bytes expected = hex_decode(vector.derived).value();
    const SecretBytes derived = derive_key(key, hex_decode(vector.salt).value(), info, expected.size());
    EXPECT_EQ(hex_encode(derived.reveal(SecretAccess{})), vector.derived) << vector.name;
  }
}

TEST(DeriveKey, GivesOtherKeysForOtherSalts) {
  const SecretBytes key(Bytes(32, 1));
  EXPECT_FALSE(equal_secrets(derive_key(key, as_bytes("one"), "mail", 32),
                             derive_key(key, as_bytes("two"), "mail", 32)));
}

TEST(DeriveKey, GivesOtherKeysForOtherPurposes) {
  const SecretBytes key(Bytes(32, 1));
  EXPECT_FALSE(equal_secrets(derive_key(key, "mail", 32), derive_key(key, "file", 32)));
}

struct HashVector {
  HashAlgorithm algorithm;
  std::string_view name;
  const char* of_abc;  // FIPS 180-4's examples
};
constexpr HashVector kHashVectors[] = {
    {HashAlgorithm::kSha256, "sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {HashAlgorithm::kSha384, "sha-384",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    {HashAlgorithm::kSha512, "sha-512",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
     "454d4423643ce80e2a9ac94fa54ca49f"},
};

TEST(Hash, AgreesWithTheStandardUnderItsName) {
  for (const HashVector& vector : kHashVectors) {
    EXPECT_EQ(hex_encode(hash(vector.algorithm, as_bytes("abc"))), vector.of_abc) << vector.name;
    EXPECT_EQ(hash(vector.algorithm, as_bytes("abc")).size(), hash_size(vector.algorithm));
    EXPECT_EQ(hash_name(vector.algorithm), vector.name);
    EXPECT_EQ(hash_of_name(vector.name), vector.algorithm);
  }
  for (const char* name : {"", "sha-1", "sha256", "SHA-256"}) EXPECT_FALSE(hash_of_name(name)) << name;
}

}  // namespace
}  // namespace countersign::crypto
