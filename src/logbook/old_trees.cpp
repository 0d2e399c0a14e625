// SPDX-License-Identifier: Apache-2.0
#include "logbook/old_trees.h"

#include "logbook/edge_search.h"

namespace countersign::logbook {
namespace {

// The partial tile of that level in a tree of `size`, with width 0 where it has none.
merkle::TileId partial_tile(int level, std::uint64_t size) {
  const std::uint64_t number = (size >> (level * merkle::kTileHeight)) / merkle::kTileWidth;
  return {level, number, merkle::tile_width(level, number, size)};
}

}  // namespace

void OldTrees::add(std::string name, const checkpoint::Checkpoint& checkpoint) {
  Old tree{std::move(name), checkpoint, {}};
  for (int level = 0;
       level < 64 / merkle::kTileHeight && checkpoint.size >> (level * merkle::kTileHeight) != 0; ++level)
    tree.partial.emplace_back();
  trees_.push_back(std::move(tree));
}

void OldTrees::take(const merkle::TileId& id, const Hashes& hashes) {
  const auto level = static_cast<std::size_t>(id.level);
  for (Old& tree : trees_) {
    const merkle::TileId then = partial_tile(id.level, tree.checkpoint.size);
    if (level >= tree.partial.size() || then.number != id.number || then.width > id.width) continue;
    tree.partial[level].assign(hashes.begin(), hashes.begin() + then.width);
  }
}

std::vector<OldTrees::Compared> OldTrees::compare() const {
  std::vector<Compared> compared;
  compared.reserve(trees_.size());
  for (const Old& tree : trees_)
    compared.push_back({tree.name, tree.checkpoint, root_of_edge(tree.checkpoint.size, tree.partial)});
  return compared;
}

}  // namespace countersign::logbook
