// SPDX-License-Identifier: Apache-2.0
#include "logbook/found_file.h"

#include <gtest/gtest.h>

#include "logbook/testing/test_log.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

class FoundFileTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const Bytes& content) { testing::write(disk_.path(), path, content); }
  const TemporaryFolder disk_;
  LogFolder folder_{disk_.path()};
};

TEST_F(FoundFileTest, ReadsEntriesOfAnyLength) {
  const std::vector<Bytes> entries{Bytes(3, 1), Bytes(), Bytes(300, 2)};
  write("tile/entries/000.p/3", merkle::write_entries(entries));
  const FoundEntries file = find_entries(folder_, {0, 0, 3});
  EXPECT_EQ(file.state, FileState::kWhole);
  ASSERT_TRUE(file.has_all());
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_TRUE(equal(file.entry(i), entries[i]));
}

TEST_F(FoundFileTest, LosesOneEntryAndNotThoseBehindItByAWrongLength) {
  Bytes content = merkle::write_entries(std::vector<Bytes>{Bytes(49, 1), Bytes(49, 2), Bytes(49, 3)});
  content[52] = 17;
  write("tile/entries/000.p/3", content);
  const auto leaves = find_entries(folder_, {0, 0, 3}).leaves();
  ASSERT_EQ(leaves.size(), 3);
  EXPECT_EQ(leaves[0], merkle::leaf_hash(Bytes(49, 1)));
  EXPECT_FALSE(leaves[1]);
  EXPECT_EQ(leaves[2], merkle::leaf_hash(Bytes(49, 3)));
}

struct State {
  const char* name;
  std::size_t octets;
  FileState state;
  std::size_t hashes;
};

TEST_F(FoundFileTest, SaysHowMuchOfATileIsThere) {
  for (const State& row :
       {State{"whole", 96, FileState::kWhole, 3}, State{"torn", 95, FileState::kTorn, 2},
        State{"empty", 0, FileState::kTorn, 0}, State{"too long", 97, FileState::kTooLong, 3},
        State{"far too long", kMaxLogFile + 1, FileState::kTooLong, 0}}) {
    write("tile/0/000.p/3", Bytes(row.octets));
    const FoundTile tile = find_tile(folder_, {0, 0, 3});
    EXPECT_EQ(tile.state, row.state) << row.name;
    EXPECT_EQ(tile.hashes.size(), row.hashes) << row.name;
  }
}

TEST_F(FoundFileTest, TakesAFullTileForThePartialOneThatIsGone) {
  write("tile/0/000", Bytes(8192));
  const FoundTile tile = find_tile(folder_, {0, 0, 3});
  EXPECT_EQ(tile.state, FileState::kWhole);
  EXPECT_TRUE(tile.is_stand_in);
  EXPECT_EQ(tile.hashes.size(), 3);
  EXPECT_EQ(find_tile(folder_, {0, 1, 3}).state, FileState::kMissing);
}

TEST_F(FoundFileTest, TakesTheWiderPartialTileOfTheNewestCheckpointForOneThatIsGone) {
  const testing::TestKeys keys;
  testing::write(disk_.path(), testing::TestLog(keys, 300).files());
  EXPECT_TRUE(find_tile(folder_, {0, 1, 43}).is_stand_in);
  EXPECT_EQ(find_entries(folder_, {0, 1, 43}).places.size(), 43);
  EXPECT_FALSE(find_tile(folder_, {0, 1, 44}).is_stand_in);
  EXPECT_EQ(find_tile(folder_, {0, 1, 45}).state, FileState::kMissing);
}

TEST_F(FoundFileTest, TakesAFolderForNoFile) {
  std::filesystem::create_directories(disk_.path() / "tile/0/000");
  EXPECT_EQ(find_tile(folder_, {0, 0}).state, FileState::kUnreadable);
}

TEST_F(FoundFileTest, ListsPartialTilesByWidth) {
  for (const char* name : {"9", "10", "255", "256", "0", "010", "x", "-3"})
    write(std::string("tile/0/000.p/") + name, {});
  EXPECT_EQ(folder_.partial_widths("tile/0/000"), (std::vector<int>{9, 10, 255}));
  EXPECT_TRUE(folder_.partial_widths("tile/0/001").empty());
}

}  // namespace
}  // namespace countersign::logbook
