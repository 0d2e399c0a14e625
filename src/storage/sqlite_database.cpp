// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "storage/checkpointer.h"
#include "storage/file.h"
#include "storage/file_descriptor.h"
#include "storage/schema.h"
#include "storage/sqlite_connection.h"

namespace countersign::storage {
namespace {

constexpr std::size_t kIdleReaders = 8;

// A step as SQLite takes it: a BIGINT key would be an index of its own beside the table, one page more to
// write in each transaction; an INTEGER one is the place of its row (sqlite.org/lang_createtable.html, §5).
std::string in_sqlite(std::string_view step) {
  constexpr std::string_view kKey = " BIGINT NOT NULL PRIMARY KEY";
  std::string sql(step);
  for (std::size_t at = 0; (at = sql.find(kKey, at)) != std::string::npos;)
    sql.replace(at, kKey.size(), " INTEGER NOT NULL PRIMARY KEY");
  return sql;
}

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(SqliteConnection& connection) : connection_(connection) {}
  Result<std::vector<Row>> query(std::string_view sql, const Values& parameters) override {
    return connection_.query(sql, parameters);
  }

 private:
  SqliteConnection& connection_;
};

// The first statement that fails decides the transaction, as it does in PostgreSQL.
class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
  ~SqliteTransaction() override {
    while (made_ > 0) outside_[--made_].take_back();
  }
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  Result<std::vector<Row>> query(std::string_view sql, const Values& parameters) override {
    return unless_failed([&] { return connection_.query(sql, parameters); });
  }
  Result<std::int64_t> execute(std::string_view sql, const Values& parameters) override {
    return unless_failed([&] { return connection_.execute(sql, parameters); });
  }
  Result<void> execute_many(std::string_view sql, std::span<const Values> rows) override {
    return unless_failed([&] { return connection_.execute_many(sql, rows); });
  }
  Result<void> run_script(std::string_view sql) {
    return unless_failed([&] { return connection_.run_script(sql); });
  }
  void before_commit(std::function<Result<void>()> make, std::function<void()> take_back) override {
    outside_.push_back({std::move(make), std::move(take_back)});
  }
  // What comes between the work and its commit; the error that decided the transaction.
  Result<void> prepare_commit() {
    while (!failure_ && made_ < outside_.size()) {
      TRY(outside_[made_].make());
      ++made_;
    }
    return failure_ ? fail(*failure_) : Result<void>(ok());
  }
  void is_committed() { made_ = 0; }

 private:
  struct Outside {
    std::function<Result<void>()> make;
    std::function<void()> take_back;
  };
  template <typename Statement>
  auto unless_failed(const Statement& statement) -> decltype(statement()) {
    if (failure_) return fail(*failure_);
    auto result = statement();
    if (!result) failure_ = result.error();
    return result;
  }

  SqliteConnection& connection_;
  std::optional<Error> failure_;
  std::deque<Outside> outside_;  // none moves when another is added
  std::size_t made_ = 0;         // how many of them, to be taken back unless committed
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::filesystem::path file, std::unique_ptr<SqliteConnection> writer)
      : file_(std::move(file)), writer_(std::move(writer)), checkpointer_(file_, writer_mutex_) {}

  Result<void> write(const std::function<Result<void>(Transaction&)>& work) override {
    return change([&](SqliteTransaction& transaction) { return work(transaction); });
  }
  Result<void> read(const std::function<Result<void>(Reader&)>& work) override;
  Result<void> migrate(std::string_view component, std::span<const Migration> migrations) override;
  Result<void> backup_to(const std::filesystem::path& destination) override;
  Result<void> check_integrity() override;

 private:
  Result<void> change(const std::function<Result<void>(SqliteTransaction&)>& work);
  Result<void> change_locked(const std::function<Result<void>(SqliteTransaction&)>& work);
  Result<std::unique_ptr<SqliteConnection>> take_reader();
  void give_back(std::unique_ptr<SqliteConnection> reader);

  const std::filesystem::path file_;
  std::mutex writer_mutex_;                        // guards writer_ during a whole transaction
  std::unique_ptr<SqliteConnection> writer_;       // null after a failure that could not be rolled back
  std::atomic<std::thread::id> writing_thread_{};  // who holds writer_mutex_
  std::mutex readers_mutex_;                       // guards readers_ while one is taken or given back
  std::vector<std::unique_ptr<SqliteConnection>> readers_;  // idle ones
  Checkpointer checkpointer_;
};

// Runs a function at the end of a scope, however it is left.
template <typename Function>
class AtExit {
 public:
  explicit AtExit(Function function) : function_(std::move(function)) {}
  ~AtExit() { function_(); }
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;

 private:
  Function function_;
};

Result<void> SqliteDatabase::change(const std::function<Result<void>(SqliteTransaction&)>& work) {
  if (writing_thread_.load() == std::this_thread::get_id()) throw std::logic_error("write inside of a write");
  const std::lock_guard lock(writer_mutex_);
  writing_thread_.store(std::this_thread::get_id());
  const AtExit leave([this] { writing_thread_.store({}); });
  if (!writer_) {
    TRY(writer_, SqliteConnection::open(file_, SqliteConnection::Use::kWriting));
  }
  const AtExit roll_back([this] {
    if (!writer_->roll_back()) writer_.reset();
  });
  return change_locked(work);
}

Result<void> SqliteDatabase::change_locked(const std::function<Result<void>(SqliteTransaction&)>& work) {
  TRY(writer_->execute("BEGIN IMMEDIATE", {}));
  SqliteTransaction transaction(*writer_);
  TRY(work(transaction));
  TRY(transaction.prepare_commit());
  TRY(writer_->execute("COMMIT", {}));
  transaction.is_committed();
  checkpointer_.log_has(writer_->log_size());
  return ok();
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::take_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  return SqliteConnection::open(file_, SqliteConnection::Use::kReading);
}

void SqliteDatabase::give_back(std::unique_ptr<SqliteConnection> reader) {
  if (!reader->roll_back()) return;
  const std::lock_guard lock(readers_mutex_);
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(reader));
}

Result<void> SqliteDatabase::read(const std::function<Result<void>(Reader&)>& work) {
  TRY(auto connection, take_reader());
  const AtExit give([&] { give_back(std::move(connection)); });
  TRY(connection->execute("BEGIN", {}));
  SqliteReader reader(*connection);
  return work(reader);
}

Result<void> SqliteDatabase::migrate(std::string_view component, std::span<const Migration> migrations) {
  bool finished = false;
  const auto apply_next = [&](SqliteTransaction& transaction) -> Result<void> {
    TRY(transaction.run_script(kCreateSchemaSteps));
    TRY(const Migration* const step, next_step(transaction, component, migrations));
    finished = step == nullptr;
    if (finished) return ok();
    TRY(transaction.run_script(in_sqlite(step->sql)));
    return record_step(transaction, component, *step);
  };
  while (!finished) {
    TRY(change(apply_next));
  }
  return ok();
}

Result<void> SqliteDatabase::backup_to(const std::filesystem::path& destination) {
  if (std::filesystem::exists(std::filesystem::symlink_status(destination)))
    return fail(ErrorCode::kConflict, destination.string() + ": exists already");
  std::filesystem::path partial = destination;
  partial += ".partial";
  ::unlink(partial.c_str());  // of a backup that was killed
  TRY(create_private_file(partial));
  const AtExit remove([&] { ::unlink(partial.c_str()); });
  TRY(auto source, take_reader());
  TRY(source->copy_to(partial));
  give_back(std::move(source));
  return rename_new(partial, destination);
}

Result<void> SqliteDatabase::check_integrity() {
  return read([](Reader& reader) -> Result<void> {
    TRY(const auto findings, reader.query("PRAGMA integrity_check(10)", {}));
    std::string text;
    for (const Row& finding : findings)
      if (finding.text(0) != "ok") text += finding.text(0) + "; ";
    TRY(const auto orphans, reader.query("PRAGMA foreign_key_check", {}));
    if (!orphans.empty()) text += std::to_string(orphans.size()) + " references to rows that are not there";
    return text.empty() ? Result<void>(ok()) : fail(ErrorCode::kInternal, "store is damaged: " + text);
  });
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, SqliteOptions options) {
  if (!std::filesystem::exists(file)) {
    const auto created = create_private_file(file);
    if (!created && created.error().code != ErrorCode::kConflict) return fail(created.error());
  }
  TRY(auto writer, SqliteConnection::open(file, SqliteConnection::Use::kWriting, options));
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(file, std::move(writer)));
}

}  // namespace countersign::storage
