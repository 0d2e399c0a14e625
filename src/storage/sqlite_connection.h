// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.h"

namespace countersign::storage {

// SqliteConnection is one connection with its prepared statements, each prepared once. For one thread at a
// time.
class SqliteConnection {
 public:
  enum class Use { kWriting, kReading, kCheckpointing };
  // Opens an existing file: WAL, synchronous=FULL and the other settings of open_sqlite; kReading can change
  // nothing.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& file, Use use,
                                                        SqliteOptions options = {});

  Result<std::vector<Row>> query(std::string_view sql, const Values& parameters);
  Result<std::int64_t> execute(std::string_view sql, const Values& parameters);
  Result<void> execute_many(std::string_view sql, std::span<const Values> rows);
  // Any number of statements without parameters, not kept prepared.
  Result<void> run_script(std::string_view sql);
  // Ends whatever transaction there is. False when even that failed: the connection must then be closed.
  bool roll_back();
  // Bytes of pages in the write-ahead log after this connection's last commit.
  std::int64_t log_size() const { return log_size_; }
  // Carries the log into the store as far as readers allow; waits for nobody and holds no writer up.
  Result<void> checkpoint();
  // Copies the whole store, as of one instant, into the empty file at `destination`.
  Result<void> copy_to(const std::filesystem::path& destination);

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  struct Statement {
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
    std::vector<std::size_t> parameter_of;  // per SQLite parameter, the position in Values
    std::size_t parameters = 0;             // how many Values it takes
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class Run;  // binds on construction, resets at its end

  explicit SqliteConnection(sqlite3* database) : database_(database) {}
  Result<void> use_write_ahead_log();
  Result<std::int64_t> read_page_size();
  Result<Statement*> prepared(std::string_view sql);
  Result<void> number_parameters(Statement& statement);
  Error error_of(int code) const;
  static int note_log(void* self, sqlite3* database, const char* name, int pages);

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>>
      statements_;  // destroyed before database_
  std::int64_t page_size_ = 0;
  std::int64_t log_size_ = 0;
};

}  // namespace countersign::storage
