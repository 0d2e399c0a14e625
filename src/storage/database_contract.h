// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "crypto/random.h"
#include "storage/database.h"

// What the tests of the engines behind Database share. An engine joins by one more row of `engines`.
namespace countersign::storage {

// Opens the store of this name, made when it is not there; the same name again is the same store.
struct Engine {
  std::string name;
  std::function<std::unique_ptr<Database>(const std::string& store)> open;
};
inline void PrintTo(const Engine& engine, std::ostream* stream) {
  *stream << engine.name;
}

inline constexpr Migration kNotes[] = {
    {1,
     "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT UNIQUE, data BLOB, size BIGINT CHECK (size >= 0));"
     "CREATE INDEX notes_by_size ON notes (size)"}};
inline constexpr std::string_view kInsert =
    "INSERT INTO notes (id, text, data, size) VALUES ($1, $2, $3, $4)";

inline Values note(std::int64_t id) {
  return {id, "note " + std::to_string(id), Bytes{1, 2, 3}, std::int64_t{3}};
}

inline std::vector<Engine> engines() {
  return {{"sqlite",
           [](const std::string& store) { return open_sqlite(testing::TempDir() + store + ".db").value(); }}};
}

class DatabaseContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    database_ = open();
    ASSERT_TRUE(database_->migrate("notes", kNotes));
  }
  std::unique_ptr<Database> open() const { return GetParam().open(store_); }

  Result<void> insert(std::int64_t id) {
    return database_->write([&](Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(kInsert, note(id)));
      return ok();
    });
  }
  std::vector<Row> query(std::string_view sql, const Values& parameters = {}) {
    std::vector<Row> rows;
    const auto read = database_->read([&](Reader& reader) -> Result<void> {
      TRY(rows, reader.query(sql, parameters));
      return ok();
    });
    EXPECT_TRUE(read) << read.error().detail;
    return rows;
  }
  std::int64_t count() { return query("SELECT count(*) FROM notes").at(0).integer(0); }
  ErrorCode code_of_write(std::string_view sql, const Values& parameters) {
    const auto written = database_->write([&](Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(sql, parameters));
      return ok();
    });
    return written ? ErrorCode{-1} : written.error().code;
  }

  const std::string store_ = crypto::random_token(12);
  std::unique_ptr<Database> database_;
};

}  // namespace countersign::storage
