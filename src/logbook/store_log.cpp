// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_log.h"

#include <algorithm>

#include "logbook/store_questions.h"
#include "merkle/tile.h"

namespace countersign::logbook {
namespace {

using merkle::Hash;
using merkle::TileId;

constexpr std::string_view kCheckpoint = "SELECT checkpoint FROM log_state WHERE id = 1";
constexpr std::string_view kEntries =
    "SELECT entry FROM log_entries WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";
constexpr std::string_view kRoots =
    "SELECT root FROM log_tiles WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number";

// The first and the end of a tile's hashes in their level.
std::pair<std::int64_t, std::int64_t> span_of(const TileId& tile) {
  const auto first = static_cast<std::int64_t>(tile.number * merkle::kTileWidth);
  return {first, first + tile.width};
}

std::vector<Bytes> blobs_of(const std::vector<storage::Row>& rows) {
  std::vector<Bytes> blobs;
  blobs.reserve(rows.size());
  for (const storage::Row& row : rows) blobs.push_back(row.blob(0));
  return blobs;
}

Result<std::vector<Hash>> roots_of(const std::vector<Bytes>& stored) {
  std::vector<Hash> roots(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i].size() != roots[i].size())
      return fail(ErrorCode::kMalformed, "the store has a root that is no hash");
    std::ranges::copy(stored[i], roots[i].begin());
  }
  return roots;
}

std::vector<Hash> leaves_of(const std::vector<Bytes>& entries) {
  std::vector<Hash> leaves;
  leaves.reserve(entries.size());
  for (const Bytes& entry : entries) leaves.push_back(merkle::leaf_hash(entry));
  return leaves;
}

}  // namespace

Result<Bytes> StoreLog::get(std::string_view path) {
  const Error none{ErrorCode::kNotFound, "the store does not have " + std::string(path)};
  if (path == kCheckpointPath) {
    TRY(const auto rows, ask_store(store_, kCheckpoint, {}));
    if (rows.empty()) return fail(none);
    return to_bytes(rows.front().text(0));
  }
  const auto tile = merkle::parse_tile_path(path);
  if (!tile) return fail(none);
  const auto [first, end] = span_of(tile.value());
  const int level = tile.value().level;
  TRY(const auto rows, level == 0 ? ask_store(store_, kEntries, {first, end})
                                  : ask_store(store_, kRoots, {std::int64_t{level} - 1, first, end}));
  if (rows.size() != static_cast<std::size_t>(tile.value().width)) return fail(none);
  const std::vector<Bytes> stored = blobs_of(rows);
  if (merkle::is_entries_path(path)) return merkle::write_entries(stored);
  if (level == 0) return merkle::write_tile(leaves_of(stored));
  TRY(const std::vector<Hash> roots, roots_of(stored));
  return merkle::write_tile(roots);
}

}  // namespace countersign::logbook
