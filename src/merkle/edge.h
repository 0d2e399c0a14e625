// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "merkle/tile.h"

namespace countersign::merkle {

// Edge holds what a log needs to append: the unfinished tile of each level, and the tile of each level that
// was finished last. That is 16 kB at most for each level, of which a tree of 2^32 leaves has four, and as
// much for its finished tile, which copies share: it copies cheaply enough to be tried inside a transaction
// and dropped when that fails. A plain value; copies may be used by different threads.
class Edge {
 public:
  Edge() = default;  // of the empty tree
  // From the hashes of the partial tiles at `size`, level 0 first, as `partial` gives them: floor(size /
  // 256^level) mod 256 at each level up to the highest that has any. kMalformed where their number or widths
  // are not of that size, or the size is above 2^63 - 1. Believes the hashes: compare `root` with a
  // checkpoint.
  static Result<Edge> restore(std::uint64_t size, std::vector<std::vector<Hash>> partial_by_level);

  struct FullTile {
    TileId id;
    std::vector<Hash> hashes;
  };
  // Appends; answers the tiles that became full by it, lowest level first. Takes one node hash on average,
  // and at most as many as the tree is high.
  std::vector<FullTile> append(const Hash& leaf);

  std::uint64_t size() const { return size_; }
  Hash root() const;
  // Hashes of the unfinished tile of each level, level 0 first; none where a level's last tile is full. The
  // highest level has at least one.
  const std::vector<std::vector<Hash>>& partial() const { return partial_; }

  // The inclusion proof at size() of a leaf in its reach: of the unfinished tile, and of the one before where
  // that was finished here; so of the last 256 that were appended here at least. kNotFound for an older one;
  // kMalformed where index >= size(). Needs no disk.
  Result<std::vector<Hash>> prove_inclusion(std::uint64_t index) const;
  // The consistency proof to size() from an old size whose last leaf is in that reach (others may be), or 0.
  // kNotFound for an older one; kMalformed where old_size > size().
  Result<std::vector<Hash>> prove_consistency(std::uint64_t old_size) const;
  // The hash of a perfect subtree within unfinished tiles and those finished last. kNotFound for any other.
  Result<Hash> hash(const NodeId& node) const;

 private:
  // What lies above the hashes of a tile, as a binary heap: 1 is its root, 2p and 2p + 1 are below p, and its
  // own hashes would be 256 to 511.
  using Inner = std::array<Hash, kTileWidth>;
  struct Finished {
    std::uint64_t number = 0;
    std::vector<Hash> hashes;
    Inner inner;
  };

  void add_level();
  // Computes what the last of the first `count` hashes of that level's tile completes.
  void complete(std::size_t level, std::size_t count);

  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash>> partial_;  // by level, as the two that follow
  std::vector<Inner> inner_;                // of the unfinished tiles, as far as they are known
  std::vector<std::shared_ptr<const Finished>> finished_;  // null where none was finished here
};

}  // namespace countersign::merkle
