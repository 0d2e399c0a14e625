// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/openssl.h"
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

PrivateKey ed25519_of(std::string_view seed) {
  Bytes pkcs8 = hex_decode("302e020100300506032b657004220420").value();  // RFC 8410 §7
  const Bytes octets = hex_decode(seed).value();
  pkcs8.insert(pkcs8.end(), octets.begin(), octets.end());
  return PrivateKey::from_pkcs8(SecretBytes(std::move(pkcs8))).value();
}

TEST(Ed25519Key, SignsTheExamplesOfRfc8032) {
  struct Row {
    const char* seed;
    const char* key;
    const char* message;
    const char* signature;
  };
  const Row rows[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
                      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}};
  for (const Row& row : rows) {
    const PrivateKey key = ed25519_of(row.seed);
    EXPECT_EQ(hex_encode(ed25519_octets(key.public_key())), row.key);
    const Bytes message = hex_decode(row.message).value();
    EXPECT_EQ(hex_encode(key.sign(message).value()), row.signature);
  }
}

// OpenSSL and the library that signs are two implementations of one algorithm, which leaves nothing to
// chance.
TEST(Ed25519Key, SignsAsOpensslDoes) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kEd25519);
  for (const std::size_t size : {0, 1, 111, 112, 4'096}) {
    const Bytes message(size, 0x61);
    Bytes by_openssl(kEd25519SignatureSize);
    std::size_t length = by_openssl.size();
    const EvpDigestContext context(EVP_MD_CTX_new());
    ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.native()), 1);
    ASSERT_EQ(EVP_DigestSign(context.get(), by_openssl.data(), &length, message.data(), size), 1);
    EXPECT_EQ(key.sign(message).value(), by_openssl) << size;
  }
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
