// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "authority/log/log_store.h"

namespace countersign::authority {

// StoredTree gives the hashes of a log out of its store: of whole subtrees at any size that the log has had.
// It reads each finished tile once and keeps it. kNotFound for what the log does not have. Not thread-safe;
// lives no longer than the reader.
class StoredTree final : public merkle::HashSource {
 public:
  StoredTree(const LogStore& store, storage::Reader& reader) : store_(store), reader_(reader) {}

  Result<std::vector<merkle::Hash>> hashes(std::span<const merkle::NodeId> nodes) override;
  // The hashes of a tile at any width that it has had.
  Result<std::vector<merkle::Hash>> tile(const merkle::TileId& tile);

 private:
  Result<merkle::Hash> hash(const merkle::NodeId& node);
  // Hashes of one level of tiles, below which all tiles are finished.
  Result<std::vector<merkle::Hash>> row(int tile_level, std::uint64_t first, std::uint64_t count);
  Result<const std::vector<merkle::Hash>*> finished(int level, std::uint64_t number);

  const LogStore& store_;
  storage::Reader& reader_;
  std::map<std::pair<int, std::uint64_t>, std::vector<merkle::Hash>> read_;
};

}  // namespace countersign::authority
