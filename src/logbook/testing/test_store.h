// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "logbook/testing/test_log.h"
#include "storage/database.h"

namespace countersign::logbook::testing {

// The tables of an authority, as far as the log's tools know them.
inline constexpr storage::Migration kStoreTables[] = {
    {1,
     "CREATE TABLE confirmations (log_index BIGINT NOT NULL PRIMARY KEY, id TEXT NOT NULL, document BLOB NOT "
     "NULL,"
     " nonce BLOB NOT NULL);"
     "CREATE TABLE log_entries (log_index BIGINT NOT NULL PRIMARY KEY, entry BLOB NOT NULL);"
     "CREATE TABLE log_tiles (level BIGINT NOT NULL, number BIGINT NOT NULL, root BLOB NOT NULL,"
     " hashes BLOB NOT NULL, PRIMARY KEY (level, number));"
     "CREATE TABLE log_state (id BIGINT NOT NULL PRIMARY KEY, origin TEXT NOT NULL, size BIGINT NOT NULL,"
     " time BIGINT NOT NULL, checkpoint TEXT NOT NULL);"
     "CREATE TABLE log_ended (origin TEXT NOT NULL PRIMARY KEY);"
     "CREATE TABLE log_witnessed (id BIGINT NOT NULL PRIMARY KEY, size BIGINT NOT NULL, checkpoint TEXT NOT "
     "NULL)"}};

inline void change(storage::Database& store, std::string_view sql, const storage::Values& values = {}) {
  take(store.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(sql, values));
    return ok();
  }));
}

// Fills the tables with what the authority of this log has; but for an index that was left out, each has its
// confirmation.
inline void fill_store(storage::Database& store, const TestLog& log, std::optional<std::uint64_t> left_out) {
  take(store.migrate("log", kStoreTables));
  take(store.write([&](storage::Transaction& transaction) -> Result<void> {
    for (std::uint64_t index = 0; index < log.size(); ++index) {
      const auto number = static_cast<std::int64_t>(index);
      TRY(transaction.execute("INSERT INTO log_entries (log_index, entry) VALUES ($1, $2)",
                              {number, log.entry(index)}));
      if (index == left_out) continue;
      const Bytes document = TestLog::document_of(index);
      TRY(transaction.execute(
          "INSERT INTO confirmations (log_index, id, document, nonce) VALUES ($1, $2, $3, $4)",
          {number, TestLog::uuid_of(document), document, TestLog::nonce_of(document)}));
    }
    for (const auto& [path, content] : log.files()) {
      const auto tile = merkle::parse_tile_path(path);
      if (!tile || merkle::is_entries_path(path) || tile.value().width != merkle::kTileWidth) continue;
      const auto [level, number, width] = tile.value();
      const auto hashes = take(merkle::parse_tile(tile.value(), content));
      const merkle::Hash root =
          take(merkle::hash_in_tile(tile.value(), hashes, {(level + 1) * merkle::kTileHeight, number}));
      TRY(transaction.execute(
          "INSERT INTO log_tiles (level, number, root, hashes) VALUES ($1, $2, $3, $4)",
          {std::int64_t{level}, static_cast<std::int64_t>(number), to_bytes(BytesView(root)), content}));
    }
    const auto size = static_cast<std::int64_t>(log.size());
    TRY(transaction.execute(
        "INSERT INTO log_state (id, origin, size, time, checkpoint) VALUES (1, $1, $2, 0, $3)",
        {std::string(kOrigin), size, log.note(false)}));
    TRY(transaction.execute("INSERT INTO log_witnessed (id, size, checkpoint) VALUES (1, $1, $2)",
                            {size, log.note()}));
    return ok();
  }));
}

}  // namespace countersign::logbook::testing
