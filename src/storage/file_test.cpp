// SPDX-License-Identifier: Apache-2.0
#include "storage/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/random.h"

namespace countersign::storage {
namespace {

namespace fs = std::filesystem;

fs::path new_folder() {
  fs::path folder = fs::path(testing::TempDir()) / crypto::random_token(12);
  fs::create_directory(folder);
  return folder;
}

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

TEST(WriteFile, ReplacesTheWholeFile) {
  const fs::path folder = new_folder();
  const fs::path file = folder / "a.pem";
  ASSERT_TRUE(write_file(file, as_bytes("first and longer"), FileMode::kPublic));
  EXPECT_EQ(mode_of(file), 0644u);
  ASSERT_TRUE(write_file(file, as_bytes("second"), FileMode::kPrivate));
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(read_file(file, 100).value(), to_bytes("second"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST(WriteFile, LeavesNothingBehindWhenItFails) {
  const fs::path folder = new_folder();
  fs::create_directory(folder / "taken");
  EXPECT_FALSE(write_file(folder / "taken", as_bytes("x"), FileMode::kPublic));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  EXPECT_EQ(write_file(folder / "missing" / "x", as_bytes("x"), FileMode::kPublic).error().code,
            ErrorCode::kNotFound);
}

TEST(ReadFile, RefusesWhatIsMissingOrTooLarge) {
  const fs::path file = new_folder() / "x";
  EXPECT_EQ(read_file(file, 10).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(write_file(file, Bytes(11, 1), FileMode::kPrivate));
  EXPECT_EQ(read_file(file, 10).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_file(file, 11).value().size(), 11u);
  EXPECT_FALSE(read_file(file.parent_path(), 1 << 20));
}

TEST(RenameNew, KeepsTheFileThatIsThere) {
  const fs::path folder = new_folder();
  ASSERT_TRUE(write_file(folder / "a", as_bytes("a"), FileMode::kPrivate));
  ASSERT_TRUE(write_file(folder / "b", as_bytes("b"), FileMode::kPrivate));
  EXPECT_EQ(rename_new(folder / "a", folder / "b").error().code, ErrorCode::kConflict);
  EXPECT_EQ(read_file(folder / "b", 10).value(), to_bytes("b"));
  EXPECT_TRUE(rename_new(folder / "a", folder / "c"));
}

TEST(CreatePrivateFile, RefusesANameThatIsTaken) {
  const fs::path file = new_folder() / "x";
  EXPECT_TRUE(create_private_file(file));
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(create_private_file(file).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::storage
