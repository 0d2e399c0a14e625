// SPDX-License-Identifier: Apache-2.0
#include "authority/log/public_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

class DiskFolderTest : public ::testing::Test {
 protected:
  static unsigned mode_of(const fs::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777;
  }
  std::optional<std::string> read(std::string_view path) {
    const auto content = take(disk_.read(path, 100));
    return content ? std::optional(to_text(*content)) : std::nullopt;
  }
  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "log";
  DiskFolder disk_{path_};
};

TEST_F(DiskFolderTest, WritesForEverybodyWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  take(disk_.write("tile/0/x001/067", as_bytes("hashes")));
  ::umask(before);
  take(disk_.sync());
  EXPECT_EQ(read("tile/0/x001/067"), "hashes");
  EXPECT_EQ(mode_of(path_ / "tile/0/x001/067"), 0644U);
  EXPECT_EQ(mode_of(path_ / "tile/0/x001"), 0755U);
  EXPECT_EQ(mode_of(path_), 0755U);
}

TEST_F(DiskFolderTest, ReplacesAFileAndLeavesNothingBeside) {
  take(disk_.write("checkpoint", as_bytes("one")));
  take(disk_.write("checkpoint", as_bytes("two")));
  EXPECT_EQ(read("checkpoint"), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), fs::directory_iterator()), 1);
}

TEST_F(DiskFolderTest, HasNoFileThatWasNotWritten) {
  EXPECT_EQ(read("checkpoint"), std::nullopt);
  take(disk_.write("checkpoint", as_bytes("one")));
  EXPECT_EQ(read("checkpoint/below"), std::nullopt);
}

TEST_F(DiskFolderTest, ReadsNothingThatIsTooLarge) {
  take(disk_.write("checkpoint", Bytes(101)));
  EXPECT_EQ(disk_.read("checkpoint", 100).error().code, ErrorCode::kTooLarge);
}

TEST_F(DiskFolderTest, RemovesAFolderOrNothing) {
  take(disk_.write("tile/0/000.p/3", as_bytes("hashes")));
  take(disk_.remove("tile/0/000.p"));
  EXPECT_FALSE(fs::exists(path_ / "tile/0/000.p"));
  take(disk_.remove("tile/0/000.p"));
}

TEST_F(DiskFolderTest, CleansAwayWhatAKilledWriterLeft) {
  take(disk_.write("checkpoint", as_bytes("one")));
  take(disk_.hold());
  std::ofstream(path_ / ".checkpoint.abcdef") << "ha";
  take(disk_.clean("checkpoint"));
  EXPECT_FALSE(fs::exists(path_ / ".checkpoint.abcdef"));
  EXPECT_TRUE(fs::exists(path_ / ".lock"));
  EXPECT_EQ(read("checkpoint"), "one");
  take(disk_.clean("tile/nowhere/000"));
}

TEST_F(DiskFolderTest, IsHeldByOneAtATime) {
  auto held = take(disk_.hold());
  DiskFolder other(path_);
  auto waiting = std::async(std::launch::async, [&] { return take(other.hold()); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  held.reset();
  EXPECT_NE(waiting.get(), nullptr);
}

TEST_F(DiskFolderTest, IsNotWaitedForLong) {
  const auto held = take(disk_.hold());
  EXPECT_EQ(DiskFolder(path_).hold().error().code, ErrorCode::kUnavailable);
}

TEST_F(DiskFolderTest, LeavesWhatIsBeingWritten) {
  take(disk_.write("checkpoint", as_bytes("one")));
  auto writing = std::async(std::launch::async, [&] {
    for (int i = 0; i < 300; ++i) take(disk_.write("checkpoint", as_bytes("two")));
  });
  while (writing.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    take(disk_.clean("checkpoint"));
  writing.get();
}

TEST_F(DiskFolderTest, MakesNothingBelowALinkToNowhere) {
  fs::create_symlink(folder_.path() / "nowhere", path_);
  EXPECT_FALSE(disk_.write("tile/0/000", as_bytes("hashes")));
  EXPECT_FALSE(disk_.hold());
}

TEST_F(DiskFolderTest, SaysWhatIsInItsPlace) {
  std::ofstream(folder_.path() / "log") << "a file";
  EXPECT_FALSE(disk_.write("checkpoint", as_bytes("one")));
  EXPECT_FALSE(disk_.hold());
}

}  // namespace
}  // namespace countersign::authority
