// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/contradictions.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE log_contradictions ("
     " origin TEXT NOT NULL,"
     " size BIGINT NOT NULL,"
     " root BLOB NOT NULL,"
     " note TEXT NOT NULL,"
     " witness TEXT NOT NULL,"
     " time BIGINT NOT NULL,"
     " PRIMARY KEY (origin, size, root))"},
}};

constexpr std::int64_t kMostOfAnOrigin = 10;

Result<Contradiction> read_contradiction(const storage::Row& row) {
  Contradiction read;
  read.checkpoint.origin = row.text(0);
  read.checkpoint.size = static_cast<std::uint64_t>(row.integer(1));
  const Bytes& root = row.blob(2);
  if (root.size() != read.checkpoint.root.size())
    return fail(ErrorCode::kInternal, "log contradictions: a root is not whole");
  std::ranges::copy(root, read.checkpoint.root.begin());
  read.note = row.text(3);
  read.witness = row.text(4);
  read.time = from_unix_seconds(row.integer(5));
  return read;
}

}  // namespace

Result<Contradictions> Contradictions::open(storage::Database& database) {
  TRY(database.migrate("log_contradictions", kMigrations));
  return Contradictions(database);
}

Result<bool> Contradictions::keep(const Contradiction& contradiction) const {
  const auto& shown = contradiction.checkpoint;
  std::int64_t changed = 0;
  TRY(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto count,
        transaction.query_one("SELECT count(*) FROM log_contradictions WHERE origin = $1", {shown.origin}));
    if (count->integer(0) >= kMostOfAnOrigin) return ok();
    TRY(changed,
        transaction.execute(
            "INSERT INTO log_contradictions (origin, size, root, note, witness, time)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            {shown.origin, static_cast<std::int64_t>(shown.size), Bytes(shown.root.begin(), shown.root.end()),
             contradiction.note, contradiction.witness, unix_seconds(contradiction.time)}));
    return ok();
  }));
  return changed == 1;
}

Result<std::vector<Contradiction>> Contradictions::of(const std::string& origin) const {
  std::vector<Contradiction> all;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT origin, size, root, note, witness, time FROM log_contradictions"
                                      " WHERE origin = $1 ORDER BY size, root",
                                      {origin}));
    for (const storage::Row& row : rows) {
      TRY(auto read, read_contradiction(row));
      all.push_back(std::move(read));
    }
    return ok();
  }));
  return all;
}

Result<void> Contradictions::settle(const Contradiction& contradiction) const {
  const auto& shown = contradiction.checkpoint;
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "DELETE FROM log_contradictions WHERE origin = $1 AND size = $2 AND root = $3",
        {shown.origin, static_cast<std::int64_t>(shown.size), Bytes(shown.root.begin(), shown.root.end())}));
    return ok();
  });
}

}  // namespace countersign::authority
