// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace countersign::crypto {
namespace {

TEST(Seal, OpensWithTheSameKeyAndContextOnly) {
  const SecretBytes key = random_secret(kSealKeySize);
  for (const std::string_view plain : {"", "key file"}) {
    for (const std::string_view context : {"", "enrolment 1"}) {
      const Bytes sealed = seal(key, as_bytes(plain), context);
      const Result<SecretBytes> opened = open_sealed(key, sealed, context);
      ASSERT_TRUE(opened);
      EXPECT_EQ(as_text(opened.value().reveal(SecretAccess{})), plain);
      EXPECT_FALSE(open_sealed(key, sealed, "enrolment 2"));
      EXPECT_FALSE(open_sealed(random_secret(kSealKeySize), sealed, context));
    }
  }
}

TEST(Seal, NoticesEveryFlippedBitAndMissingByte) {
  const SecretBytes key = random_secret(kSealKeySize);
  const Bytes sealed = seal(key, as_bytes("password"), "mail");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(open_sealed(key, altered, "mail")) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(open_sealed(key, BytesView(sealed).first(size), "mail")) << size;
}

TEST(Seal, NeverMakesTheSameValueTwice) {
  const SecretBytes key = random_secret(kSealKeySize);
  EXPECT_NE(seal(key, as_bytes("x"), ""), seal(key, as_bytes("x"), ""));
}

TEST(Seal, TakesKeysOfOneSizeOnly) {
  EXPECT_THROW(seal(random_secret(16), as_bytes("x"), ""), std::invalid_argument);
  EXPECT_FALSE(open_sealed(random_secret(16), Bytes(40), ""));
}

}  // namespace
}  // namespace countersign::crypto
