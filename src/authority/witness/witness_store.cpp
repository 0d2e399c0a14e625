// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_store.h"

#include <algorithm>
#include <array>

#include "checkpoint/cosignature.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

using storage::Reader;
using storage::Row;
using storage::Transaction;

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1,
     "CREATE TABLE witness_keys ("
     " public_key BLOB NOT NULL PRIMARY KEY,"  // SubjectPublicKeyInfo: one key keeps its memory under any
                                               // name
     " time BIGINT NOT NULL);"
     "CREATE TABLE witnessed_logs ("
     " origin TEXT NOT NULL PRIMARY KEY,"
     " origin_hash BLOB NOT NULL UNIQUE,"
     " size BIGINT NOT NULL CHECK (size >= 0),"
     " root BLOB NOT NULL,"
     " note TEXT NOT NULL,"
     " time BIGINT NOT NULL);"
     "CREATE TABLE witness_conflicts ("
     " origin TEXT NOT NULL,"
     " size BIGINT NOT NULL,"
     " root BLOB NOT NULL,"
     " kind TEXT NOT NULL,"  // "fork", "unproven"
     " note TEXT NOT NULL,"
     " newest TEXT NOT NULL,"
     " time BIGINT NOT NULL,"
     " recorded BIGINT NOT NULL,"  // 1 once it is in the audit log
     " PRIMARY KEY (origin, size, root))"},
}};

constexpr std::int64_t kMostForks = 100;
constexpr std::int64_t kMostUnproven = 20;
constexpr Seconds kUnprovenKeptFor = std::chrono::days(30);
constexpr Seconds kUnprovenSafeFor = std::chrono::hours(1);  // from what comes after it
constexpr const char* kFork = "fork";
constexpr const char* kUnproven = "unproven";

const char* kind_text(CheckpointConflict kind) {
  return kind == CheckpointConflict::kFork ? kFork : kUnproven;
}

Bytes octets(const merkle::Hash& hash) {
  return Bytes(hash.begin(), hash.end());
}

std::int64_t stored_size(const checkpoint::Checkpoint& checkpoint) {
  return static_cast<std::int64_t>(checkpoint.size);  // at most 2^63-1
}

Result<checkpoint::Checkpoint> read_checkpoint(const Row& row) {
  checkpoint::Checkpoint read{row.text(0), static_cast<std::uint64_t>(row.integer(1)), {}};
  const Bytes& root = row.blob(2);
  if (root.size() != read.root.size())
    return fail(ErrorCode::kInternal, "witness: a root of " + read.origin + " is not whole");
  std::ranges::copy(root, read.root.begin());
  return read;
}

// Whether a note is of that checkpoint, with a cosignature of that time.
bool is_note_of(const WitnessedLog& log) {
  const auto note = checkpoint::parse_note(log.note);
  if (!note) return false;
  const auto noted = checkpoint::parse_checkpoint_text(note.value().text);
  const auto is_of_that_time = [&](const checkpoint::NoteSignature& each) {
    return each.payload.size() == checkpoint::kCosignatureSize &&
           checkpoint::claimed_seconds(each.payload) == static_cast<std::uint64_t>(unix_seconds(log.time));
  };
  return noted && noted.value() == log.checkpoint &&
         std::ranges::any_of(note.value().signatures, is_of_that_time);
}

constexpr std::string_view kLogColumns =
    "SELECT origin, size, root, note, time, origin_hash FROM witnessed_logs";

// A row that says two things is spoilt: by what it says an honest log would fork, or a fork be cosigned.
Result<WitnessedLog> read_log(const Row& row) {
  TRY(auto checkpoint, read_checkpoint(row));
  WitnessedLog log{std::move(checkpoint), row.text(3), from_unix_seconds(row.integer(4))};
  const Sha256Digest hash = crypto::sha256(as_bytes(log.checkpoint.origin));
  if (is_note_of(log) && std::ranges::equal(row.blob(5), hash)) return log;
  return fail(ErrorCode::kInternal, "witness: the row of " + log.checkpoint.origin +
                                        " in witnessed_logs is not what its note says");
}

Result<std::optional<WitnessedLog>> read_newest(Reader& reader, std::string_view origin) {
  TRY(const auto row, reader.query_one(std::string(kLogColumns) + " WHERE origin = $1 OR origin_hash = $2",
                                       {std::string(origin), octets(crypto::sha256(as_bytes(origin)))}));
  if (!row) return std::optional<WitnessedLog>();
  TRY(auto log, read_log(*row));
  return std::optional(std::move(log));
}

Result<WitnessConflict> read_conflict(const Row& row) {
  WitnessConflict conflict;
  TRY(conflict.offered, read_checkpoint(row));
  conflict.kind = row.text(3) == kFork ? CheckpointConflict::kFork : CheckpointConflict::kUnproven;
  conflict.note = row.text(4);
  conflict.newest = row.text(5);
  conflict.time = from_unix_seconds(row.integer(6));
  return conflict;
}

Result<std::vector<WitnessConflict>> read_conflicts(Reader& reader, std::string_view where) {
  TRY(const auto rows,
      reader.query("SELECT origin, size, root, kind, note, newest, time FROM witness_conflicts " +
                       std::string(where) + " ORDER BY origin, time, size",
                   {}));
  std::vector<WitnessConflict> conflicts;
  for (const Row& row : rows) {
    TRY(auto conflict, read_conflict(row));
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

// Whether there is nothing to keep: the same again, or no room. Asked before anything is written, since
// anybody can send the same again.
Result<bool> is_kept_or_full(Reader& reader, const WitnessConflict& conflict) {
  const auto& offered = conflict.offered;
  const bool is_fork = conflict.kind == CheckpointConflict::kFork;
  TRY(const auto known,
      reader.query_one("SELECT kind FROM witness_conflicts WHERE origin = $1 AND size = $2 AND root = $3",
                       {offered.origin, stored_size(offered), octets(offered.root)}));
  if (known && (known->text(0) == kFork || !is_fork)) return true;
  TRY(const auto count,
      reader.query_one(
          "SELECT count(*), coalesce(min(time), 0) FROM witness_conflicts WHERE origin = $1 AND kind = $2",
          {offered.origin, std::string(kind_text(conflict.kind))}));
  if (is_fork) return count->integer(0) >= kMostForks;
  return count->integer(0) >= kMostUnproven &&
         count->integer(1) > unix_seconds(conflict.time - kUnprovenSafeFor);
}

// Room for one more that is unproven, in place of the oldest.
Result<void> make_room(Transaction& transaction, const WitnessConflict& conflict) {
  TRY(transaction.execute("DELETE FROM witness_conflicts WHERE kind = 'unproven' AND time < $1",
                          {unix_seconds(conflict.time - kUnprovenKeptFor)}));
  if (conflict.kind == CheckpointConflict::kFork) return ok();
  const std::string& origin = conflict.offered.origin;
  TRY(const auto kept, transaction.query("SELECT size, root FROM witness_conflicts WHERE origin = $1"
                                         " AND kind = 'unproven' ORDER BY time, size, root",
                                         {origin}));
  if (std::ssize(kept) < kMostUnproven) return ok();
  TRY(transaction.execute("DELETE FROM witness_conflicts WHERE origin = $1 AND size = $2 AND root = $3",
                          {origin, kept.front().integer(0), kept.front().blob(1)}));
  return ok();
}

// What a witness never does, whatever decided it.
Result<void> expect_no_way_back(const std::optional<WitnessedLog>& newest, const WitnessedLog& next,
                                const std::string& origin) {
  if (next.checkpoint.origin != origin)
    return fail(ErrorCode::kInternal, "witness: a checkpoint of another log than " + origin);
  if (!newest) return ok();
  const auto& before = newest->checkpoint;
  if (next.checkpoint.size > before.size || next.checkpoint == before) return ok();
  return fail(ErrorCode::kInternal, "witness: " + origin + " would go back");
}

// What was unproven of that size is proven now, or proves a fork; whether there was such a one.
Result<bool> settle_unproven(Transaction& transaction, const WitnessedLog& next) {
  const auto& kept = next.checkpoint;
  TRY(transaction.execute("DELETE FROM witness_conflicts WHERE origin = $1 AND size = $2 AND root = $3",
                          {kept.origin, stored_size(kept), octets(kept.root)}));
  TRY(const std::int64_t forks,
      transaction.execute("UPDATE witness_conflicts SET kind = 'fork', newest = $3, recorded = 0"
                          " WHERE origin = $1 AND size = $2 AND kind = 'unproven'",
                          {kept.origin, stored_size(kept), next.note}));
  return forks > 0;
}

Result<void> write_newest(Transaction& transaction, const WitnessedLog& next) {
  const auto& kept = next.checkpoint;
  const Sha256Digest hash = crypto::sha256(as_bytes(kept.origin));
  TRY(const std::int64_t changed,
      transaction.execute(
          "INSERT INTO witnessed_logs (origin, origin_hash, size, root, note, time)"
          " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin) DO UPDATE SET size = excluded.size,"
          " root = excluded.root, note = excluded.note, time = excluded.time"
          " WHERE excluded.size >= witnessed_logs.size",
          {kept.origin, octets(hash), stored_size(kept), octets(kept.root), next.note,
           unix_seconds(next.time)}));
  if (changed == 1) return ok();
  return fail(ErrorCode::kInternal, "witness: " + kept.origin + " would go back");
}

}  // namespace

Result<WitnessStore> WitnessStore::open(storage::Database& database) {
  TRY(database.migrate("witness", kMigrations));
  return WitnessStore(database);
}

Result<void> WitnessStore::admit_key(const checkpoint::VerifierKey& key, TimePoint now) const {
  return database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO witness_keys (public_key, time) VALUES ($1, $2) ON CONFLICT (public_key) DO NOTHING",
        {key.key.spki(), unix_seconds(now)}));
    return ok();
  });
}

Result<void> WitnessStore::expect_key(const checkpoint::VerifierKey& key) const {
  return database_->read([&](Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT time FROM witness_keys WHERE public_key = $1", {key.key.spki()}));
    if (row) return ok();
    return fail(ErrorCode::kConflict, "witness: its memory does not know the key of " + key.name +
                                          ": what was cosigned with it is lost, or lies elsewhere");
  });
}

Result<std::optional<WitnessedLog>> WitnessStore::newest(std::string_view origin) const {
  std::optional<WitnessedLog> found;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(found, read_newest(reader, origin));
    return ok();
  }));
  return found;
}

Result<std::string> WitnessStore::note_of(BytesView origin_hash) const {
  std::string note;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one(std::string(kLogColumns) + " WHERE origin_hash = $1", {to_bytes(origin_hash)}));
    if (!row) return fail(ErrorCode::kNotFound, "witness: nothing was cosigned of such a log");
    TRY(WitnessedLog log, read_log(*row));
    note = std::move(log.note);
    return ok();
  }));
  return note;
}

Result<std::vector<WitnessedLog>> WitnessStore::all() const {
  std::vector<WitnessedLog> logs;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query(std::string(kLogColumns) + " ORDER BY origin", {}));
    for (const Row& row : rows) {
      TRY(auto log, read_log(row));
      logs.push_back(std::move(log));
    }
    return ok();
  }));
  return logs;
}

Result<bool> WitnessStore::update(const std::string& origin, const Decide& decide) const {
  bool shows_fork = false;
  TRY(database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto newest, read_newest(transaction, origin));
    TRY(const std::optional<WitnessedLog> next, decide(newest));
    if (!next) return ok();
    TRY(expect_no_way_back(newest, *next, origin));
    TRY(shows_fork, settle_unproven(transaction, *next));
    return write_newest(transaction, *next);
  }));
  return shows_fork;
}

Result<bool> WitnessStore::keep_conflict(const WitnessConflict& conflict) const {
  const auto& offered = conflict.offered;
  bool is_settled = false;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(is_settled, is_kept_or_full(reader, conflict));
    return ok();
  }));
  if (is_settled) return false;
  TRY(database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(is_settled, is_kept_or_full(transaction, conflict));
    if (is_settled) return ok();
    TRY(make_room(transaction, conflict));
    // What was unproven before may be a fork from now on.
    TRY(transaction.execute(
        "INSERT INTO witness_conflicts"
        " (origin, size, root, kind, note, newest, time, recorded)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (origin, size, root)"
        " DO UPDATE SET kind = excluded.kind, newest = excluded.newest, recorded = 0",
        {offered.origin, stored_size(offered), octets(offered.root), std::string(kind_text(conflict.kind)),
         conflict.note, conflict.newest, unix_seconds(conflict.time)}));
    return ok();
  }));
  return !is_settled;
}

Result<std::vector<WitnessConflict>> WitnessStore::conflicts() const {
  std::vector<WitnessConflict> found;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(found, read_conflicts(reader, ""));
    return ok();
  }));
  return found;
}

Result<void> WitnessStore::record_conflicts(
    const std::function<Result<void>(const WitnessConflict&)>& record) const {
  std::vector<WitnessConflict> open;
  TRY(database_->read([&](Reader& reader) -> Result<void> {
    TRY(open, read_conflicts(reader, "WHERE recorded = 0"));
    return ok();
  }));
  for (const WitnessConflict& conflict : open) {
    TRY(record(conflict));
    const auto& offered = conflict.offered;
    TRY(database_->write([&](Transaction& transaction) -> Result<void> {
      TRY(
          transaction.execute("UPDATE witness_conflicts SET recorded = 1 WHERE origin = $1 AND size = $2"
                              " AND root = $3 AND kind = $4",
                              {offered.origin, stored_size(offered), octets(offered.root),
                               std::string(kind_text(conflict.kind))}));
      return ok();
    }));
  }
  return ok();
}

}  // namespace countersign::authority
