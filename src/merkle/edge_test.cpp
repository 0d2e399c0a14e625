// SPDX-License-Identifier: Apache-2.0
#include "merkle/edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "merkle/testing/naive_tree.h"
#include "merkle/testing/vectors.h"

namespace countersign::merkle {
namespace {

using testing::decimal_leaf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::NaiveTree;
using testing::read_vectors;
using testing::Vector;
using Partial = std::vector<std::vector<Hash>>;

// What the unfinished tiles of a tree hold.
Partial partial_of(NaiveTree& tree, std::uint64_t size) {
  Partial partial;
  for (int level = 0; level < 8 && size >> (8 * level) != 0; ++level) {
    const std::uint64_t number = size >> (8 * level) >> 8;
    partial.push_back(tree.tile({level, number, tile_width(level, number, size)}));
  }
  return partial;
}

// The first leaf in the reach of an edge that has seen all leaves since `since`.
std::uint64_t reach_begin(std::uint64_t size, std::uint64_t since) {
  const std::uint64_t before_last = size / 256 == 0 ? 0 : (size / 256 - 1) * 256;
  return std::max(before_last, since / 256 * 256);
}

// Some of the leaves [begin, end): all ends, and every so many-th between.
std::vector<std::uint64_t> some_of(std::uint64_t begin, std::uint64_t end, std::uint64_t step) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t i = begin; i < end; i += step) places.push_back(i);
  for (std::uint64_t i = 0; i < 3 && begin + i < end; ++i)
    places.insert(places.end(), {begin + i, end - 1 - i});
  return places;
}

// Everything that an edge says of itself, compared with the tree.
void expect_edge_of(const Edge& edge, NaiveTree& tree, std::uint64_t size, std::uint64_t since,
                    std::uint64_t step = 37) {
  SCOPED_TRACE(::testing::Message() << "size " << size << " since " << since);
  ASSERT_EQ(edge.size(), size);
  ASSERT_EQ(edge.root(), tree.root(size));
  ASSERT_EQ(edge.partial(), partial_of(tree, size));
  const std::uint64_t begin = reach_begin(size, since);
  for (const std::uint64_t index : some_of(begin, size, step))
    ASSERT_EQ(edge.prove_inclusion(index).value(), tree.inclusion(index, size)) << index;
  for (const std::uint64_t old_size : some_of(begin, size + 1, step))
    ASSERT_EQ(edge.prove_consistency(old_size).value(), tree.consistency(old_size, size)) << old_size;
  for (const std::uint64_t index : {begin - 1, begin - 256, begin / 2})
    if (index < begin) {
      const auto proof = edge.prove_inclusion(index);
      ASSERT_FALSE(proof) << index;
      ASSERT_EQ(proof.error().code, ErrorCode::kNotFound);
    }
}

TEST(Edge, BeginsWithTheEmptyTree) {
  const Edge edge;
  EXPECT_EQ(edge.size(), 0U);
  EXPECT_EQ(edge.root(), empty_root());
  EXPECT_THAT(edge.partial(), IsEmpty());
  EXPECT_EQ(edge.prove_inclusion(0).error().code, ErrorCode::kMalformed);
  EXPECT_THAT(edge.prove_consistency(0).value(), IsEmpty());
  EXPECT_EQ(edge.prove_consistency(1).error().code, ErrorCode::kMalformed);
}

TEST(Edge, IsThatOfTheTreeAfterEveryLeaf) {
  NaiveTree tree;
  Edge edge;
  for (std::uint64_t size = 1; size <= 600; ++size) {
    tree.append(decimal_leaf(size - 1));
    edge.append(decimal_leaf(size - 1));
    ASSERT_NO_FATAL_FAILURE(expect_edge_of(edge, tree, size, 0, size <= 130 ? 1 : 37));
  }
}

TEST(Edge, IsRestoredAtEverySizeAndGoesOn) {
  NaiveTree tree = testing::decimal_tree(900);
  for (std::uint64_t size = 0; size <= 600; ++size) {
    auto restored = Edge::restore(size, partial_of(tree, size));
    ASSERT_TRUE(restored) << restored.error().detail;
    Edge& edge = restored.value();
    ASSERT_NO_FATAL_FAILURE(expect_edge_of(edge, tree, size, size, 101));
    for (const std::uint64_t grown : {size + 1, size + 2, (size / 256 + 1) * 256, size + 300}) {
      while (edge.size() < grown) edge.append(tree.hash({0, edge.size()}));
      ASSERT_NO_FATAL_FAILURE(expect_edge_of(edge, tree, edge.size(), size, 101));
    }
  }
}

TEST(Edge, CrossesTheEndOfTheSecondLevel) {
  NaiveTree tree = testing::decimal_tree(66200);
  Edge edge;
  Edge earlier;  // a copy of before, which must not change
  for (std::uint64_t size = 1; size <= 66200; ++size) {
    edge.append(tree.hash({0, size - 1}));
    if (size == 65000) earlier = edge;
    const bool is_near = (size > 65270 && size < 65800) || size > 66190;
    if (!is_near) continue;
    ASSERT_NO_FATAL_FAILURE(expect_edge_of(edge, tree, size, 0, 97));
    if (size % 16 != 0 && size % 256 > 2 && size % 256 < 254) continue;
    auto restored = Edge::restore(size, partial_of(tree, size));
    ASSERT_TRUE(restored);
    ASSERT_NO_FATAL_FAILURE(expect_edge_of(restored.value(), tree, size, size, 97));
    if (size == 66200) continue;
    restored.value().append(tree.hash({0, size}));
    ASSERT_NO_FATAL_FAILURE(expect_edge_of(restored.value(), tree, size + 1, size, 97));
  }
  ASSERT_NO_FATAL_FAILURE(expect_edge_of(earlier, tree, 65000, 0));
}

TEST(Edge, AgreesWithAnotherImplementationAtSeventyThousandLeaves) {
  Edge edge;
  std::map<std::uint64_t, Edge> at;
  for (std::uint64_t i = 0; i < 70000; ++i) {
    edge.append(decimal_leaf(i));
    for (const std::uint64_t size : {255, 256, 257, 65535, 65536, 65537, 65792, 70000})
      if (edge.size() == size) at[size] = edge;
  }
  for (const Vector& row : read_vectors("decimals.txt", "root"))
    EXPECT_EQ(at.at(row.number(1)).root(), row.hash(2)) << row.why;
  for (const Vector& row : read_vectors("decimals.txt", "inclusion")) {
    const auto proof = at.at(row.number(2)).prove_inclusion(row.number(1));
    const bool is_in_reach = row.number(1) >= reach_begin(row.number(2), 0);
    ASSERT_EQ(proof.has_value(), is_in_reach) << row.why;
    if (is_in_reach) {
      EXPECT_EQ(proof.value(), row.hashes_from(3)) << row.why;
    }
  }
  for (const Vector& row : read_vectors("decimals.txt", "consistency"))
    if (row.number(1) >= reach_begin(row.number(2), 0)) {
      EXPECT_EQ(at.at(row.number(2)).prove_consistency(row.number(1)).value(), row.hashes_from(3)) << row.why;
    }
}

// A tree of which only the right edge is known: the hashes of all that is finished are made up.
class LargeTree {
 public:
  explicit LargeTree(std::uint64_t size) {
    for (int level = 0; level < 8 && size >> (8 * level) != 0; ++level) {
      const std::uint64_t hashes = size >> (8 * level);
      for (std::uint64_t i = hashes / 256 * 256; i < hashes; ++i)
        tree.set({8 * level, i}, leaf_hash(as_bytes(std::to_string(level) + "/" + std::to_string(i))));
    }
  }
  NaiveTree tree;
};

TEST(Edge, CrossesTheEndsOfLevelsFarAbove) {
  for (const int height : {24, 32, 40, 56, 62}) {
    const std::uint64_t end = std::uint64_t{1} << height;
    const std::uint64_t since = end - 260;
    NaiveTree tree = LargeTree(since).tree;
    Edge edge = Edge::restore(since, partial_of(tree, since)).value();
    for (std::uint64_t size = since + 1; size <= end + 300; ++size) {
      tree.set({0, size - 1}, decimal_leaf(size - 1));
      edge.append(decimal_leaf(size - 1));
      if (size > since + 3 && size + 3 < end && size % 16 != 0) continue;
      ASSERT_NO_FATAL_FAILURE(expect_edge_of(edge, tree, size, since, 101));
    }
  }
}

TEST(Edge, IsRestoredAtTheLargestSize) {
  const std::uint64_t size = (std::uint64_t{1} << 63) - 1;
  NaiveTree tree = LargeTree(size).tree;
  const auto edge = Edge::restore(size, partial_of(tree, size));
  ASSERT_TRUE(edge);
  expect_edge_of(edge.value(), tree, size, size);
  EXPECT_EQ(Edge::restore(size + 1, partial_of(tree, size)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(Edge::restore(~std::uint64_t{0}, Partial(8, std::vector<Hash>(255))).error().code,
            ErrorCode::kMalformed);
}

TEST(EdgeAppend, AnswersEveryTileThatBecameFull) {
  NaiveTree tree = testing::decimal_tree(70000);
  Edge edge;
  std::vector<TileId> full;
  for (std::uint64_t i = 0; i < 70000; ++i) {
    const auto became_full = edge.append(tree.hash({0, i}));
    std::vector<TileId> expected;
    for (const TileId& tile : new_tiles(i, i + 1))
      if (tile.width == 256) expected.push_back(tile);
    ASSERT_EQ(became_full.size(), expected.size()) << i;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      ASSERT_EQ(became_full[k].id, expected[k]);
      ASSERT_EQ(became_full[k].hashes, tree.tile(expected[k]));
    }
  }
}

TEST(EdgeAppend, CanBeTriedOnACopy) {
  NaiveTree tree = testing::decimal_tree(600);
  Edge edge;
  for (std::uint64_t i = 0; i < 200; ++i) edge.append(tree.hash({0, i}));
  for (const std::uint64_t batch : {1U, 55U, 56U, 57U, 128U, 400U}) {
    Edge tried = edge;
    for (std::uint64_t i = 0; i < batch; ++i) tried.append(leaf_hash(as_bytes("dropped")));
    EXPECT_NE(tried.root(), edge.root());
    expect_edge_of(edge, tree, 200, 0);
    tried = edge;
    for (std::uint64_t i = 200; i < 200 + batch; ++i) tried.append(tree.hash({0, i}));
    expect_edge_of(tried, tree, 200 + batch, 0);
  }
}

TEST(EdgeProofs, ReachTheLastTwoHundredAndFiftySixLeaves) {
  NaiveTree tree = testing::decimal_tree(1100);
  Edge edge = Edge::restore(300, partial_of(tree, 300)).value();
  for (std::uint64_t size = 301; size <= 1100; ++size) {
    edge.append(tree.hash({0, size - 1}));
    const std::uint64_t oldest = std::max<std::uint64_t>(300, size - 256);
    const auto proof = edge.prove_inclusion(oldest);
    ASSERT_TRUE(proof) << size;
    ASSERT_TRUE(verify_inclusion(tree.hash({0, oldest}), oldest, size, edge.root(), proof.value()));
    const auto consistency = edge.prove_consistency(oldest);
    ASSERT_TRUE(consistency) << size;
    ASSERT_TRUE(verify_consistency(oldest, tree.root(oldest), size, edge.root(), consistency.value()));
  }
}

TEST(EdgeProofs, AreNoneOfALeafThatIsNotThere) {
  NaiveTree tree = testing::decimal_tree(10);
  const Edge edge = Edge::restore(10, partial_of(tree, 10)).value();
  for (const std::uint64_t index : {std::uint64_t{10}, std::uint64_t{256}, ~std::uint64_t{0}})
    EXPECT_EQ(edge.prove_inclusion(index).error().code, ErrorCode::kMalformed);
  for (const std::uint64_t old_size : {std::uint64_t{11}, std::uint64_t{256}, ~std::uint64_t{0}})
    EXPECT_EQ(edge.prove_consistency(old_size).error().code, ErrorCode::kMalformed);
}

TEST(EdgeHash, KnowsNoNodeOutsideOfItsTiles) {
  NaiveTree tree = testing::decimal_tree(600);
  Edge edge;
  for (std::uint64_t i = 0; i < 600; ++i) edge.append(tree.hash({0, i}));
  for (const NodeId& node : {NodeId{0, 256}, NodeId{7, 2}, NodeId{8, 1}, NodeId{9, 0}, NodeId{6, 8}})
    EXPECT_EQ(edge.hash(node).value(), tree.hash(node)) << node.level << "/" << node.index;
  for (const NodeId& node :
       {NodeId{0, 255}, NodeId{7, 1}, NodeId{0, 600}, NodeId{7, 4}, NodeId{8, 2}, NodeId{10, 0},
        NodeId{-1, 0}, NodeId{64, 0}, NodeId{63, 0}, NodeId{0, ~std::uint64_t{0}}})
    EXPECT_EQ(edge.hash(node).error().code, ErrorCode::kNotFound) << node.level << "/" << node.index;
}

struct WrongPartial {
  const char* name;
  std::uint64_t size;
  std::vector<std::size_t> widths;
};

const WrongPartial kWrongPartials[] = {
    {"a level of the empty tree", 0, {0}},
    {"a leaf of the empty tree", 0, {1}},
    {"no level", 1, {}},
    {"no leaf", 1, {0}},
    {"a leaf too many", 1, {2}},
    {"a level too many", 1, {1, 0}},
    {"a full tile", 256, {256}},
    {"a full tile and its root", 256, {256, 1}},
    {"the second level missing", 256, {0}},
    {"a hash too few at the second level", 70000, {112, 16, 1}},
    {"the third level missing", 70000, {112, 17}},
    {"levels that no tree has", 70000, {112, 17, 1, 0, 0, 0, 0, 0, 0, 0}},
};

TEST(EdgeRestore, RefusesHashesThatAreNotOfThatSize) {
  for (const WrongPartial& row : kWrongPartials) {
    Partial partial;
    for (const std::size_t width : row.widths) partial.emplace_back(width);
    const auto edge = Edge::restore(row.size, partial);
    ASSERT_FALSE(edge) << row.name;
    EXPECT_EQ(edge.error().code, ErrorCode::kMalformed) << row.name;
  }
  EXPECT_TRUE(Edge::restore(70000, {std::vector<Hash>(112), std::vector<Hash>(17), std::vector<Hash>(1)}));
  EXPECT_TRUE(Edge::restore(256, {{}, std::vector<Hash>(1)}));
}

TEST(EdgeRestore, GivesAnotherRootForAnotherHash) {
  NaiveTree tree = testing::decimal_tree(700);
  const Hash root = tree.root(700);
  const Partial partial = partial_of(tree, 700);
  for (std::size_t level = 0; level < partial.size(); ++level)
    for (std::size_t i = 0; i < partial[level].size(); i += 13) {
      Partial changed = partial;
      changed[level][i][5] ^= 1;
      EXPECT_NE(Edge::restore(700, changed).value().root(), root) << level << " " << i;
    }
}

}  // namespace
}  // namespace countersign::merkle
