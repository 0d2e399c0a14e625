// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_wrap.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace countersign::crypto {
namespace {

SecretBytes secret(std::string_view hex) {
  return SecretBytes(hex_decode(hex).value());
}

// RFC 3394 §4.6.
constexpr std::string_view kWrapping = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kKey = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kWrapped =
    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";

TEST(WrapKey, AgreesWithTheVectorOfRfc3394) {
  EXPECT_EQ(hex_encode(wrap_key(secret(kWrapping), secret(kKey))), kWrapped);
  const auto key = unwrap_key(secret(kWrapping), hex_decode(kWrapped).value());
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_TRUE(equal_secrets(key.value(), secret(kKey)));
}

TEST(WrapKey, RefusesWhatWasAlteredInAnyBit) {
  for (std::size_t bit = 0; bit < 8 * kWrappedKeySize; ++bit) {
    Bytes wrapped = hex_decode(kWrapped).value();
    wrapped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(unwrap_key(secret(kWrapping), wrapped).error().code, ErrorCode::kMalformed) << bit;
  }
}

TEST(WrapKey, RefusesAnotherKeyAndAnotherSize) {
  const Bytes wrapped = hex_decode(kWrapped).value();
  EXPECT_FALSE(unwrap_key(secret(kKey), wrapped));
  EXPECT_FALSE(unwrap_key(secret(kWrapping), BytesView(wrapped).first(32)));
  EXPECT_FALSE(unwrap_key(secret(kWrapping), {}));
  EXPECT_THROW(wrap_key(secret("00"), secret(kKey)), std::invalid_argument);
  EXPECT_THROW(wrap_key(secret(kWrapping), secret("00")), std::invalid_argument);
}

}  // namespace
}  // namespace countersign::crypto
