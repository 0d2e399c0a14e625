// SPDX-License-Identifier: Apache-2.0
// What every engine behind Database must do with the versions of a schema.
#include <stdexcept>

#include "storage/database_contract.h"

namespace countersign::storage {
namespace {

class DatabaseMigrations : public DatabaseContract {};

TEST_P(DatabaseMigrations, AppliesEachMigrationOnce) {
  constexpr Migration kTwo[] = {{1, "CREATE TABLE a (x BIGINT)"}, {2, "INSERT INTO a (x) VALUES (7)"}};
  ASSERT_TRUE(database_->migrate("a", std::span(kTwo).first(1)));
  EXPECT_EQ(query("SELECT x FROM a").size(), 0u);
  ASSERT_TRUE(database_->migrate("a", kTwo));
  ASSERT_TRUE(database_->migrate("a", kTwo));
  ASSERT_TRUE(open()->migrate("a", kTwo));
  EXPECT_EQ(query("SELECT x FROM a").size(), 1u);
}

TEST_P(DatabaseMigrations, RefusesASchemaNewerThanTheProgram) {
  constexpr Migration kTwo[] = {{1, "CREATE TABLE a (x BIGINT)"}, {2, "CREATE TABLE b (x BIGINT)"}};
  ASSERT_TRUE(database_->migrate("a", kTwo));
  EXPECT_EQ(database_->migrate("a", std::span(kTwo).first(1)).error().code, ErrorCode::kUnsupported);
}

TEST_P(DatabaseMigrations, NoticesAnAppliedMigrationThatReadsOtherwise) {
  constexpr Migration kOne[] = {{1, "CREATE TABLE a (x BIGINT)"}};
  constexpr Migration kOther[] = {{1, "CREATE TABLE a (x TEXT)"}};
  ASSERT_TRUE(database_->migrate("a", kOne));
  EXPECT_EQ(database_->migrate("a", kOther).error().code, ErrorCode::kConflict);
}

TEST_P(DatabaseMigrations, LeavesNothingOfAMigrationThatFails) {
  constexpr Migration kBroken[] = {{1, "CREATE TABLE a (x BIGINT); INSERT INTO nowhere VALUES (1)"}};
  constexpr Migration kMended[] = {{1, "CREATE TABLE a (x BIGINT)"}};
  EXPECT_FALSE(database_->migrate("a", kBroken));
  EXPECT_TRUE(database_->migrate("a", kMended));
}

TEST_P(DatabaseMigrations, RefusesMigrationsWithAGap) {
  constexpr Migration kGap[] = {{1, "CREATE TABLE a (x BIGINT)"}, {3, "CREATE TABLE b (x BIGINT)"}};
  EXPECT_THROW((void)database_->migrate("a", kGap), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseMigrations, testing::ValuesIn(engines()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace countersign::storage
