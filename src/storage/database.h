// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace countersign::storage {

// Value is what a column holds: null, integer, text or blob.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string, Bytes>;
using Values = std::vector<Value>;

// Row is one line of an answer; columns by position, in the order of the SELECT. Asking for another type than
// the column holds is a bug and throws std::logic_error.
class Row {
 public:
  explicit Row(Values values) : values_(std::move(values)) {}
  bool is_null(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  const Bytes& blob(std::size_t column) const;

 private:
  Values values_;
};

// Reader asks. SQL is the subset that SQLite and PostgreSQL share, one statement at a time; columns are
// BIGINT, TEXT or BLOB; parameters are $1, $2, … without gap, texts without null characters (kMalformed).
class Reader {
 public:
  virtual ~Reader() = default;
  // All rows; say LIMIT where there can be many. kUnavailable, kInternal (bad SQL).
  virtual Result<std::vector<Row>> query(std::string_view sql, const Values& parameters) = 0;
  // The first row, if any.
  Result<std::optional<Row>> query_one(std::string_view sql, const Values& parameters);
};

// Transaction changes. What it did becomes durable as a whole or not at all. A statement that fails decides
// the transaction: those after it fail alike and write returns its error, whatever `work` returns. To go on
// in spite of a row that is there already, say ON CONFLICT DO NOTHING and look at the number of rows changed.
class Transaction : public Reader {
 public:
  // Number of rows changed. kConflict for a violated unique or check constraint, kStorageFull, kUnavailable.
  virtual Result<std::int64_t> execute(std::string_view sql, const Values& parameters) = 0;
  // One statement for many rows of parameters, in order: a batch costs one preparation (SQLite) or one round
  // trip (PostgreSQL).
  virtual Result<void> execute_many(std::string_view sql, std::span<const Values> rows) = 0;
  // For what has to be durable outside of the store no later than the change: `make` runs once `work` has
  // succeeded, just before the commit, and decides the transaction as a statement does. `take_back` runs when
  // the transaction fails after that. Both run in the order of the calls, backwards to take back.
  virtual void before_commit(std::function<Result<void>()> make, std::function<void()> take_back) = 0;
};

// One step of a schema, of any number of statements. Steps are never changed once released, only added.
struct Migration {
  int version;  // 1, 2, 3 … without gap
  std::string_view sql;
};

// Database is one store of one program. Thread-safe. Several processes may open the same store.
class Database {
 public:
  virtual ~Database() = default;
  // write runs `work` in one transaction: commits and syncs to disk when it succeeds, rolls back when it
  // fails or throws. When write returns success, the change survives the loss of process and power. Writers
  // queue; a write inside of a write throws std::logic_error. kStorageFull and kUnavailable leave nothing
  // behind.
  virtual Result<void> write(const std::function<Result<void>(Transaction&)>& work) = 0;
  // read runs `work` on one consistent snapshot, that of its first question; readers do not wait for writers.
  // A change tried by a reader fails.
  virtual Result<void> read(const std::function<Result<void>(Reader&)>& work) = 0;
  // migrate brings the schema of `component` to the newest of `migrations`, each step in a transaction of its
  // own. A schema newer than the program is refused (kUnsupported), and an applied step that reads otherwise
  // (kConflict).
  virtual Result<void> migrate(std::string_view component, std::span<const Migration> migrations) = 0;
  // backup_to writes a consistent copy (mode 0600) while the store is in use, complete when it has its name.
  // kConflict when the destination exists.
  virtual Result<void> backup_to(const std::filesystem::path& destination) = 0;
  // check_integrity reads everything; kInternal with what was found.
  virtual Result<void> check_integrity() = 0;
};

struct SqliteOptions {
  // Bytes, a power of two from 512 to 65,536, for a store that is created now; one that exists keeps its own.
  // A change costs at least a page, written to the log and later to the store.
  int page_size = 4096;
};

// open_sqlite opens or creates the file (mode 0600): WAL, synchronous=FULL, foreign keys, busy timeout 10 s,
// secure_delete.
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, SqliteOptions options = {});

}  // namespace countersign::storage
