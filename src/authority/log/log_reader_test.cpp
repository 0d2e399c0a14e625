// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_reader.h"

#include <gtest/gtest.h>

#include "authority/log/testing/test_log.h"

namespace countersign::authority {
namespace {

class ReadLog : public ::testing::Test {
 protected:
  TestLog log_;
};

TEST_F(ReadLog, ProvesEveryEntryInEveryTreeOfASmallLog) {
  log_.append(20);
  for (std::uint64_t size = 1; size <= 20; ++size)
    for (std::uint64_t index = 0; index < size; ++index)
      EXPECT_EQ(take(log_.reader->prove_inclusion(index, size)), log_.tree.inclusion(index, size));
}

TEST_F(ReadLog, ProvesAcrossTilesOfSeveralLevels) {
  log_.append(66'000);
  for (const std::uint64_t size : {256, 257, 511, 512, 1000, 65'535, 65'536, 65'537, 65'792, 66'000}) {
    EXPECT_EQ(take(log_.reader->root_at(size)), log_.tree.root(size)) << size;
    for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{255}, size / 2, size - 1}) {
      EXPECT_EQ(take(log_.reader->prove_inclusion(index, size)), log_.tree.inclusion(index, size))
          << index << " in " << size;
    }
    for (const std::uint64_t old_size :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256}, size / 3, size})
      EXPECT_EQ(take(log_.reader->prove_consistency(old_size, size)), log_.tree.consistency(old_size, size))
          << old_size << " to " << size;
  }
}

TEST_F(ReadLog, GivesTilesAndEntriesAtEachWidthThatTheyHad) {
  log_.append(600);
  for (const merkle::TileId& tile :
       {merkle::TileId{0, 0, 256}, {0, 0, 7}, {0, 2, 88}, {0, 2, 1}, {1, 0, 2}, {1, 0, 1}})
    EXPECT_EQ(take(log_.reader->tile_file(tile)), merkle::write_tile(log_.tree.tile(tile)))
        << merkle::tile_path(tile);
  const merkle::TileId tile{0, 2, 88};
  const auto entries = take(merkle::parse_entries(tile, take(log_.reader->entries_file(tile))));
  EXPECT_EQ(entries.front(), to_bytes(BytesView(sample_entry(512))));
  EXPECT_EQ(entries.back(), to_bytes(BytesView(sample_entry(599))));
}

TEST_F(ReadLog, HasNothingBeyondItsEnd) {
  log_.append(300);
  EXPECT_EQ(log_.reader->root_at(301).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log_.reader->prove_inclusion(0, 301).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log_.reader->prove_inclusion(300, 300).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(log_.reader->prove_consistency(300, 301).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log_.reader->prove_consistency(2, 1).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(log_.reader->tile_file({0, 1, 45}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log_.reader->tile_file({1, 0, 2}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log_.reader->entries_file({0, 2, 1}).error().code, ErrorCode::kNotFound);
}

TEST_F(ReadLog, KeepsTheLargestWitnessedCheckpoint) {
  EXPECT_FALSE(take(log_.reader->witnessed()));
  take(log_.reader->keep_witnessed({5, "five"}));
  take(log_.reader->keep_witnessed({9, "nine"}));
  take(log_.reader->keep_witnessed({7, "seven"}));
  EXPECT_EQ(take(log_.reader->witnessed()), (LogCheckpoint{9, "nine"}));
  take(log_.reader->keep_witnessed({9, "nine, by more"}));
  EXPECT_EQ(take(log_.reader->witnessed()), (LogCheckpoint{9, "nine, by more"}));
}

TEST(LogReader, FindsNoneBeforeOneWasBegun) {
  TemporaryFolder folder;
  const auto database = take(storage::open_sqlite(folder.path() / "store.db"));
  const auto reader = take(LogReader::open(*database));
  EXPECT_FALSE(take(reader.state()));
  EXPECT_EQ(reader.newest().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(take(reader.size()), 0U);
}

}  // namespace
}  // namespace countersign::authority
