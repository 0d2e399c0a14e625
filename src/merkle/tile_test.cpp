// SPDX-License-Identifier: Apache-2.0
#include "merkle/tile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "crypto/digest.h"
#include "merkle/testing/naive_tree.h"
#include "merkle/testing/vectors.h"

namespace countersign::merkle {
namespace {

using testing::decimal_tree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NaiveTree;
using testing::read_vectors;
using testing::Vector;

constexpr std::uint64_t kLargest = ~std::uint64_t{0};

// NaiveTiles serves the tiles of a tree, and remembers which were asked for.
class NaiveTiles final : public TileSource {
 public:
  explicit NaiveTiles(NaiveTree& tree) : tree_(tree) {}
  Result<std::vector<Hash>> tile(const TileId& tile) override {
    asked.push_back(tile);
    return tree_.tile(tile);
  }
  std::vector<TileId> asked;

 private:
  NaiveTree& tree_;
};

// The tree of decimals.txt, which takes a moment to make.
NaiveTree& large_tree() {
  static NaiveTree tree = decimal_tree(70000);
  return tree;
}

std::vector<Bytes> decimal_entries(std::uint64_t first, std::uint64_t count) {
  std::vector<Bytes> entries;
  for (std::uint64_t i = first; i < first + count; ++i) entries.push_back(to_bytes(std::to_string(i)));
  return entries;
}

TEST(TilePath, IsTheOneOfTlogTiles) {
  for (const Vector& row : read_vectors("tiles.txt", "path")) {
    const bool is_of_entries = row.words.at(1) == "entries";
    const TileId tile{is_of_entries ? 0 : static_cast<int>(row.number(1)), row.number(2),
                      static_cast<int>(row.number(3))};
    const std::string& path = row.words.at(4);
    EXPECT_EQ(is_of_entries ? entries_path(tile) : tile_path(tile), path) << row.why;
    const auto parsed = parse_tile_path(path);
    ASSERT_TRUE(parsed) << row.why;
    EXPECT_EQ(parsed.value(), tile) << row.why;
    EXPECT_EQ(is_entries_path(path), is_of_entries) << row.why;
  }
}

TEST(TilePath, IsReadBackForEveryNumber) {
  for (std::uint64_t number = 1; number != 0; number <<= 1)
    for (const std::uint64_t n : {number - 1, number, number + number / 3, kLargest - number}) {
      const TileId tile{3, n, 7};
      EXPECT_EQ(parse_tile_path(tile_path(tile)).value(), tile) << n;
    }
}

TEST(ParseTilePath, RefusesEveryOtherForm) {
  for (const Vector& row : read_vectors("tiles.txt", "refused-path")) {
    const auto parsed = parse_tile_path(row.words.at(1));
    ASSERT_FALSE(parsed) << row.words.at(1);
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformed);
    EXPECT_FALSE(is_entries_path(row.words.at(1)));
  }
  using namespace std::string_view_literals;
  for (const std::string_view path : {""sv, "tile"sv, "tile/"sv, "tile/0/067\n"sv, " tile/0/067"sv,
                                      "tile/0/067\0"sv, "tile/0/067.p/99999999999999999999"sv})
    EXPECT_FALSE(parse_tile_path(path)) << path;
  EXPECT_FALSE(parse_tile_path("tile/0/" + std::string(1 << 20, '0')));
}

TEST(ParseTilePath, RefusesEachPathWithOneOctetChanged) {
  const std::string path = "tile/1/x001/234.p/17";
  for (std::size_t at = 0; at < path.size(); ++at)
    for (int octet = 0; octet < 256; ++octet) {
      std::string changed = path;
      changed[at] = static_cast<char>(octet);
      const auto parsed = parse_tile_path(changed);
      if (parsed) {
        EXPECT_EQ(tile_path(parsed.value()), changed);  // another tile, in its own form
      }
    }
}

TEST(TileWidth, IsThatOfTlogTiles) {
  for (const Vector& row : read_vectors("tiles.txt", "width")) {
    const std::uint64_t size = row.number(1), full = row.number(3);
    const int level = static_cast<int>(row.number(2)), partial = static_cast<int>(row.number(4));
    if (full != 0) {
      EXPECT_EQ(tile_width(level, 0, size), 256) << row.why;
      EXPECT_EQ(tile_width(level, full - 1, size), 256) << row.why;
    }
    EXPECT_EQ(tile_width(level, full, size), partial) << row.why;
    EXPECT_EQ(tile_width(level, full + 1, size), 0) << row.why;
  }
}

TEST(TileWidth, KnowsNoTileAtALevelThatNoTreeHas) {
  EXPECT_EQ(tile_width(7, 0, kLargest), 255);
  for (const int level : {-1, 8, 63, 64}) EXPECT_EQ(tile_width(level, 0, kLargest), 0) << level;
  EXPECT_EQ(tile_width(0, kLargest, kLargest), 0);
}

TEST(NewTiles, AreThoseOfAnotherImplementation) {
  for (const Vector& row : read_vectors("tiles.txt", "new")) {
    std::vector<std::string> paths;
    for (const TileId& tile : new_tiles(row.number(1), row.number(2))) paths.push_back(tile_path(tile));
    EXPECT_EQ(paths, std::vector<std::string>(row.words.begin() + 3, row.words.end())) << row.why;
  }
}

TEST(NewTiles, AreAllThatATreeHasAndNoOthers) {
  for (const std::uint64_t size : {1, 255, 256, 257, 1000, 65535, 65536, 65537, 70000}) {
    const std::vector<TileId> tiles = new_tiles(0, size);
    const std::set<TileId> once(tiles.begin(), tiles.end());
    EXPECT_EQ(once.size(), tiles.size());
    EXPECT_TRUE(std::is_sorted(tiles.begin(), tiles.end()));
    for (int level = 0; level < 4; ++level)
      for (std::uint64_t number = 0; number < 300; ++number) {
        const int width = tile_width(level, number, size);
        ASSERT_EQ(once.count({level, number, width}), width == 0 ? 0U : 1U)
            << size << " " << level << " " << number;
      }
  }
}

TEST(NewTiles, AreNoneOfASmallerTree) {
  EXPECT_THAT(new_tiles(5, 4), ElementsAre());
  EXPECT_THAT(new_tiles(kLargest, 4), ElementsAre());
  EXPECT_THAT(new_tiles(kLargest - 1, kLargest), ElementsAre(TileId{0, kLargest >> 8, 255}));
}

TEST(WriteTile, AgreesWithAnotherImplementation) {
  NaiveTree& tree = large_tree();
  for (const Vector& row : read_vectors("decimals.txt", "tile")) {
    const TileId tile = parse_tile_path(row.words.at(2)).value();
    EXPECT_EQ(tile.width, tile_width(tile.level, tile.number, row.number(1))) << row.why;
    const Bytes bytes = write_tile(tree.tile(tile));
    EXPECT_EQ(bytes.size(), row.number(3)) << row.why;
    EXPECT_EQ(crypto::sha256(bytes), row.hash(4)) << row.why;
    EXPECT_EQ(parse_tile(tile, bytes).value(), tree.tile(tile));
  }
}

TEST(ParseTile, RefusesAnyOtherLength) {
  const TileId tile{0, 0, 3};
  EXPECT_TRUE(parse_tile(tile, Bytes(96)));
  for (const std::size_t length : {0, 1, 64, 95, 97, 128, 8192})
    EXPECT_EQ(parse_tile(tile, Bytes(length)).error().code, ErrorCode::kMalformed) << length;
  EXPECT_FALSE(parse_tile({0, 0, 0}, {}));
  EXPECT_FALSE(parse_tile({0, 0, -1}, Bytes(32)));
}

TEST(WriteEntries, AgreesWithTlogTiles) {
  for (const Vector& row : read_vectors("decimals.txt", "entries")) {
    const TileId tile = parse_tile_path(row.words.at(2)).value();
    const auto entries = decimal_entries(tile.number * 256, static_cast<std::uint64_t>(tile.width));
    const Bytes bytes = write_entries(entries);
    EXPECT_EQ(bytes.size(), row.number(3)) << row.why;
    EXPECT_EQ(crypto::sha256(bytes), row.hash(4)) << row.why;
    EXPECT_EQ(parse_entries(tile, bytes).value(), entries);
  }
}

TEST(WriteEntries, HasRoomForTheLongestAndForNone) {
  const std::vector<Bytes> entries{Bytes(), Bytes(0xffff, 7), Bytes(256, 1)};
  EXPECT_EQ(parse_entries({0, 0, 3}, write_entries(entries)).value(), entries);
  EXPECT_THROW(write_entries(std::vector<Bytes>{Bytes(0x10000)}), std::length_error);
}

TEST(ParseEntries, RefusesWhatIsNotExactlyThatMany) {
  const TileId tile{0, 0, 3};
  const Bytes bytes = write_entries(decimal_entries(9, 3));
  EXPECT_TRUE(parse_entries(tile, bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_EQ(parse_entries(tile, BytesView(bytes).first(length)).error().code, ErrorCode::kMalformed)
        << length;
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THAT(parse_entries(tile, longer).error().detail, HasSubstr("tile/entries/000.p/3: something after"));
  EXPECT_FALSE(parse_entries({0, 0, 2}, bytes));
  EXPECT_FALSE(parse_entries({0, 0, 4}, bytes));
  EXPECT_FALSE(parse_entries({0, 0, 0}, {}));
}

TEST(HashInTile, IsThatOfTheTree) {
  NaiveTree& tree = large_tree();
  for (const std::uint64_t size : {300U, 70000U})
    for (const TileId& tile : new_tiles(size == 300 ? 0 : 69000, size)) {
      const std::vector<Hash> hashes = tree.tile(tile);
      for (int inside = 0; inside <= 8; ++inside)
        for (std::uint64_t i = 0; i < (256U >> inside); ++i) {
          const NodeId node{tile.level * 8 + inside, (tile.number << (8 - inside)) + i};
          const auto hash = hash_in_tile(tile, hashes, node);
          const bool is_whole = ((i + 1) << inside) <= static_cast<std::uint64_t>(tile.width);
          ASSERT_EQ(hash.has_value(), is_whole);
          if (is_whole) {
            ASSERT_EQ(hash.value(), tree.hash(node));
          } else {
            ASSERT_EQ(hash.error().code, ErrorCode::kNotFound);
          }
        }
    }
}

TEST(HashInTile, RefusesANodeOfAnotherTile) {
  const std::vector<Hash> hashes(256);
  for (const NodeId& node : {NodeId{8, 0}, NodeId{7, 0}, NodeId{17, 0}, NodeId{8, 256}, NodeId{9, 128},
                             NodeId{16, 1}, NodeId{-1, 0}, NodeId{63, 0}, NodeId{8, kLargest}}) {
    const auto hash = hash_in_tile({1, 0}, hashes, node);
    EXPECT_EQ(hash.has_value(), node == (NodeId{8, 0})) << node.level << "/" << node.index;
    if (!hash) {
      EXPECT_EQ(hash.error().code, ErrorCode::kNotFound);
    }
  }
}

TEST(TileOf, IsWhereTheNodeStands) {
  EXPECT_EQ(tile_of({0, 0}, 70000), (TileId{0, 0, 256}));
  EXPECT_EQ(tile_of({0, 69999}, 70000), (TileId{0, 273, 112}));
  EXPECT_EQ(tile_of({4, 4373}, 70000), (TileId{0, 273, 112}));
  EXPECT_EQ(tile_of({8, 272}, 70000), (TileId{1, 1, 17}));
  EXPECT_EQ(tile_of({15, 1}, 70000), (TileId{1, 0, 256}));
  EXPECT_EQ(tile_of({16, 0}, 70000), (TileId{2, 0, 1}));
  EXPECT_EQ(tile_of({0, 70144}, 70000), (TileId{0, 274, 0}));
  EXPECT_EQ(tile_of({63, 0}, kLargest), (TileId{7, 0, 255}));
}

TEST(TileHashes, GiveTheRootsAndProofsOfAnotherImplementation) {
  NaiveTree& tree = large_tree();
  NaiveTiles tiles(tree);
  for (const Vector& row : read_vectors("decimals.txt", "root")) {
    TileHashes source(tiles, row.number(1));
    EXPECT_EQ(root_of(source, row.number(1)).value(), row.hash(2)) << row.why;
  }
  for (const Vector& row : read_vectors("decimals.txt", "inclusion")) {
    const std::uint64_t index = row.number(1), size = row.number(2);
    TileHashes source(tiles, size);
    const auto proof = prove_inclusion(source, index, size).value();
    EXPECT_EQ(proof, row.hashes_from(3)) << row.why;
    EXPECT_TRUE(verify_inclusion(testing::decimal_leaf(index), index, size, tree.root(size), proof))
        << row.why;
  }
  for (const Vector& row : read_vectors("decimals.txt", "consistency")) {
    const std::uint64_t old_size = row.number(1), size = row.number(2);
    TileHashes source(tiles, size);
    const auto proof = prove_consistency(source, old_size, size).value();
    EXPECT_EQ(proof, row.hashes_from(3)) << row.why;
    EXPECT_TRUE(verify_consistency(old_size, tree.root(old_size), size, tree.root(size), proof)) << row.why;
  }
}

TEST(TileHashes, GiveEveryProofOfASmallTree) {
  NaiveTree tree = decimal_tree(130);
  NaiveTiles tiles(tree);
  for (std::uint64_t size = 1; size <= 130; ++size) {
    TileHashes source(tiles, size);
    ASSERT_EQ(root_of(source, size).value(), tree.root(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      ASSERT_EQ(prove_inclusion(source, index, size).value(), tree.inclusion(index, size))
          << index << "/" << size;
      ASSERT_EQ(prove_consistency(source, index, size).value(), tree.consistency(index, size))
          << index << "/" << size;
    }
  }
}

TEST(TileHashes, GiveTheProofsAtTheEndsOfTiles) {
  NaiveTree& tree = large_tree();
  NaiveTiles tiles(tree);
  for (const std::uint64_t size : {255U, 256U, 257U, 511U, 512U, 513U, 65279U, 65280U, 65281U, 65535U, 65536U,
                                   65537U, 65791U, 65792U, 65793U, 70000U}) {
    TileHashes source(tiles, size);
    ASSERT_EQ(root_of(source, size).value(), tree.root(size)) << size;
    for (const std::uint64_t place :
         {0U,     1U,     254U,   255U,   256U,   257U,   511U,   512U,   32767U, 32768U, 65279U,
          65280U, 65281U, 65534U, 65535U, 65536U, 65537U, 65791U, 65792U, 69887U, 69888U, 69999U}) {
      if (place >= size) break;
      const auto inclusion = prove_inclusion(source, place, size).value();
      ASSERT_EQ(inclusion, tree.inclusion(place, size)) << place << "/" << size;
      ASSERT_TRUE(verify_inclusion(tree.hash({0, place}), place, size, tree.root(size), inclusion));
      const auto consistency = prove_consistency(source, place, size).value();
      ASSERT_EQ(consistency, tree.consistency(place, size)) << place << "/" << size;
      ASSERT_TRUE(verify_consistency(place, tree.root(place), size, tree.root(size), consistency));
    }
  }
}

TEST(TileHashes, FetchEachTileOnceAndOnlyThoseOfTheProof) {
  NaiveTiles tiles(large_tree());
  TileHashes source(tiles, 70000);
  ASSERT_TRUE(prove_inclusion(source, 1000, 70000));
  // Its own tile, those above it, and at the right edge one of each level.
  EXPECT_THAT(tiles.asked,
              ElementsAre(TileId{0, 3, 256}, TileId{1, 0, 256}, TileId{1, 1, 17}, TileId{0, 273, 112}));
  ASSERT_TRUE(prove_inclusion(source, 1001, 70000));
  EXPECT_EQ(tiles.asked.size(), 4U);
  ASSERT_TRUE(root_of(source, 70000));
  EXPECT_EQ(tiles.asked.size(), 5U);
  EXPECT_EQ(tiles.asked.back(), (TileId{2, 0, 1}));
}

TEST(TileHashes, HaveNoNodeBeyondTheirSize) {
  NaiveTiles tiles(large_tree());
  TileHashes source(tiles, 300);
  for (const NodeId& node :
       {NodeId{0, 300}, NodeId{8, 1}, NodeId{9, 0}, NodeId{-1, 0}, NodeId{64, 0}, NodeId{3, kLargest}})
    EXPECT_EQ(source.hashes(std::vector<NodeId>{node}).error().code, ErrorCode::kNotFound)
        << node.level << "/" << node.index;
  EXPECT_EQ(root_of(source, 301).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(tiles.asked, ElementsAre(TileId{1, 0, 1}, TileId{0, 1, 44}));  // of what there is of 301 leaves
}

// OneTile is a source that answers the same whatever it is asked for.
class OneTile final : public TileSource {
 public:
  explicit OneTile(Result<std::vector<Hash>> answer) : answer_(std::move(answer)) {}
  Result<std::vector<Hash>> tile(const TileId&) override { return answer_; }

 private:
  Result<std::vector<Hash>> answer_;
};

TEST(TileHashes, RefuseATileOfAnotherWidth) {
  for (const std::size_t width : {0, 2, 4, 256}) {
    OneTile tiles(std::vector<Hash>{width, Hash{}});
    TileHashes source(tiles, 3);
    EXPECT_EQ(root_of(source, 3).error().code, ErrorCode::kMalformed) << width;
  }
}

TEST(TileHashes, PassAnErrorOfTheirSourceOnAndAskAgain) {
  OneTile tiles(fail(ErrorCode::kUnavailable, "disk"));
  TileHashes source(tiles, 3);
  EXPECT_EQ(root_of(source, 3).error().code, ErrorCode::kUnavailable);
  tiles = OneTile(std::vector<Hash>(3));
  EXPECT_TRUE(root_of(source, 3));
}

TEST(TileHashes, LeadAwayFromTheCheckpointWhereATileLies) {
  NaiveTree tree = decimal_tree(300);
  const Hash root = tree.root(300);
  NaiveTree lying = decimal_tree(300);
  lying.set({0, 7}, Hash{});
  NaiveTiles tiles(lying);
  TileHashes source(tiles, 300);
  EXPECT_NE(root_of(source, 300).value(), root);
  const auto proof = prove_inclusion(source, 6, 300).value();
  EXPECT_EQ(verify_inclusion(tree.hash({0, 6}), 6, 300, root, proof).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::merkle
