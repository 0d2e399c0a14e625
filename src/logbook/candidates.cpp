// SPDX-License-Identifier: Apache-2.0
#include "logbook/candidates.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;
using merkle::TileId;

std::optional<Hashes> all_of(const std::vector<std::optional<Hash>>& found, int width) {
  if (found.size() != static_cast<std::size_t>(width)) return std::nullopt;
  Hashes hashes;
  for (const auto& hash : found) {
    if (!hash) return std::nullopt;
    hashes.push_back(*hash);
  }
  return hashes;
}

TileId below(const TileId& id, std::size_t slot) {
  return {id.level - 1, id.number * merkle::kTileWidth + slot};
}

Hashes leaves_of(const std::vector<Bytes>& entries) {
  Hashes leaves;
  for (const Bytes& entry : entries) leaves.push_back(merkle::leaf_hash(entry));
  return leaves;
}

std::optional<Hash> hash_of(const FoundTile& tile) {
  return tile.has_all() ? std::optional(hash_of_full_tile(tile.id, tile.hashes)) : std::nullopt;
}

}  // namespace

Hash hash_of_full_tile(const TileId& id, const Hashes& hashes) {
  return merkle::hash_in_tile(id, hashes, {(id.level + 1) * merkle::kTileHeight, id.number}).value();
}

std::optional<Hashes> Candidates::from_below(const TileId& id) {
  if (id.level == 0) return all_of(find_entries(here_, id).leaves(), id.width);
  std::vector<std::optional<Hash>> found;
  for (std::size_t slot = 0; slot < static_cast<std::size_t>(id.width); ++slot) {
    found.push_back(hash_of(find_tile(here_, below(id, slot))));
    if (!found.back()) return std::nullopt;
  }
  return all_of(found, id.width);
}

std::optional<Hash> Candidates::hash_by_majority(const TileId& id, const std::optional<Hash>& stored_above,
                                                 Prefer prefer) {
  const FoundTile tile = find_tile(here_, id);
  const std::optional<Hash> stored = hash_of(tile);
  const auto derived_hashes = id.level == 0 ? from_below(id) : by_majority(id, tile, prefer);
  std::optional<Hash> derived;
  if (derived_hashes) derived = hash_of_full_tile(id, *derived_hashes);
  if (stored_above && (stored_above == stored || stored_above == derived)) return stored_above;
  const auto& preferred = prefer == Prefer::kTiles ? stored : derived;
  const auto& second = prefer == Prefer::kTiles ? derived : stored;
  if (preferred) return preferred;
  return second ? second : stored_above;
}

std::optional<Hashes> Candidates::by_majority(const TileId& id, const FoundTile& stored, Prefer prefer) {
  if (id.level == 0) return from_below(id);
  std::vector<std::optional<Hash>> found;
  for (std::size_t slot = 0; slot < static_cast<std::size_t>(id.width); ++slot) {
    std::optional<Hash> stored_above;
    if (slot < stored.hashes.size()) stored_above = stored.hashes[slot];
    found.push_back(hash_by_majority(below(id, slot), stored_above, prefer));
    if (!found.back()) return std::nullopt;
  }
  return all_of(found, id.width);
}

Result<std::optional<std::vector<Bytes>>> Candidates::other_entries(const TileId& id) {
  if (!other_) return std::nullopt;
  auto entries = other_->entries(id);
  if (entries) return std::optional(std::move(entries).value());
  if (entries.error().code == ErrorCode::kUnavailable) return fail(entries.error());
  return std::nullopt;
}

Result<std::optional<Hashes>> Candidates::from_other(const TileId& id) {
  if (!other_) return std::nullopt;
  if (id.level == 0) {
    TRY(const auto entries, other_entries(id));
    if (entries) return std::optional(leaves_of(*entries));
  }
  auto tile = other_->tile(id);
  if (tile) return std::optional(std::move(tile).value());
  if (tile.error().code == ErrorCode::kUnavailable) return fail(tile.error());
  return std::nullopt;
}

Result<std::optional<Bytes>> Candidates::entries_from_other(const TileId& id, const Hashes& leaves) {
  TRY(const auto entries, other_entries(id));
  if (!entries || leaves_of(*entries) != leaves) return std::nullopt;
  return std::optional(merkle::write_entries(*entries));
}

}  // namespace countersign::logbook
