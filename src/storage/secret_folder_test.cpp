// SPDX-License-Identifier: Apache-2.0
#include "storage/secret_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "crypto/random.h"

namespace countersign::storage {
namespace {

namespace fs = std::filesystem;

fs::path new_path() {
  return fs::path(testing::TempDir()) / crypto::random_token(12);
}

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

TEST(SecretFolder, KeepsAKeyUnderItsName) {
  const fs::path path = new_path();
  const auto created = SecretFolder::open(path).value().create("enrolment-1", 32);
  ASSERT_TRUE(created);
  EXPECT_EQ(mode_of(path), 0700u);
  EXPECT_EQ(mode_of(path / "enrolment-1"), 0600u);
  const auto loaded = SecretFolder::open(path).value().load("enrolment-1");
  EXPECT_TRUE(crypto::equal_secrets(created.value(), loaded.value()));
  EXPECT_EQ(loaded.value().size(), 32u);
}

TEST(SecretFolder, NeverReplacesAKey) {
  const auto folder = SecretFolder::open(new_path()).value();
  ASSERT_TRUE(folder.create("key", 32));
  EXPECT_EQ(folder.create("key", 32).error().code, ErrorCode::kConflict);
  EXPECT_EQ(folder.load_or_create("key", 16).error().code, ErrorCode::kConflict);
}

TEST(SecretFolder, ForgetsAKeyForGood) {
  const fs::path path = new_path();
  const auto folder = SecretFolder::open(path).value();
  ASSERT_TRUE(folder.create("key", 32));
  fs::create_hard_link(path / "key", path / "other");  // shows what becomes of the bytes
  ASSERT_TRUE(folder.destroy("key"));
  EXPECT_EQ(folder.load("key").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(path / "other", 100).value(), Bytes(32, 0));
  EXPECT_TRUE(folder.destroy("key")) << "may be repeated";
}

TEST(SecretFolder, GivesThreadsThatCreateAtOnceTheSameKey) {
  const auto folder = SecretFolder::open(new_path()).value();
  std::vector<crypto::SecretBytes> keys(8);
  std::vector<std::thread> threads;
  for (auto& key : keys) threads.emplace_back([&] { key = folder.load_or_create("key", 32).value(); });
  for (auto& thread : threads) thread.join();
  for (const auto& key : keys) EXPECT_TRUE(crypto::equal_secrets(key, keys.front()));
}

TEST(SecretFolder, RefusesNamesThatCouldLeaveIt) {
  const auto folder = SecretFolder::open(new_path()).value();
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "한"}) {
    EXPECT_EQ(folder.create(name, 32).error().code, ErrorCode::kMalformed) << name;
    EXPECT_EQ(folder.load(name).error().code, ErrorCode::kMalformed) << name;
    EXPECT_EQ(folder.destroy(name).error().code, ErrorCode::kMalformed) << name;
  }
  EXPECT_FALSE(folder.create(std::string(101, 'a'), 32));
}

TEST(SecretFolder, ListsItsKeys) {
  const auto folder = SecretFolder::open(new_path()).value();
  EXPECT_TRUE(folder.names().value().empty());
  ASSERT_TRUE(folder.create("key", 32));
  EXPECT_EQ(folder.names().value(), std::vector<std::string>{"key"});
}

TEST(SecretFolder, RefusesAFolderThatOthersMayEnter) {
  const fs::path path = new_path();
  fs::create_directory(path);
  ::chmod(path.c_str(), 0750);
  EXPECT_EQ(SecretFolder::open(path).error().code, ErrorCode::kForbidden);
  const fs::path link = new_path();
  ::chmod(path.c_str(), 0700);
  fs::create_directory_symlink(path, link);
  EXPECT_EQ(SecretFolder::open(link).error().code, ErrorCode::kForbidden);
}

TEST(SecretFolder, DoesNotFollowALinkInPlaceOfAKey) {
  const fs::path path = new_path();
  const auto folder = SecretFolder::open(path).value();
  ASSERT_TRUE(write_file(path / "real", Bytes(32, 1), FileMode::kPrivate));
  fs::create_symlink(path / "real", path / "key");
  EXPECT_FALSE(folder.load("key"));
  EXPECT_FALSE(folder.destroy("key"));
}

}  // namespace
}  // namespace countersign::storage
