// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_store.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

using documents::LogEntryBytes;
using merkle::Hash;

// A tile's root stands before its hashes: whoever wants the root reads the beginning of the row only.
constexpr std::array<storage::Migration, 5> kMigrations{{
    {1,
     "CREATE TABLE log_entries ("
     " log_index BIGINT NOT NULL PRIMARY KEY,"
     " entry BLOB NOT NULL)"},
    {2,
     "CREATE TABLE log_tiles ("
     " level BIGINT NOT NULL,"
     " number BIGINT NOT NULL,"
     " root BLOB NOT NULL,"
     " hashes BLOB NOT NULL,"
     " PRIMARY KEY (level, number))"},
    {3,
     "CREATE TABLE log_state ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " origin TEXT NOT NULL,"
     " size BIGINT NOT NULL,"
     " time BIGINT NOT NULL,"  // Unix microseconds
     " checkpoint TEXT NOT NULL)"},
    {4,
     "CREATE TABLE log_witnessed ("
     " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
     " size BIGINT NOT NULL,"
     " checkpoint TEXT NOT NULL)"},
    {5,
     "CREATE TABLE log_ended ("
     " origin TEXT NOT NULL PRIMARY KEY,"
     " size BIGINT NOT NULL,"
     " checkpoint TEXT NOT NULL,"
     " ended BIGINT NOT NULL)"},  // Unix seconds
}};

std::int64_t column_of(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::uint64_t number_of(std::int64_t column) {
  return static_cast<std::uint64_t>(column);
}

Result<Hash> read_hash(const Bytes& stored) {
  Hash hash;
  if (stored.size() != hash.size())
    return fail(ErrorCode::kInternal, "log: a hash in the store is not whole");
  std::copy(stored.begin(), stored.end(), hash.begin());
  return hash;
}

Result<LogEntryBytes> read_entry(const Bytes& stored) {
  LogEntryBytes entry;
  if (stored.size() != entry.size())
    return fail(ErrorCode::kInternal, "log: an entry in the store is not whole");
  std::copy(stored.begin(), stored.end(), entry.begin());
  return entry;
}

storage::Values state_values(const LogState& state) {
  return {state.origin, column_of(state.newest.size), std::int64_t{state.time.time_since_epoch().count()},
          state.newest.note};
}

}  // namespace

Result<LogStore> LogStore::open(storage::Database& database) {
  TRY(database.migrate("log", kMigrations));
  return LogStore();
}

Result<std::optional<LogState>> LogStore::state(storage::Reader& reader) const {
  TRY(const auto row,
      reader.query_one("SELECT origin, size, time, checkpoint FROM log_state WHERE id = 1", {}));
  if (!row) return std::optional<LogState>();
  return std::optional(LogState{row->text(0),
                                {number_of(row->integer(1)), row->text(3)},
                                TimePoint{std::chrono::microseconds{row->integer(2)}}});
}

Result<void> LogStore::begin(storage::Transaction& transaction, const LogState& state) const {
  TRY(const auto ended, transaction.query_one("SELECT 1 FROM log_ended WHERE origin = $1", {state.origin}));
  if (ended)
    return fail(ErrorCode::kConflict,
                "log: " + state.origin + " was ended here; another log takes another origin");
  TRY(const std::int64_t begun,
      transaction.execute(
          "INSERT INTO log_state (id, origin, size, time, checkpoint) VALUES (1, $1, $2, $3, $4)"
          " ON CONFLICT (id) DO NOTHING",
          state_values(state)));
  if (begun != 1) return fail(ErrorCode::kConflict, "log: the store has one already");
  return ok();
}

Result<void> LogStore::grow(storage::Transaction& transaction, const Growth& growth) const {
  std::vector<storage::Values> rows;
  rows.reserve(growth.entries.size());
  std::int64_t index = column_of(growth.size_before);
  for (const LogEntryBytes& entry : growth.entries) rows.push_back({index++, to_bytes(BytesView(entry))});
  TRY(transaction.execute_many("INSERT INTO log_entries (log_index, entry) VALUES ($1, $2)", rows));
  if (growth.finished.empty()) return ok();
  rows.clear();
  for (const FinishedTile& tile : growth.finished)
    rows.push_back({std::int64_t{tile.id.level}, column_of(tile.id.number), to_bytes(BytesView(tile.root)),
                    merkle::write_tile(tile.hashes)});
  return transaction.execute_many(
      "INSERT INTO log_tiles (level, number, root, hashes) VALUES ($1, $2, $3, $4)", rows);
}

Result<void> LogStore::keep_signed(storage::Transaction& transaction, const LogState& state) const {
  TRY(
      transaction.execute("UPDATE log_state SET size = $2, time = $3, checkpoint = $4"
                          " WHERE id = 1 AND origin = $1 AND size <= $2",
                          state_values(state)));
  return ok();
}

Result<void> LogStore::set_time(storage::Transaction& transaction, TimePoint time) const {
  TRY(transaction.execute("UPDATE log_state SET time = $1 WHERE id = 1",
                          {std::int64_t{time.time_since_epoch().count()}}));
  return ok();
}

Result<void> LogStore::end(storage::Transaction& transaction, const std::string& origin,
                           TimePoint now) const {
  TRY(const auto kept, state(transaction));
  std::vector<storage::Values> ended;
  if (kept)
    ended.push_back({kept->origin, column_of(kept->newest.size), kept->newest.note, unix_seconds(now)});
  ended.push_back({origin, std::int64_t{0}, std::string(), unix_seconds(now)});
  TRY(
      transaction.execute_many("INSERT INTO log_ended (origin, size, checkpoint, ended)"
                               " VALUES ($1, $2, $3, $4) ON CONFLICT (origin) DO NOTHING",
                               ended));
  for (const std::string_view table : {"log_entries", "log_tiles", "log_state", "log_witnessed"}) {
    TRY(transaction.execute("DELETE FROM " + std::string(table), {}));
  }
  return ok();
}

Result<std::vector<std::string>> LogStore::ended_checkpoints(storage::Reader& reader) const {
  TRY(const auto rows, reader.query("SELECT checkpoint FROM log_ended WHERE checkpoint <> ''", {}));
  std::vector<std::string> checkpoints;
  checkpoints.reserve(rows.size());
  for (const storage::Row& row : rows) checkpoints.push_back(row.text(0));
  return checkpoints;
}

Result<std::vector<LogEntryBytes>> LogStore::entries(storage::Reader& reader, std::uint64_t first,
                                                     std::uint64_t count) const {
  TRY(const auto rows,
      reader.query("SELECT log_index, entry FROM log_entries WHERE log_index >= $1 AND log_index < $2"
                   " ORDER BY log_index",
                   {column_of(first), column_of(first + count)}));
  if (rows.size() != count)
    return fail(ErrorCode::kNotFound, "log: not all entries from " + std::to_string(first) + " to " +
                                          std::to_string(first + count - 1) + " are there");
  std::vector<LogEntryBytes> entries;
  entries.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(const LogEntryBytes entry, read_entry(row.blob(1)));
    entries.push_back(entry);
  }
  return entries;
}

Result<std::uint64_t> LogStore::count(storage::Reader& reader) const {
  TRY(const auto row,
      reader.query_one("SELECT log_index FROM log_entries ORDER BY log_index DESC LIMIT 1", {}));
  return row ? number_of(row->integer(0)) + 1 : std::uint64_t{0};
}

Result<std::optional<std::vector<Hash>>> LogStore::finished_tile(storage::Reader& reader, int level,
                                                                 std::uint64_t number) const {
  TRY(const auto row, reader.query_one("SELECT hashes FROM log_tiles WHERE level = $1 AND number = $2",
                                       {std::int64_t{level}, column_of(number)}));
  if (!row) return std::optional<std::vector<Hash>>();
  TRY(auto hashes, merkle::parse_tile({level, number}, row->blob(0)));
  return std::optional(std::move(hashes));
}

Result<std::vector<Hash>> LogStore::tile_roots(storage::Reader& reader, int level, std::uint64_t first,
                                               std::uint64_t count) const {
  TRY(const auto rows,
      reader.query("SELECT root FROM log_tiles WHERE level = $1 AND number >= $2 AND number < $3"
                   " ORDER BY number",
                   {std::int64_t{level}, column_of(first), column_of(first + count)}));
  if (rows.size() != count)
    return fail(ErrorCode::kNotFound, "log: not all tiles of level " + std::to_string(level) + " from " +
                                          std::to_string(first) + " on are there");
  std::vector<Hash> roots;
  roots.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(const Hash root, read_hash(row.blob(0)));
    roots.push_back(root);
  }
  return roots;
}

Result<std::optional<LogCheckpoint>> LogStore::witnessed(storage::Reader& reader) const {
  TRY(const auto row, reader.query_one("SELECT size, checkpoint FROM log_witnessed WHERE id = 1", {}));
  if (!row) return std::optional<LogCheckpoint>();
  return std::optional(LogCheckpoint{number_of(row->integer(0)), row->text(1)});
}

Result<void> LogStore::keep_witnessed(storage::Transaction& transaction,
                                      const LogCheckpoint& checkpoint) const {
  TRY(transaction.execute(
      "INSERT INTO log_witnessed (id, size, checkpoint) VALUES (1, $1, $2)"
      " ON CONFLICT (id) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint"
      " WHERE log_witnessed.size <= excluded.size",
      {column_of(checkpoint.size), checkpoint.note}));
  return ok();
}

}  // namespace countersign::authority
