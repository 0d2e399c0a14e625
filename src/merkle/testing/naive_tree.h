// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <map>

#include "merkle/tile.h"

// What the tests of this module compare with.
namespace countersign::merkle::testing {

// NaiveTree says what RFC 9162 §2.1 says, word by word and recursively. It keeps the hashes of perfect
// subtrees, which can also be given: so a tree can be tried that is far too large to be made.
class NaiveTree {
 public:
  void set(const NodeId& node, const Hash& hash) { hashes_[node] = hash; }
  void append(const Hash& leaf) { set({0, size_++}, leaf); }
  std::uint64_t size() const { return size_; }

  Hash hash(const NodeId& node) { return hash(node.index << node.level, (node.index + 1) << node.level); }
  Hash root(std::uint64_t size) { return size == 0 ? empty_root() : hash(0, size); }
  std::vector<Hash> inclusion(std::uint64_t index, std::uint64_t size) { return path(index, 0, size); }
  std::vector<Hash> consistency(std::uint64_t old_size, std::uint64_t size) {
    return old_size == 0 ? std::vector<Hash>() : subproof(old_size, 0, size, true);
  }
  // The hashes of a tile.
  std::vector<Hash> tile(const TileId& tile) {
    std::vector<Hash> hashes;
    for (int i = 0; i < tile.width; ++i)
      hashes.push_back(hash({tile.level * 8, tile.number * 256 + static_cast<std::uint64_t>(i)}));
    return hashes;
  }

 private:
  // MTH(D[begin:end])
  Hash hash(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t n = end - begin;
    if (!std::has_single_bit(n)) return split_hash(begin, end);
    const NodeId node{std::countr_zero(n), begin / n};
    const auto known = hashes_.find(node);
    if (known != hashes_.end()) return known->second;
    return hashes_[node] = split_hash(begin, end);
  }
  Hash split_hash(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    return node_hash(hash(begin, middle), hash(middle, end));
  }

  // PATH(index, D[begin:end]), the index counted from the tree's beginning
  std::vector<Hash> path(std::uint64_t index, std::uint64_t begin, std::uint64_t end) {
    if (end - begin == 1) return {};
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    const bool is_left = index < middle;
    std::vector<Hash> proof = is_left ? path(index, begin, middle) : path(index, middle, end);
    proof.push_back(is_left ? hash(middle, end) : hash(begin, middle));
    return proof;
  }

  // SUBPROOF(old, D[begin:end], is_known), the old size counted from the tree's beginning
  std::vector<Hash> subproof(std::uint64_t old, std::uint64_t begin, std::uint64_t end, bool is_known) {
    if (old == end) return is_known ? std::vector<Hash>() : std::vector<Hash>{hash(begin, end)};
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    const bool is_left = old <= middle;
    std::vector<Hash> proof =
        is_left ? subproof(old, begin, middle, is_known) : subproof(old, middle, end, false);
    proof.push_back(is_left ? hash(middle, end) : hash(begin, middle));
    return proof;
  }

  std::uint64_t size_ = 0;
  std::map<NodeId, Hash> hashes_;
};

// The leaf of an entry that is its index in decimal.
inline Hash decimal_leaf(std::uint64_t index) {
  return leaf_hash(as_bytes(std::to_string(index)));
}
// A tree of such leaves.
inline NaiveTree decimal_tree(std::uint64_t size) {
  NaiveTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(decimal_leaf(i));
  return tree;
}

// NaiveHashes asks a tree, and counts how often it is asked.
class NaiveHashes final : public HashSource {
 public:
  explicit NaiveHashes(NaiveTree& tree) : tree_(tree) {}
  Result<std::vector<Hash>> hashes(std::span<const NodeId> nodes) override {
    ++questions;
    std::vector<Hash> found;
    for (const NodeId& node : nodes) found.push_back(tree_.hash(node));
    return found;
  }
  int questions = 0;

 private:
  NaiveTree& tree_;
};

}  // namespace countersign::merkle::testing
