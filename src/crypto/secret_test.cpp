// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace countersign::crypto {
namespace {

TEST(SecretBytes, IsNeitherCopiedNorPrintedByAccident) {
  EXPECT_FALSE(std::is_copy_constructible_v<SecretBytes>);
  EXPECT_FALSE(std::is_copy_assignable_v<SecretBytes>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<SecretBytes>);
  EXPECT_FALSE((std::is_convertible_v<SecretBytes, BytesView>));
}

TEST(SecretBytes, LeavesNothingBehindWhenMovedOrWiped) {
  SecretBytes first = SecretBytes::copy_of(as_bytes("correct horse"));
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(as_text(second.reveal(SecretAccess{})), "correct horse");
  SecretBytes third = SecretBytes::copy_of(as_bytes("other"));
  third = std::move(second);
  EXPECT_EQ(third.size(), 13U);
  third.wipe();
  EXPECT_TRUE(third.empty());
}

TEST(WipeMemory, OverwritesEveryByte) {
  Bytes memory(64, 0xa5);
  wipe(memory);
  EXPECT_EQ(memory, Bytes(64, 0));
}

TEST(EqualSecrets, ComparesContentsAndLength) {
  const SecretBytes a = SecretBytes::copy_of(as_bytes("1234"));
  EXPECT_TRUE(equal_secrets(a, a.clone()));
  EXPECT_FALSE(equal_secrets(a, SecretBytes::copy_of(as_bytes("1235"))));
  EXPECT_FALSE(equal_secrets(a, SecretBytes::copy_of(as_bytes("123"))));
  EXPECT_TRUE(equal_secrets(SecretBytes(), SecretBytes()));
}

}  // namespace
}  // namespace countersign::crypto
