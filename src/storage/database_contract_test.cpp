// SPDX-License-Identifier: Apache-2.0
// What every engine behind Database must do: statements, values, transactions.
#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

#include "storage/database_contract.h"

namespace countersign::storage {
namespace {

TEST_P(DatabaseContract, GivesBackWhatWasStored) {
  const Values stored{std::int64_t{-9'007'199'254'740'993}, std::string("한국어 'quoted' \n"),
                      Bytes{0, 255, 0}, nullptr};
  ASSERT_TRUE(database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto changed, transaction.execute(kInsert, stored));
    EXPECT_EQ(changed, 1);
    return ok();
  }));
  const auto rows = query("SELECT id, text, data, size FROM notes");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].integer(0), std::get<std::int64_t>(stored[0]));
  EXPECT_EQ(rows[0].text(1), std::get<std::string>(stored[1]));
  EXPECT_EQ(rows[0].blob(2), std::get<Bytes>(stored[2]));
  EXPECT_TRUE(rows[0].is_null(3));
}

TEST_P(DatabaseContract, TellsEmptyFromNull) {
  ASSERT_EQ(code_of_write(kInsert, {std::int64_t{1}, std::string(), Bytes{}, nullptr}), ErrorCode{-1});
  const auto rows = query("SELECT text, data FROM notes WHERE data IS NOT NULL");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].text(0), "");
  EXPECT_EQ(rows[0].blob(1), Bytes{});
}

TEST_P(DatabaseContract, RefusesToReadAColumnAsAnotherType) {
  ASSERT_TRUE(insert(1));
  const auto rows = query("SELECT id, text, data FROM notes");
  EXPECT_THROW((void)rows[0].text(0), std::logic_error);
  EXPECT_THROW((void)rows[0].blob(1), std::logic_error);
  EXPECT_THROW((void)rows[0].integer(2), std::logic_error);
  EXPECT_THROW((void)rows[0].integer(3), std::logic_error);
}

TEST_P(DatabaseContract, TakesParametersByNumberAndMoreThanOnce) {
  ASSERT_TRUE(insert(7));
  const auto rows =
      query("SELECT id FROM notes WHERE text = $2 AND id = $1 AND size < $1", {std::int64_t{7}, "note 7"});
  EXPECT_EQ(rows.size(), 1u);
}

TEST_P(DatabaseContract, RefusesTheWrongNumberOfParameters) {
  EXPECT_EQ(code_of_write(kInsert, {std::int64_t{1}}), ErrorCode::kInternal);
  EXPECT_EQ(code_of_write("DELETE FROM notes", {std::int64_t{1}}), ErrorCode::kInternal);
}

TEST_P(DatabaseContract, RefusesTextWithANullCharacter) {
  EXPECT_EQ(code_of_write(kInsert, {std::int64_t{1}, std::string("a\0b", 3), nullptr, nullptr}),
            ErrorCode::kMalformed);
}

TEST_P(DatabaseContract, RefusesSqlThatIsWrongOrMoreThanOneStatement) {
  EXPECT_EQ(code_of_write("DELETE FROM nowhere", {}), ErrorCode::kInternal);
  EXPECT_EQ(code_of_write("", {}), ErrorCode::kInternal);
  EXPECT_EQ(code_of_write("DELETE FROM notes; DELETE FROM notes", {}), ErrorCode::kInternal);
}

TEST_P(DatabaseContract, CountsTheRowsChanged) {
  for (std::int64_t id = 0; id < 3; ++id) ASSERT_TRUE(insert(id));
  ASSERT_TRUE(database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(const auto updated,
        transaction.execute("UPDATE notes SET size = 5 WHERE id < $1", {std::int64_t{2}}));
    EXPECT_EQ(updated, 2);
    TRY(const auto none, transaction.execute("DELETE FROM notes WHERE id = $1", {std::int64_t{9}}));
    EXPECT_EQ(none, 0);
    TRY(const auto known,
        transaction.execute("INSERT INTO notes (id) VALUES ($1) ON CONFLICT DO NOTHING", {std::int64_t{1}}));
    EXPECT_EQ(known, 0);
    return ok();
  }));
}

TEST_P(DatabaseContract, ExecutesOneStatementForManyRows) {
  std::vector<Values> rows;
  for (std::int64_t id = 0; id < 1000; ++id) rows.push_back(note(id));
  ASSERT_TRUE(
      database_->write([&](Transaction& transaction) { return transaction.execute_many(kInsert, rows); }));
  EXPECT_EQ(count(), 1000);
  const auto again = database_->write([&](Transaction& transaction) {
    return transaction.execute_many(kInsert, std::vector{note(5000), note(500)});
  });
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(count(), 1000);
}

TEST_P(DatabaseContract, NamesViolatedConstraintsAsConflicts) {
  ASSERT_TRUE(insert(1));
  EXPECT_EQ(code_of_write(kInsert, note(1)), ErrorCode::kConflict);
  EXPECT_EQ(code_of_write(kInsert, {std::int64_t{2}, "note 1", nullptr, nullptr}), ErrorCode::kConflict);
  EXPECT_EQ(code_of_write(kInsert, {std::int64_t{2}, "x", nullptr, std::int64_t{-1}}), ErrorCode::kConflict);
}

TEST_P(DatabaseContract, HoldsForeignKeys) {
  constexpr Migration kOwners[] = {{1, "CREATE TABLE pages (note BIGINT NOT NULL REFERENCES notes (id))"}};
  ASSERT_TRUE(database_->migrate("pages", kOwners));
  EXPECT_EQ(code_of_write("INSERT INTO pages (note) VALUES ($1)", {std::int64_t{42}}), ErrorCode::kConflict);
}

TEST_P(DatabaseContract, RollsBackWorkThatFails) {
  const auto written = database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(kInsert, note(1)));
    return fail(ErrorCode::kExpired, "too late");
  });
  EXPECT_EQ(written.error().code, ErrorCode::kExpired);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert(1));
}

TEST_P(DatabaseContract, RollsBackWorkThatThrows) {
  EXPECT_THROW((void)database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(kInsert, note(1)));
    throw std::runtime_error("a fault");
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert(1));
}

TEST_P(DatabaseContract, LetsTheFirstFailureDecideTheTransaction) {
  ASSERT_TRUE(insert(1));
  const auto written = database_->write([&](Transaction& transaction) -> Result<void> {
    EXPECT_FALSE(transaction.execute(kInsert, note(1)));
    EXPECT_EQ(transaction.execute(kInsert, note(2)).error().code, ErrorCode::kConflict);
    EXPECT_EQ(transaction.query("SELECT 1", {}).error().code, ErrorCode::kConflict);
    return ok();
  });
  EXPECT_EQ(written.error().code, ErrorCode::kConflict);
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseContract, MakesWhatIsOutsideOfTheStoreBetweenWorkAndCommit) {
  std::vector<std::string> steps;
  ASSERT_TRUE(database_->write([&](Transaction& transaction) -> Result<void> {
    for (const std::string name : {"first", "second"}) {
      transaction.before_commit(
          [&steps, name, this]() -> Result<void> {
            EXPECT_EQ(count(), 0) << "not committed yet";
            steps.push_back(name);
            return ok();
          },
          [&steps] { steps.emplace_back("taken back"); });
    }
    TRY(transaction.execute(kInsert, note(1)));
    steps.emplace_back("work");
    return ok();
  }));
  EXPECT_EQ(steps, (std::vector<std::string>{"work", "first", "second"}));
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseContract, MakesNothingOutsideForWorkThatFails) {
  int made = 0;
  const auto count_it = [&made]() -> Result<void> {
    ++made;
    return ok();
  };
  EXPECT_FALSE(database_->write([&](Transaction& transaction) -> Result<void> {
    transaction.before_commit(count_it, [&made] { ++made; });
    return fail(ErrorCode::kExpired, "too late");
  }));
  EXPECT_FALSE(database_->write([&](Transaction& transaction) -> Result<void> {
    transaction.before_commit(count_it, [&made] { ++made; });
    EXPECT_FALSE(transaction.execute("INSERT INTO nowhere (id) VALUES (1)", {}));
    return ok();
  }));
  EXPECT_EQ(made, 0);
  ASSERT_TRUE(insert(1));
  EXPECT_EQ(made, 0) << "nor with the next transaction";
}

TEST_P(DatabaseContract, RollsBackWhatCannotBeMadeOutsideAndTakesBackWhatWas) {
  std::vector<std::string> taken_back;
  const auto written = database_->write([&](Transaction& transaction) -> Result<void> {
    transaction.before_commit([]() -> Result<void> { return ok(); },
                              [&] { taken_back.emplace_back("first"); });
    transaction.before_commit([]() -> Result<void> { return ok(); },
                              [&] { taken_back.emplace_back("second"); });
    transaction.before_commit([]() -> Result<void> { return fail(ErrorCode::kStorageFull, "no room"); },
                              [&] { taken_back.emplace_back("third"); });
    TRY(transaction.execute(kInsert, note(1)));
    return ok();
  });
  EXPECT_EQ(written.error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(taken_back, (std::vector<std::string>{"second", "first"}));
}

TEST_P(DatabaseContract, TakesBackWhatIsOutsideWhenTheCommitFails) {
  constexpr Migration kPages[] = {
      {1, "CREATE TABLE pages (note BIGINT REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)"}};
  ASSERT_TRUE(database_->migrate("pages", kPages));
  int outside = 0;
  const auto written = database_->write([&](Transaction& transaction) -> Result<void> {
    transaction.before_commit(
        [&]() -> Result<void> {
          ++outside;
          return ok();
        },
        [&] { --outside; });
    outside = 10;
    TRY(transaction.execute("INSERT INTO pages (note) VALUES (42)", {}));
    return ok();
  });
  EXPECT_EQ(written.error().code, ErrorCode::kConflict);
  EXPECT_EQ(outside, 10) << "made and taken back";
  EXPECT_TRUE(insert(1));
}

TEST_P(DatabaseContract, ShowsATransactionItsOwnChanges) {
  ASSERT_TRUE(database_->write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(kInsert, note(1)));
    TRY(const auto row, transaction.query_one("SELECT text FROM notes WHERE id = $1", {std::int64_t{1}}));
    EXPECT_EQ(row->text(0), "note 1");
    TRY(const auto none, transaction.query_one("SELECT text FROM notes WHERE id = $1", {std::int64_t{2}}));
    EXPECT_FALSE(none);
    EXPECT_EQ(count(), 0) << "others see nothing before the commit";
    return ok();
  }));
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseContract, ForbidsAWriteInsideOfAWrite) {
  EXPECT_THROW((void)database_->write([&](Transaction&) { return insert(1); }), std::logic_error);
}

TEST_P(DatabaseContract, KeepsAReaderOnItsSnapshot) {
  ASSERT_TRUE(insert(1));
  ASSERT_TRUE(database_->read([&](Reader& reader) -> Result<void> {
    TRY(const auto before, reader.query("SELECT id FROM notes", {}));
    std::thread([&] { EXPECT_TRUE(insert(2)); }).join();  // the reader does not hold the writer up
    TRY(const auto after, reader.query("SELECT id FROM notes", {}));
    EXPECT_EQ(before.size(), 1u);
    EXPECT_EQ(after.size(), 1u);
    return ok();
  }));
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseContract, LetsReadersChangeNothing) {
  const auto read = database_->read([&](Reader& reader) -> Result<void> {
    TRY(reader.query("INSERT INTO notes (id) VALUES (1) RETURNING id", {}));
    return ok();
  });
  EXPECT_FALSE(read);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, ServesManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (std::int64_t thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      for (std::int64_t i = 0; i < 25; ++i) {
        if (!insert(thread * 100 + i)) ++failures;
        if (query("SELECT id FROM notes WHERE id = $1", {thread * 100 + i}).size() != 1) ++failures;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(count(), 200);
}

TEST_P(DatabaseContract, FindsASoundStoreSound) {
  ASSERT_TRUE(insert(1));
  EXPECT_TRUE(database_->check_integrity());
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseContract, testing::ValuesIn(engines()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace countersign::storage
