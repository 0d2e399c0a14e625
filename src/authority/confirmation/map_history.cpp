// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/map_history.h"

#include <array>
#include <mutex>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 2> kMigrations{{
    {1,
     "CREATE TABLE map_history ("
     " digest BLOB NOT NULL PRIMARY KEY,"  // SHA-256 of the map's JSON
     " version BIGINT NOT NULL,"
     " issued BIGINT NOT NULL,"   // Unix seconds
     " expires BIGINT NOT NULL,"  // alike
     " signed_map BLOB NOT NULL)"},
    {2,
     "ALTER TABLE map_history ADD COLUMN since BIGINT NOT NULL DEFAULT 0;"  // in force here; Unix seconds
     "UPDATE map_history SET since = issued"},
}};

struct Kept {
  Sha256Digest digest{};
  std::int64_t since = 0, expires = 0;  // Unix seconds
  Bytes signed_map;
};

std::optional<Bytes> unless_over(const Kept& map, TimePoint time) {
  if (map.expires < unix_seconds(time)) return std::nullopt;
  return map.signed_map;
}

}  // namespace

struct MapHistory::Newest {
  std::mutex mutex;         // guards what follows, held for moments only
  std::optional<Kept> map;  // nothing: none was ever kept
};

MapHistory::MapHistory(storage::Database& database)
    : database_(&database), newest_(std::make_shared<Newest>()) {}

Result<MapHistory> MapHistory::open(storage::Database& database) {
  TRY(database.migrate("map_history", kMigrations));
  MapHistory history(database);
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT since, expires, signed_map FROM map_history"
                                         " ORDER BY since DESC, version DESC LIMIT 1",
                                         {}));
    if (row) history.newest_->map = Kept{{}, row->integer(0), row->integer(1), row->blob(2)};
    return ok();
  }));
  return history;
}

Result<void> MapHistory::keep(const network::MapView& map, TimePoint now) const {
  {
    const std::lock_guard lock(newest_->mutex);
    if (newest_->map && newest_->map->digest == map.digest) return ok();
  }
  Kept kept{map.digest, 0, unix_seconds(map.map.expires), map.signed_map};
  const Bytes digest = to_bytes(BytesView(map.digest));
  TRY(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(
        transaction.execute("INSERT INTO map_history (digest, version, issued, expires, signed_map, since)"
                            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING",
                            {digest, map.map.version, unix_seconds(map.map.issued), kept.expires,
                             map.signed_map, unix_seconds(now)}));
    TRY(const auto row, transaction.query_one("SELECT since FROM map_history WHERE digest = $1", {digest}));
    kept.since = row->integer(0);
    return ok();
  }));
  const std::lock_guard lock(newest_->mutex);
  newest_->map = std::move(kept);
  return ok();
}

Result<std::optional<Bytes>> MapHistory::in_force_at(TimePoint time) const {
  {
    const std::lock_guard lock(newest_->mutex);
    if (!newest_->map) return std::optional<Bytes>();
    if (newest_->map->since <= unix_seconds(time)) return unless_over(*newest_->map, time);
  }
  std::optional<Bytes> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT expires, signed_map FROM map_history WHERE since <= $1"
                                         " ORDER BY since DESC, version DESC LIMIT 1",
                                         {unix_seconds(time)}));
    if (row) found = unless_over({{}, 0, row->integer(0), row->blob(1)}, time);
    return ok();
  }));
  return found;
}

}  // namespace countersign::authority
