// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_connection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>

namespace countersign::storage {
namespace {

constexpr int kBusyMilliseconds = 10'000;
constexpr std::size_t kMaxStatements = 512;
constexpr std::string_view kSettings =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA trusted_schema = "
    "OFF; "
    "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864; "
    "PRAGMA wal_autocheckpoint = 0;";
// Beyond, a commit checkpoints by itself: the Checkpointer cannot keep up, or the store has none.
constexpr std::int64_t kLargestLog = 128 << 20;

// Whether the system refused for want of room. SQLite notes the system's error for opening and not for
// committing, where errno, cleared before each step, still has it.
bool means_full(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

ErrorCode code_of(int extended, int system_error) {
  switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
      return ErrorCode::kConflict;
    case SQLITE_FULL:
      return ErrorCode::kStorageFull;
    case SQLITE_IOERR:
      return extended == SQLITE_IOERR_SHMSIZE || means_full(system_error) ? ErrorCode::kStorageFull
                                                                          : ErrorCode::kUnavailable;
    case SQLITE_CANTOPEN:
      return means_full(system_error) ? ErrorCode::kStorageFull : ErrorCode::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

Error make_error(sqlite3* database, int code) {
  const int live = errno;
  const int noted = sqlite3_system_errno(database);
  const int system_error = noted != 0 ? noted : live;
  const int extended = sqlite3_extended_errcode(database);
  return Error{code_of((extended & 0xff) == (code & 0xff) ? extended : code, system_error),
               std::string("sqlite: ") + sqlite3_errmsg(database)};
}

int bind_text(sqlite3_stmt* statement, int position, const std::string& text) {
  return sqlite3_bind_text64(statement, position, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int bind_blob(sqlite3_stmt* statement, int position, const Bytes& bytes) {
  if (bytes.empty()) return sqlite3_bind_zeroblob(statement, position, 0);  // a null pointer would bind NULL
  return sqlite3_bind_blob64(statement, position, bytes.data(), bytes.size(), SQLITE_STATIC);
}

int bind_value(sqlite3_stmt* statement, int position, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return sqlite3_bind_int64(statement, position, *integer);
  if (const auto* text = std::get_if<std::string>(&value)) return bind_text(statement, position, *text);
  if (const auto* blob = std::get_if<Bytes>(&value)) return bind_blob(statement, position, *blob);
  return sqlite3_bind_null(statement, position);
}

Result<Value> column_value(sqlite3_stmt* statement, int column) {
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, column)); };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return Value(std::int64_t{sqlite3_column_int64(statement, column)});
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return Value(std::string(text, size()));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
      return Value(Bytes(bytes, bytes + size()));
    }
    case SQLITE_NULL:
      return Value(nullptr);
    default:
      return fail(ErrorCode::kInternal, "sqlite: a column holds a fraction");
  }
}

bool holds_null_byte(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && text->find('\0') != std::string::npos;
}

bool is_blank(std::string_view sql) {
  return sql.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

// Run is one execution of a prepared statement: the parameters are bound by reference until it ends.
class SqliteConnection::Run {
 public:
  Run(SqliteConnection& connection, Statement& statement)
      : connection_(connection), statement_(statement), handle_(statement.handle.get()) {}
  ~Run() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result<void> bind(const Values& values) {
    sqlite3_reset(handle_);
    if (values.size() != statement_.parameters)
      return fail(ErrorCode::kInternal, "sql: takes " + std::to_string(statement_.parameters) +
                                            " parameters, not " + std::to_string(values.size()));
    if (std::ranges::any_of(values, holds_null_byte))
      return fail(ErrorCode::kMalformed, "sql: a text holds a null character");
    for (std::size_t i = 0; i < statement_.parameter_of.size(); ++i) {
      const int code = bind_value(handle_, static_cast<int>(i) + 1, values[statement_.parameter_of[i]]);
      if (code != SQLITE_OK) return fail(connection_.error_of(code));
    }
    return ok();
  }

  // True while there is a row.
  Result<bool> step() {
    errno = 0;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail(connection_.error_of(code));
  }

  Result<Row> row() const {
    Values values;
    const int columns = sqlite3_column_count(handle_);
    values.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      TRY(auto value, column_value(handle_, i));
      values.push_back(std::move(value));
    }
    return Row(std::move(values));
  }

 private:
  SqliteConnection& connection_;
  Statement& statement_;
  sqlite3_stmt* handle_;
};

Error SqliteConnection::error_of(int code) const {
  return make_error(database_.get(), code);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& file, Use use,
                                                                 SqliteOptions options) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (handle == nullptr) throw std::bad_alloc();
  if (code != SQLITE_OK) return fail(connection->error_of(code), file.string());
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  TRY(connection->run_script("PRAGMA page_size = " + std::to_string(options.page_size)));
  TRY(connection->use_write_ahead_log());
  TRY(connection->page_size_, connection->read_page_size());
  TRY(connection->run_script(kSettings));
  sqlite3_wal_hook(handle, &SqliteConnection::note_log, connection.get());
  if (use == Use::kReading) {
    TRY(connection->run_script("PRAGMA query_only = ON"));
  }
  return connection;
}

// Only the first to open a new store changes anything here; those who come at the same instant are told that
// it is busy without having waited.
Result<void> SqliteConnection::use_write_ahead_log() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{kBusyMilliseconds};
  while (true) {
    const auto mode = query("PRAGMA journal_mode = WAL", {});
    if (mode && mode.value().size() == 1 && mode.value().front().text(0) == "wal") return ok();
    if (mode) return fail(ErrorCode::kUnsupported, "sqlite: this file system has no write-ahead log");
    if (mode.error().code != ErrorCode::kUnavailable || std::chrono::steady_clock::now() > deadline)
      return fail(mode.error());
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

Result<std::int64_t> SqliteConnection::read_page_size() {
  TRY(const auto rows, query("PRAGMA page_size", {}));
  if (rows.size() != 1) return fail(ErrorCode::kInternal, "sqlite: no page size");
  return rows.front().integer(0);
}

Result<void> SqliteConnection::number_parameters(Statement& statement) {
  const int count = sqlite3_bind_parameter_count(statement.handle.get());
  std::vector<bool> used(static_cast<std::size_t>(count), false);
  for (int i = 1; i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(statement.handle.get(), i);
    const std::string_view text = name == nullptr ? "" : name;
    std::size_t number = 0;
    const auto parsed = std::from_chars(text.data() + std::min<std::size_t>(1, text.size()),
                                        text.data() + text.size(), number);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    if (!text.starts_with('$') || !whole || number < 1 || number > used.size() || used[number - 1])
      return fail(ErrorCode::kInternal, "sql: parameters are $1, $2, … without gap");
    used[number - 1] = true;
    statement.parameter_of.push_back(number - 1);
  }
  statement.parameters = used.size();
  return ok();
}

Result<SqliteConnection::Statement*> SqliteConnection::prepared(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, &rest);
  Statement statement;
  statement.handle.reset(handle);
  if (code != SQLITE_OK) return fail(error_of(code));
  if (handle == nullptr || !is_blank(sql.substr(static_cast<std::size_t>(rest - sql.data()))))
    return fail(ErrorCode::kInternal, "sql: not exactly one statement");
  TRY(number_parameters(statement));
  if (statements_.size() >= kMaxStatements) statements_.clear();
  return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

Result<std::vector<Row>> SqliteConnection::query(std::string_view sql, const Values& parameters) {
  TRY(Statement* const statement, prepared(sql));
  Run run(*this, *statement);
  TRY(run.bind(parameters));
  std::vector<Row> rows;
  while (true) {
    TRY(const bool more, run.step());
    if (!more) return rows;
    TRY(auto row, run.row());
    rows.push_back(std::move(row));
  }
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql, const Values& parameters) {
  TRY(Statement* const statement, prepared(sql));
  Run run(*this, *statement);
  TRY(run.bind(parameters));
  const auto before = sqlite3_total_changes64(database_.get());
  while (true) {
    TRY(const bool more, run.step());
    if (!more) break;
  }
  if (sqlite3_total_changes64(database_.get()) == before) return 0;
  return sqlite3_changes64(database_.get());
}

Result<void> SqliteConnection::execute_many(std::string_view sql, std::span<const Values> rows) {
  TRY(Statement* const statement, prepared(sql));
  Run run(*this, *statement);
  for (const Values& row : rows) {
    TRY(run.bind(row));
    TRY(const bool more, run.step());
    if (more) return fail(ErrorCode::kInternal, "sql: execute_many takes statements without an answer");
  }
  return ok();
}

Result<void> SqliteConnection::run_script(std::string_view sql) {
  errno = 0;
  const int code = sqlite3_exec(database_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code));
  return ok();
}

int SqliteConnection::note_log(void* self, sqlite3* database, const char* name, int pages) {
  auto* const connection = static_cast<SqliteConnection*>(self);
  connection->log_size_ = pages * connection->page_size_;
  if (connection->log_size_ >= kLargestLog)
    sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;  // the commit stands, whatever became of the checkpoint
}

Result<void> SqliteConnection::checkpoint() {
  errno = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fail(error_of(code));
  return ok();
}

bool SqliteConnection::roll_back() {
  if (sqlite3_get_autocommit(database_.get()) == 0)
    sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return sqlite3_get_autocommit(database_.get()) != 0;
}

Result<void> SqliteConnection::copy_to(const std::filesystem::path& destination) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(destination.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, CloseDatabase> copy(handle);
  if (handle == nullptr) throw std::bad_alloc();
  if (opened != SQLITE_OK) return fail(make_error(handle, opened), destination.string());
  sqlite3_backup* backup = sqlite3_backup_init(handle, "main", database_.get(), "main");
  if (backup == nullptr) return fail(make_error(handle, sqlite3_errcode(handle)), destination.string());
  errno = 0;
  const int stepped = sqlite3_backup_step(backup, -1);  // in one step: one snapshot, writers go on
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return fail(make_error(handle, stepped), destination.string());
  if (finished != SQLITE_OK) return fail(make_error(handle, finished), destination.string());
  return ok();
}

}  // namespace countersign::storage
