// SPDX-License-Identifier: Apache-2.0
#include "authority/log/stored_tree.h"

namespace countersign::authority {

using merkle::Hash;
using merkle::kTileHeight;
using merkle::kTileWidth;
using merkle::NodeId;

Result<std::vector<Hash>> StoredTree::hashes(std::span<const NodeId> nodes) {
  std::vector<Hash> found;
  found.reserve(nodes.size());
  for (const NodeId& node : nodes) {
    TRY(const Hash one, hash(node));
    found.push_back(one);
  }
  return found;
}

Result<std::vector<Hash>> StoredTree::tile(const merkle::TileId& tile) {
  const auto width = static_cast<std::size_t>(tile.width);
  TRY(const auto* const whole, finished(tile.level, tile.number));
  if (whole != nullptr) return std::vector<Hash>(whole->begin(), whole->begin() + tile.width);
  return row(tile.level, tile.number * kTileWidth, width);
}

// Out of the finished tile that it lies in, or else of the hashes that an unfinished one consists of.
Result<Hash> StoredTree::hash(const NodeId& node) {
  const int tile_level = node.level / kTileHeight;
  const int above = node.level % kTileHeight;  // rows above the tile's own
  const merkle::TileId tile{tile_level, node.index >> (kTileHeight - above)};
  TRY(const auto* const whole, finished(tile.level, tile.number));
  if (whole != nullptr) return merkle::hash_in_tile(tile, *whole, node);
  TRY(auto hashes, row(tile_level, node.index << above, std::uint64_t{1} << above));
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i)
      hashes[i] = merkle::node_hash(hashes[2 * i], hashes[2 * i + 1]);
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

Result<std::vector<Hash>> StoredTree::row(int tile_level, std::uint64_t first, std::uint64_t count) {
  if (tile_level > 0) return store_.tile_roots(reader_, tile_level - 1, first, count);
  TRY(const auto entries, store_.entries(reader_, first, count));
  std::vector<Hash> hashes;
  hashes.reserve(entries.size());
  for (const documents::LogEntryBytes& entry : entries) hashes.push_back(merkle::leaf_hash(entry));
  return hashes;
}

Result<const std::vector<Hash>*> StoredTree::finished(int level, std::uint64_t number) {
  if (const auto known = read_.find({level, number}); known != read_.end()) return &known->second;
  TRY(auto hashes, store_.finished_tile(reader_, level, number));
  if (!hashes) return nullptr;
  return &read_.emplace(std::pair(level, number), std::move(*hashes)).first->second;
}

}  // namespace countersign::authority
