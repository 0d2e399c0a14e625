// SPDX-License-Identifier: Apache-2.0
#include "merkle/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "merkle/testing/naive_tree.h"
#include "merkle/testing/vectors.h"

namespace countersign::merkle {
namespace {

using testing::decimal_tree;
using ::testing::HasSubstr;
using testing::NaiveHashes;
using testing::NaiveTree;
using testing::read_vectors;
using testing::Vector;
using Proof = std::vector<Hash>;

constexpr std::uint64_t kExhaustive = 130;  // sizes up to here are tried with every index and old size
constexpr std::uint64_t kLargestSize = ~std::uint64_t{0};

ErrorCode code_of(const Result<void>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

Hash some_hash(std::string_view seed) {
  return leaf_hash(as_bytes(seed));
}

// The eight leaves of tree.txt.
NaiveTree small_tree() {
  NaiveTree tree;
  for (const Vector& row : read_vectors("tree.txt", "leaf"))
    tree.append(leaf_hash(row.words.at(1) == "-" ? Bytes() : hex_decode(row.words.at(1)).value()));
  return tree;
}

struct Mutation {
  std::string name;
  Proof proof;
};

// Everything that one slip of the hand makes of a proof.
std::vector<Mutation> mutations_of(const Proof& proof) {
  std::vector<Mutation> found;
  const auto add = [&](std::string_view what, std::size_t at, const auto& change) {
    Proof changed = proof;
    change(changed, changed.begin() + static_cast<std::ptrdiff_t>(at));
    if (changed != proof)
      found.push_back({std::string(what) + " at " + std::to_string(at), std::move(changed)});
  };
  for (std::size_t i = 0; i < proof.size(); ++i) {
    add("a bit flipped", i, [&](Proof&, auto node) { (*node)[(i * 7) % 32] ^= std::uint8_t(1 << i % 8); });
    add("zeros", i, [](Proof&, auto node) { node->fill(0); });
    add("dropped", i, [](Proof& p, auto node) { p.erase(node); });
    add("doubled", i, [](Proof& p, auto node) { p.insert(node, Hash(*node)); });
    add("the rest dropped", i, [](Proof& p, auto node) { p.erase(node, p.end()); });
  }
  for (std::size_t i = 0; i + 1 < proof.size(); ++i)
    add("swapped", i, [](Proof&, auto node) { std::swap(*node, *(node + 1)); });
  for (std::size_t i = 0; i <= proof.size(); ++i)
    add("a foreign one added", i, [](Proof& p, auto node) { p.insert(node, some_hash("foreign")); });
  add("turned round", 0, [](Proof& p, auto) { std::ranges::reverse(p); });
  add("said twice", 0, [](Proof& p, auto) {
    const Proof copy = p;
    p.insert(p.end(), copy.begin(), copy.end());
  });
  add("far too long", 0, [](Proof& p, auto) { p.resize(100); });
  return found;
}

TEST(TreeHashes, AgreeWithThoseOfAnotherImplementation) {
  NaiveTree tree = small_tree();
  NaiveHashes source(tree);
  for (const Vector& row : read_vectors("tree.txt", "root"))
    EXPECT_EQ(hex_encode(root_of(source, row.number(1)).value()), row.words.at(2)) << row.why;
  EXPECT_EQ(hex_encode(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(TreeHashes, TellLeavesFromNodes) {
  const Hash a = some_hash("a"), b = some_hash("b");
  Bytes both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  EXPECT_NE(leaf_hash(both), node_hash(a, b));
  EXPECT_NE(node_hash(a, b), node_hash(b, a));
}

TEST(TreeProofs, AgreeWithThoseOfAnotherImplementation) {
  NaiveTree tree = small_tree();
  NaiveHashes source(tree);
  for (const Vector& row : read_vectors("tree.txt", "inclusion")) {
    const std::uint64_t index = row.number(1), size = row.number(2);
    const Proof proof = row.hashes_from(3);
    EXPECT_EQ(prove_inclusion(source, index, size).value(), proof) << row.why;
    EXPECT_TRUE(verify_inclusion(tree.hash({0, index}), index, size, tree.root(size), proof)) << row.why;
  }
  for (const Vector& row : read_vectors("tree.txt", "consistency")) {
    const std::uint64_t old_size = row.number(1), size = row.number(2);
    const Proof proof = row.hashes_from(3);
    EXPECT_EQ(prove_consistency(source, old_size, size).value(), proof) << row.why;
    EXPECT_TRUE(verify_consistency(old_size, tree.root(old_size), size, tree.root(size), proof)) << row.why;
  }
}

TEST(TreeProofs, AreRefusedWhereAnotherImplementationRefusesThem) {
  NaiveTree tree = small_tree();
  for (const Vector& row : read_vectors("tree.txt", "refused-inclusion")) {
    const std::uint64_t index = row.number(2), size = row.number(3);
    const auto verified = verify_inclusion(tree.hash({0, std::min<std::uint64_t>(index, 7)}), index, size,
                                           tree.root(size), row.hashes_from(4));
    ASSERT_FALSE(verified) << row.why;
    EXPECT_EQ(error_name(verified.error().code), row.words.at(1)) << row.why;
  }
  for (const Vector& row : read_vectors("tree.txt", "refused-consistency")) {
    const std::uint64_t old_size = row.number(2), size = row.number(3);
    const auto verified =
        verify_consistency(old_size, tree.root(old_size), size, tree.root(size), row.hashes_from(4));
    ASSERT_FALSE(verified) << row.why;
    EXPECT_EQ(error_name(verified.error().code), row.words.at(1)) << row.why;
  }
}

TEST(ProveInclusion, SaysWhatTheRecursiveDefinitionSaysAndAsksOnce) {
  NaiveTree tree = decimal_tree(kExhaustive);
  for (std::uint64_t size = 1; size <= kExhaustive; ++size)
    for (std::uint64_t index = 0; index < size; ++index) {
      NaiveHashes source(tree);
      ASSERT_EQ(prove_inclusion(source, index, size).value(), tree.inclusion(index, size))
          << index << "/" << size;
      ASSERT_LE(source.questions, 1);
    }
}

TEST(ProveConsistency, SaysWhatTheRecursiveDefinitionSaysAndAsksOnce) {
  NaiveTree tree = decimal_tree(kExhaustive);
  for (std::uint64_t size = 0; size <= kExhaustive; ++size)
    for (std::uint64_t old_size = 0; old_size <= size; ++old_size) {
      NaiveHashes source(tree);
      ASSERT_EQ(prove_consistency(source, old_size, size).value(), tree.consistency(old_size, size))
          << old_size << "/" << size;
      ASSERT_LE(source.questions, 1);
    }
}

TEST(ProveInclusion, RefusesALeafThatIsNotInTheTree) {
  NaiveTree tree = decimal_tree(3);
  NaiveHashes source(tree);
  for (const std::uint64_t size : {0, 1, 3}) {
    const auto proof = prove_inclusion(source, size, size);
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, ErrorCode::kMalformed);
  }
  EXPECT_EQ(prove_inclusion(source, kLargestSize, 3).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(source.questions, 0);
}

TEST(ProveConsistency, RefusesToShrinkATree) {
  NaiveTree tree = decimal_tree(3);
  NaiveHashes source(tree);
  EXPECT_EQ(prove_consistency(source, 3, 2).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(prove_consistency(source, 1, 0).error().code, ErrorCode::kMalformed);
}

// Anybody is a source that answers whatever it is asked for.
class Anybody final : public HashSource {
 public:
  Result<std::vector<Hash>> hashes(std::span<const NodeId> nodes) override {
    asked.assign(nodes.begin(), nodes.end());
    return std::vector<Hash>(nodes.size());
  }
  std::vector<NodeId> asked;
};

TEST(Proofs, EndInTheLargestTreesThatCanBeNamed) {
  Anybody source;
  ASSERT_TRUE(root_of(source, kLargestSize));
  EXPECT_EQ(source.asked.size(), 64U);
  EXPECT_EQ(source.asked.front(), (NodeId{63, 0}));
  EXPECT_EQ(source.asked.back(), (NodeId{0, kLargestSize - 1}));
  EXPECT_EQ(prove_inclusion(source, 0, kLargestSize).value().size(), 64U);
  EXPECT_EQ(prove_inclusion(source, kLargestSize - 1, kLargestSize).value().size(), 63U);
  EXPECT_EQ(prove_consistency(source, kLargestSize - 1, kLargestSize).value().size(), 64U);
  EXPECT_EQ(prove_consistency(source, 1, kLargestSize).value().size(), 64U);

  // All that this source says is zeros, so the root is whatever the proof leads to from zeros.
  const Proof proof = prove_inclusion(source, kLargestSize - 1, kLargestSize).value();
  Hash root{};
  for (const Hash& sibling : proof) root = node_hash(sibling, root);
  EXPECT_TRUE(verify_inclusion({}, kLargestSize - 1, kLargestSize, root, proof));
  EXPECT_EQ(code_of(verify_inclusion({}, kLargestSize, kLargestSize, root, proof)), ErrorCode::kMalformed);
}

// Failing is a source that fails, or answers one hash whatever it was asked for.
class Failing final : public HashSource {
 public:
  explicit Failing(bool answers) : answers_(answers) {}
  Result<std::vector<Hash>> hashes(std::span<const NodeId>) override {
    if (answers_) return std::vector<Hash>(1);
    return fail(ErrorCode::kUnavailable, "disk");
  }

 private:
  bool answers_;
};

TEST(Proofs, PassAnErrorOfTheirSourceOn) {
  Failing source(false);
  EXPECT_EQ(root_of(source, 5).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(prove_inclusion(source, 3, 5).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(prove_consistency(source, 3, 5).error().code, ErrorCode::kUnavailable);
}

TEST(Proofs, RefuseASourceThatAnswersAnotherNumberOfHashes) {
  Failing source(true);
  EXPECT_EQ(root_of(source, 5).error().code, ErrorCode::kInternal);
  EXPECT_EQ(prove_inclusion(source, 3, 5).error().code, ErrorCode::kInternal);
  EXPECT_EQ(prove_consistency(source, 3, 5).error().code, ErrorCode::kInternal);
}

TEST(VerifyInclusion, TakesEveryTrueProofAndNoMutationOfIt) {
  NaiveTree tree = decimal_tree(kExhaustive);
  for (std::uint64_t size = 1; size <= kExhaustive; ++size) {
    const Hash root = tree.root(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      const Hash leaf = tree.hash({0, index});
      const Proof proof = tree.inclusion(index, size);
      ASSERT_TRUE(verify_inclusion(leaf, index, size, root, proof)) << index << "/" << size;
      for (const Mutation& mutation : mutations_of(proof))
        ASSERT_EQ(code_of(verify_inclusion(leaf, index, size, root, mutation.proof)), ErrorCode::kConflict)
            << index << "/" << size << " " << mutation.name;
      ASSERT_EQ(code_of(verify_inclusion(some_hash("another"), index, size, root, proof)),
                ErrorCode::kConflict);
      ASSERT_EQ(code_of(verify_inclusion(leaf, index, size, some_hash("another"), proof)),
                ErrorCode::kConflict);
    }
  }
}

TEST(VerifyInclusion, RefusesAProofOfAnotherIndexOrInATreeOfAnotherSize) {
  constexpr std::uint64_t kSizes = 66;
  NaiveTree tree = decimal_tree(kSizes);
  for (std::uint64_t size = 1; size <= kSizes; ++size)
    for (std::uint64_t index = 0; index < size; ++index) {
      const Hash leaf = tree.hash({0, index}), root = tree.root(size);
      const Proof proof = tree.inclusion(index, size);
      for (std::uint64_t other = 0; other <= kSizes; ++other) {
        if (other != index) {
          ASSERT_EQ(code_of(verify_inclusion(leaf, other, size, root, proof)),
                    other < size ? ErrorCode::kConflict : ErrorCode::kMalformed)
              << index << " as " << other << "/" << size;
        }
        if (other != size) {
          ASSERT_EQ(code_of(verify_inclusion(leaf, index, other, tree.root(other), proof)),
                    index < other ? ErrorCode::kConflict : ErrorCode::kMalformed)
              << index << "/" << size << " in " << other;
        }
      }
    }
}

TEST(VerifyInclusion, LeavesItToTheCheckpointThatSizeAndRootBelongTogether) {
  NaiveTree tree = decimal_tree(8);
  const Hash leaf = tree.hash({0, 0}), root = tree.root(5);
  const Proof proof = tree.inclusion(0, 5);
  for (const std::uint64_t size : {5, 6, 7, 8})  // three siblings to the right in all of them
    EXPECT_TRUE(verify_inclusion(leaf, 0, size, root, proof)) << size;
  EXPECT_EQ(code_of(verify_inclusion(leaf, 0, 4, root, proof)), ErrorCode::kConflict);
  EXPECT_EQ(code_of(verify_inclusion(leaf, 0, 9, root, proof)), ErrorCode::kConflict);
}

TEST(VerifyInclusion, SaysWhatIsWrong) {
  NaiveTree tree = decimal_tree(5);
  const Hash leaf = tree.hash({0, 3}), root = tree.root(5);
  Proof proof = tree.inclusion(3, 5);
  EXPECT_THAT(verify_inclusion(leaf, 5, 5, root, proof).error().detail,
              HasSubstr("leaf 5 in a tree of 5 leaves"));
  EXPECT_THAT(verify_inclusion(leaf, 2, 5, root, proof).error().detail, HasSubstr("another root"));
  proof.push_back(leaf);
  EXPECT_THAT(verify_inclusion(leaf, 3, 5, root, proof).error().detail, HasSubstr("too long"));
  proof.resize(2);
  EXPECT_THAT(verify_inclusion(leaf, 3, 5, root, proof).error().detail, HasSubstr("too short"));
}

TEST(VerifyConsistency, TakesEveryTrueProofAndNoMutationOfIt) {
  NaiveTree tree = decimal_tree(kExhaustive);
  for (std::uint64_t size = 0; size <= kExhaustive; ++size) {
    const Hash root = tree.root(size);
    for (std::uint64_t old_size = 0; old_size <= size; ++old_size) {
      const Hash old_root = tree.root(old_size);
      const Proof proof = tree.consistency(old_size, size);
      ASSERT_TRUE(verify_consistency(old_size, old_root, size, root, proof)) << old_size << "/" << size;
      for (const Mutation& mutation : mutations_of(proof))
        ASSERT_EQ(code_of(verify_consistency(old_size, old_root, size, root, mutation.proof)),
                  ErrorCode::kConflict)
            << old_size << "/" << size << " " << mutation.name;
      ASSERT_EQ(code_of(verify_consistency(old_size, some_hash("another"), size, root, proof)),
                ErrorCode::kConflict);
      if (old_size != 0) {
        ASSERT_EQ(code_of(verify_consistency(old_size, old_root, size, some_hash("another"), proof)),
                  ErrorCode::kConflict);
      }
    }
  }
}

TEST(VerifyConsistency, RefusesAProofBetweenOtherSizes) {
  constexpr std::uint64_t kSizes = 40;
  NaiveTree tree = decimal_tree(kSizes);
  for (std::uint64_t size = 1; size <= kSizes; ++size)
    for (std::uint64_t old_size = 1; old_size < size; ++old_size) {
      const Proof proof = tree.consistency(old_size, size);
      for (std::uint64_t other = 0; other <= kSizes; ++other) {
        // From the empty tree and to the same tree only the empty proof leads.
        if (other != old_size && other <= size) {
          ASSERT_EQ(code_of(verify_consistency(other, tree.root(other), size, tree.root(size), proof)),
                    ErrorCode::kConflict)
              << old_size << " as " << other << "/" << size;
          ASSERT_EQ(code_of(verify_consistency(other, tree.root(old_size), size, tree.root(size), proof)),
                    ErrorCode::kConflict)
              << old_size << " as " << other << "/" << size;
        }
        if (other != size) {
          ASSERT_EQ(
              code_of(verify_consistency(old_size, tree.root(old_size), other, tree.root(other), proof)),
              old_size <= other ? ErrorCode::kConflict : ErrorCode::kMalformed)
              << old_size << "/" << size << " as " << other;
        }
      }
    }
}

TEST(VerifyConsistency, RefusesATreeThatForgotOrChangedALeaf) {
  constexpr std::uint64_t kSizes = 20;
  NaiveTree tree = decimal_tree(kSizes);
  for (std::uint64_t changed = 0; changed < kSizes; ++changed) {
    NaiveTree fork;
    for (std::uint64_t i = 0; i < kSizes; ++i)
      fork.append(i == changed ? some_hash("fork") : tree.hash({0, i}));
    for (std::uint64_t size = 1; size <= kSizes; ++size)
      for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
        const bool is_continued = changed >= old_size;
        ASSERT_EQ(verify_consistency(old_size, tree.root(old_size), size, fork.root(size),
                                     fork.consistency(old_size, size))
                      .has_value(),
                  is_continued)
            << changed << " " << old_size << "/" << size;
      }
  }
}

TEST(VerifyConsistency, KnowsTheRootOfTheEmptyTree) {
  NaiveTree tree = decimal_tree(3);
  const Hash root = tree.root(3);
  EXPECT_TRUE(verify_consistency(0, empty_root(), 3, root, {}));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
  EXPECT_EQ(code_of(verify_consistency(0, root, 3, root, {})), ErrorCode::kConflict);
  EXPECT_EQ(code_of(verify_consistency(0, root, 0, root, {})), ErrorCode::kConflict);
  EXPECT_EQ(code_of(verify_consistency(0, empty_root(), 0, root, {})), ErrorCode::kConflict);
  EXPECT_EQ(code_of(verify_consistency(0, empty_root(), 3, root, Proof{root})), ErrorCode::kConflict);
}

TEST(VerifyConsistency, RefusesToShrinkATree) {
  NaiveTree tree = decimal_tree(3);
  EXPECT_EQ(code_of(verify_consistency(3, tree.root(3), 2, tree.root(2), {})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(verify_consistency(1, tree.root(1), 0, empty_root(), {})), ErrorCode::kMalformed);
}

TEST(VerifyConsistency, RefusesTwoRootsOfOneSize) {
  NaiveTree tree = decimal_tree(3);
  EXPECT_EQ(code_of(verify_consistency(3, tree.root(3), 3, some_hash("fork"), {})), ErrorCode::kConflict);
  EXPECT_EQ(code_of(verify_consistency(3, tree.root(3), 3, tree.root(3), Proof{tree.root(3)})),
            ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::merkle
