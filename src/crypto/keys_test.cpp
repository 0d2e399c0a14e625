// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"

namespace countersign::crypto {
namespace {

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

class EachKind : public testing::TestWithParam<KeyKind> {};

TEST_P(EachKind, SignsWhatItsPublicKeyVerifies) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const Bytes signature = key.sign(as_bytes("order")).value();
  const PublicKey decoded = PublicKey::from_spki(key.public_key().spki()).value();
  EXPECT_TRUE(decoded.verify(as_bytes("order"), signature));
  EXPECT_EQ(decoded, key.public_key());
  EXPECT_EQ(code_of(decoded.verify(as_bytes("Order"), signature)), ErrorCode::kSignatureInvalid);
  EXPECT_EQ(code_of(decoded.verify(as_bytes("order"), {})), ErrorCode::kSignatureInvalid);
  const PrivateKey other = PrivateKey::generate(GetParam());
  EXPECT_EQ(code_of(other.public_key().verify(as_bytes("order"), signature)), ErrorCode::kSignatureInvalid);
}

TEST_P(EachKind, RefusesASignatureWithAnyBitFlippedOrByteAdded) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const Bytes signature = key.sign(as_bytes("order")).value();
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes altered = signature;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(key.public_key().verify(as_bytes("order"), altered)) << bit;
  }
  Bytes longer = signature;
  longer.push_back(0);
  EXPECT_FALSE(key.public_key().verify(as_bytes("order"), longer));
}

TEST_P(EachKind, SurvivesPkcs8) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const PrivateKey copy = PrivateKey::from_pkcs8(key.to_pkcs8().value()).value();
  EXPECT_EQ(copy.public_key(), key.public_key());
  EXPECT_TRUE(key.public_key().verify(as_bytes("x"), copy.sign(as_bytes("x")).value()));
}

TEST_P(EachKind, OpensFromItsFileWithTheRightPassphraseOnly) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const SecretBytes passphrase = SecretBytes::copy_of(as_bytes("long passphrase"));
  const std::string pem = encrypt_private_key(key, passphrase).value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
  EXPECT_EQ(decrypt_private_key(pem, passphrase).value().public_key(), key.public_key());
  EXPECT_EQ(code_of(decrypt_private_key(pem, SecretBytes::copy_of(as_bytes("long passphrasE")))),
            ErrorCode::kWrongPassword);
  EXPECT_EQ(code_of(decrypt_private_key(pem, SecretBytes())), ErrorCode::kWrongPassword);
}

INSTANTIATE_TEST_SUITE_P(Keys, EachKind, testing::Values(KeyKind::kP256, KeyKind::kEd25519),
                         [](const auto& kind) { return kind.param == KeyKind::kP256 ? "P256" : "Ed25519"; });

// From RFC 6979 §A.2.5 (message "sample", SHA-256).
TEST(PublicKey, VerifiesTheExampleOfRfc6979) {
  const Bytes spki = hex_decode(
                         "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                         "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                         "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
                         .value();
  const Bytes signature = hex_decode(
                              "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                              "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
                              .value();
  EXPECT_TRUE(PublicKey::from_spki(spki).value().verify(as_bytes("sample"), signature));
}

struct RefusedSpki {
  const char* name;
  const char* hex;
  ErrorCode code;
};

// Made with `openssl ec -pubout` (-conv_form compressed, -param_enc explicit), `openssl genpkey`.
TEST(PublicKey, RefusesOtherCurvesAndOtherEncodings) {
  const RefusedSpki rows[] = {
      {"empty", "", ErrorCode::kUnsupported},
      {"compressed point",
       "3039301306072a8648ce3d020106082a8648ce3d03010703220003"
       "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
       ErrorCode::kUnsupported},
      {"secp256k1",
       "3056301006072a8648ce3d020106052b8104000a03420004"
       "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
       "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
       ErrorCode::kUnsupported},
      {"X25519", "302a300506032b656e032100de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
       ErrorCode::kUnsupported},
      {"not on the curve",
       "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
       "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
       "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462298",
       ErrorCode::kMalformed},
      {"trailing byte",
       "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
       "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
       "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d446229900",
       ErrorCode::kUnsupported}};
  for (const RefusedSpki& row : rows)
    EXPECT_EQ(code_of(PublicKey::from_spki(hex_decode(row.hex).value())), row.code) << row.name;
}

TEST(PrivateKey, RefusesWhatIsNotPkcs8OrIsFollowedByMore) {
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes()));
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes(Bytes(40, 0x30))));
  const SecretBytes der = PrivateKey::generate(KeyKind::kP256).to_pkcs8().value();
  Bytes longer = to_bytes(der.reveal(SecretAccess{}));
  longer.push_back(0);
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes(std::move(longer))));
}

TEST(PrivateKey, RefusesAPublicKeyThatIsNotItsOwn) {
  const SecretBytes der = PrivateKey::generate(KeyKind::kP256).to_pkcs8().value();
  const SecretBytes foreign = PrivateKey::generate(KeyKind::kP256).to_pkcs8().value();
  Bytes mixed = to_bytes(der.reveal(SecretAccess{}));
  const BytesView other = foreign.reveal(SecretAccess{});
  std::copy(other.end() - kP256PointSize, other.end(),
            mixed.end() - kP256PointSize);  // the last field of ECPrivateKey
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes(std::move(mixed))));
}

TEST(DecryptPrivateKey, RefusesFilesThatAreNotEncrypted) {
  EXPECT_EQ(code_of(decrypt_private_key("", SecretBytes())), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(decrypt_private_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                        SecretBytes())),
            ErrorCode::kMalformed);
}

TEST(P256Key, IsMadeOfItsPointAgain) {
  const auto key = PrivateKey::generate(KeyKind::kP256).public_key();
  EXPECT_EQ(p256_key(p256_point(key)).value(), key);
  Bytes point = to_bytes(p256_point(key));
  point.back() ^= 1;
  EXPECT_EQ(p256_key(point).error().code, ErrorCode::kMalformed) << "not on the curve";
  point.front() = 2;
  EXPECT_EQ(p256_key(point).error().code, ErrorCode::kUnsupported) << "compressed";
  point.pop_back();
  EXPECT_EQ(p256_key(point).error().code, ErrorCode::kUnsupported);
}

TEST(Ed25519Key, IsMadeOfItsOctetsAgain) {
  const auto key = PrivateKey::generate(KeyKind::kEd25519).public_key();
  Bytes octets = to_bytes(ed25519_octets(key));
  ASSERT_EQ(octets.size(), kEd25519KeySize);
  EXPECT_EQ(ed25519_key(octets).value(), key);
  octets.pop_back();
  EXPECT_EQ(ed25519_key(octets).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(ed25519_key({}).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::crypto
