// SPDX-License-Identifier: Apache-2.0
#include "storage/passphrase.h"

#include <gtest/gtest.h>

#include "sample/temporary_folder.h"

namespace countersign::storage {
namespace {

TEST(ReadPassphrase, IsTheFirstLineOfAFile) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "passphrase";
  for (const std::string_view text : {"correct horse", "correct horse\n", "correct horse\r\nand more\n"}) {
    ASSERT_TRUE(write_file(file, as_bytes(text), FileMode::kPrivate));
    const auto read = read_passphrase(file);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(equal_secrets(read.value(), crypto::SecretBytes::copy_of(as_bytes("correct horse")))) << text;
  }
}

TEST(ReadPassphrase, RefusesAnEmptyLineAndAFileThatIsNotThere) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "passphrase";
  EXPECT_EQ(read_passphrase(file).error().code, ErrorCode::kNotFound);
  for (const std::string_view text : {"", "\n", "\nsecond"}) {
    ASSERT_TRUE(write_file(file, as_bytes(text), FileMode::kPrivate));
    EXPECT_EQ(read_passphrase(file).error().code, ErrorCode::kMalformed) << text;
  }
}

}  // namespace
}  // namespace countersign::storage
