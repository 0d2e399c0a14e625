// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

#include "base/bytes.h"

// Merkle trees of RFC 6962 §2.1 and RFC 9162 §2.1 with SHA-256, of up to 2^64 - 1 leaves. Nothing here
// recurses or takes more than 64 steps beside the length of a proof.
namespace countersign::merkle {

using Hash = Sha256Digest;

Hash leaf_hash(BytesView entry);                      // SHA-256(00 ‖ entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(01 ‖ left ‖ right)
Hash empty_root();                                    // SHA-256("")

// NodeId names a perfect subtree: `level` 0 (to 63) is a leaf; it covers leaves [index << level, (index + 1)
// << level).
struct NodeId {
  int level = 0;
  std::uint64_t index = 0;
  auto operator<=>(const NodeId&) const = default;
};

// HashSource gives hashes of perfect subtrees, all that are asked for at once, so that who fetches them
// fetches each tile once.
class HashSource {
 public:
  virtual ~HashSource() = default;
  // As many as were asked for, in the order of the question. kNotFound for a subtree that it does not have.
  virtual Result<std::vector<Hash>> hashes(std::span<const NodeId> nodes) = 0;
};

// These believe the source, and pass its errors on. kInternal where it answers another number of hashes.
Result<Hash> root_of(HashSource& source, std::uint64_t size);
// The proof that the leaf of that index is in the tree: siblings from the leaf's upward (RFC 9162 §2.1.3.1).
// kMalformed where index >= size.
Result<std::vector<Hash>> prove_inclusion(HashSource& source, std::uint64_t index, std::uint64_t size);
// The proof that the tree of `old_size` leaves is the beginning of that of `size` (RFC 9162 §2.1.4.1); empty
// for old 0 and old == size. kMalformed where old_size > size.
Result<std::vector<Hash>> prove_consistency(HashSource& source, std::uint64_t old_size, std::uint64_t size);

// verify_inclusion follows RFC 9162 §2.1.3.2. kConflict where the proof does not lead from the leaf to the
// root; kMalformed where index >= size. A root does not tell the size of its tree, and proofs in trees of
// neighbouring sizes can have one shape: take size and root from one signed checkpoint.
Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                              std::span<const Hash> proof);
// verify_consistency follows RFC 9162 §2.1.4.2. kConflict where the proof does not lead to both roots, and
// where the root of an empty tree is another than empty_root; kMalformed where old_size > size. From the
// empty tree any other follows, with an empty proof. Take each size and root from one signed checkpoint, as
// above.
Result<void> verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                                const Hash& root, std::span<const Hash> proof);

}  // namespace countersign::merkle
