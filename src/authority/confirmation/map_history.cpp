// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/map_history.h"

#include <array>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE map_history ("
     " digest BLOB NOT NULL PRIMARY KEY,"  // SHA-256 of the map's JSON
     " version BIGINT NOT NULL,"
     " issued BIGINT NOT NULL,"   // Unix seconds
     " expires BIGINT NOT NULL,"  // alike
     " signed_map BLOB NOT NULL)"},
}};

}  // namespace

Result<MapHistory> MapHistory::open(storage::Database& database) {
  TRY(database.migrate("map_history", kMigrations));
  return MapHistory(database);
}

Result<void> MapHistory::keep(const network::MapView& map) {
  const Bytes digest = to_bytes(BytesView(map.digest));
  bool is_kept = false;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT 1 FROM map_history WHERE digest = $1", {digest}));
    is_kept = row.has_value();
    return ok();
  }));
  if (is_kept) return ok();
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO map_history (digest, version, issued, expires, signed_map) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (digest) DO NOTHING",
        {digest, map.map.version, unix_seconds(map.map.issued), unix_seconds(map.map.expires),
         map.signed_map}));
    return ok();
  });
}

Result<std::optional<Bytes>> MapHistory::in_force_at(TimePoint time) const {
  std::optional<Bytes> found;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT expires, signed_map FROM map_history WHERE issued <= $1"
                                         " ORDER BY version DESC LIMIT 1",
                                         {unix_seconds(time)}));
    if (row && unix_seconds(time) <= row->integer(0)) found = row->blob(1);
    return ok();
  }));
  return found;
}

}  // namespace countersign::authority
