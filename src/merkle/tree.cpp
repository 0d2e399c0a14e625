// SPDX-License-Identifier: Apache-2.0
#include "merkle/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "crypto/digest.h"

namespace countersign::merkle {
namespace {

// Adds the perfect subtrees that make up leaves [begin, end), the largest first. No subtree larger than the
// range may begin in its midst: `begin` is a multiple of a power of two that is not below end - begin.
void add_cover(std::uint64_t begin, std::uint64_t end, std::vector<NodeId>& nodes) {
  while (begin < end) {
    const int level = 63 - std::countl_zero(end - begin);
    nodes.push_back({level, begin >> level});
    begin += std::uint64_t{1} << level;
  }
}

// The root over subtrees as add_cover gives them; at least one.
Hash root_over(std::span<const Hash> parts) {
  Hash root = parts.back();
  for (std::size_t i = parts.size() - 1; i-- > 0;) root = node_hash(parts[i], root);
  return root;
}

Result<std::vector<Hash>> ask(HashSource& source, std::span<const NodeId> nodes) {
  if (nodes.empty()) return std::vector<Hash>();
  TRY(std::vector<Hash> hashes, source.hashes(nodes));
  if (hashes.size() != nodes.size())
    return fail(ErrorCode::kInternal,
                fmt::format("source of hashes: {} for {} nodes", hashes.size(), nodes.size()));
  return hashes;
}

// Siblings are what a proof consists of, from below upward. Each is one perfect subtree, but for the one that
// holds the tree's right edge: that is nodes [edge, edge + parts).
struct Siblings {
  std::vector<NodeId> nodes;
  std::size_t edge = 0;
  std::size_t parts = 0;
};

// Adds the siblings on the way from a node up to the root of the tree of `size` leaves.
void add_siblings(NodeId node, std::uint64_t size, Siblings& siblings) {
  std::uint64_t last = (size - 1) >> node.level;  // index of the rightmost node of this level, perfect or not
  for (; last != 0; last >>= 1, node = {node.level + 1, node.index >> 1}) {
    if (node.index % 2 == 1) {
      siblings.nodes.push_back({node.level, node.index - 1});
    } else if (node.index + 1 < last) {
      siblings.nodes.push_back({node.level, node.index + 1});
    } else if (node.index + 1 == last) {
      siblings.edge = siblings.nodes.size();
      add_cover(last << node.level, size, siblings.nodes);
      siblings.parts = siblings.nodes.size() - siblings.edge;
    }
  }
}

Result<std::vector<Hash>> proof_of(HashSource& source, const Siblings& siblings) {
  TRY(std::vector<Hash> hashes, ask(source, siblings.nodes));
  if (siblings.parts > 1) {
    const auto edge = hashes.begin() + static_cast<std::ptrdiff_t>(siblings.edge);
    const auto end = edge + static_cast<std::ptrdiff_t>(siblings.parts);
    *edge = root_over({edge, end});
    hashes.erase(edge + 1, end);
  }
  return hashes;
}

enum class Side { kLeft, kRight };

// Ascent is where a verifier stands on its way to the root: at a node of some level (fn of RFC 9162
// §2.1.3.2), where `last` is the rightmost one (sn).
class Ascent {
 public:
  Ascent(std::uint64_t node, std::uint64_t last) : node_(node), last_(last) {}

  bool is_at_root() const { return last_ == 0; }
  // Goes on above the next sibling, and says on which side that stood. Not at the root.
  Side pass_sibling() {
    const bool is_left = node_ % 2 == 1 || node_ == last_;
    while (is_left && node_ % 2 == 0) rise();  // the right edge has no sibling at such a level
    rise();
    return is_left ? Side::kLeft : Side::kRight;
  }

 private:
  void rise() {
    node_ >>= 1;
    last_ >>= 1;
  }
  std::uint64_t node_, last_;
};

auto conflict(std::string_view proof, std::string_view what) {
  return fail(ErrorCode::kConflict, fmt::format("{} proof: {}", proof, what));
}

}  // namespace

Hash leaf_hash(BytesView entry) {
  static constexpr std::uint8_t kPrefix[] = {0};
  return crypto::sha256_of({kPrefix, entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * sizeof(Hash)> node;  // in one piece: each further one costs a call
  node[0] = 1;
  std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), node.begin() + 1));
  return crypto::sha256(node);
}

Hash empty_root() {
  return crypto::sha256({});
}

Result<Hash> root_of(HashSource& source, std::uint64_t size) {
  if (size == 0) return empty_root();
  std::vector<NodeId> nodes;
  add_cover(0, size, nodes);
  TRY(const std::vector<Hash> hashes, ask(source, nodes));
  return root_over(hashes);
}

Result<std::vector<Hash>> prove_inclusion(HashSource& source, std::uint64_t index, std::uint64_t size) {
  if (index >= size)
    return fail(ErrorCode::kMalformed,
                fmt::format("inclusion proof: leaf {} in a tree of {} leaves", index, size));
  Siblings siblings;
  add_siblings({0, index}, size, siblings);
  return proof_of(source, siblings);
}

Result<std::vector<Hash>> prove_consistency(HashSource& source, std::uint64_t old_size, std::uint64_t size) {
  if (old_size > size)
    return fail(ErrorCode::kMalformed,
                fmt::format("consistency proof: from {} to {} leaves", old_size, size));
  if (old_size == 0 || old_size == size) return std::vector<Hash>();
  // The largest perfect subtree at the right edge of the old tree; who knows the old root knows it where it
  // is all.
  const int level = std::countr_zero(old_size);
  const NodeId node{level, (old_size - 1) >> level};
  Siblings siblings;
  if (node.index != 0) siblings.nodes.push_back(node);
  add_siblings(node, size, siblings);
  return proof_of(source, siblings);
}

Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                              std::span<const Hash> proof) {
  if (index >= size)
    return fail(ErrorCode::kMalformed,
                fmt::format("inclusion proof: leaf {} in a tree of {} leaves", index, size));
  Ascent ascent(index, size - 1);
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (ascent.is_at_root()) return conflict("inclusion", "too long");
    hash = ascent.pass_sibling() == Side::kLeft ? node_hash(sibling, hash) : node_hash(hash, sibling);
  }
  if (!ascent.is_at_root()) return conflict("inclusion", "too short");
  if (hash != root) return conflict("inclusion", "leads to another root");
  return ok();
}

Result<void> verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                                const Hash& root, std::span<const Hash> proof) {
  if (old_size > size)
    return fail(ErrorCode::kMalformed,
                fmt::format("consistency proof: from {} to {} leaves", old_size, size));
  if (old_size == 0 && old_root != empty_root()) return conflict("consistency", "root of an empty tree");
  if (old_size == size && old_root != root) return conflict("consistency", "two roots of one size");
  if (old_size == 0 || old_size == size) {
    if (!proof.empty()) return conflict("consistency", "too long");
    return ok();
  }
  // A tree of 2^n leaves is a subtree of every later one, and its root is not told again.
  const bool is_subtree = std::has_single_bit(old_size);
  if (!is_subtree && proof.empty()) return conflict("consistency", "too short");
  Hash hash = is_subtree ? old_root : proof.front();
  Hash old_hash = hash;
  const int level = std::countr_zero(old_size);
  Ascent ascent((old_size - 1) >> level, (size - 1) >> level);
  for (const Hash& sibling : proof.subspan(is_subtree ? 0 : 1)) {
    if (ascent.is_at_root()) return conflict("consistency", "too long");
    if (ascent.pass_sibling() == Side::kLeft) {
      old_hash = node_hash(sibling, old_hash);
      hash = node_hash(sibling, hash);
    } else {
      hash = node_hash(hash, sibling);
    }
  }
  if (!ascent.is_at_root()) return conflict("consistency", "too short");
  if (old_hash != old_root) return conflict("consistency", "leads to another old root");
  if (hash != root) return conflict("consistency", "leads to another root");
  return ok();
}

}  // namespace countersign::merkle
