// SPDX-License-Identifier: Apache-2.0
#include "authority/audit/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace countersign::authority {
namespace {

using ::testing::HasSubstr;

class AuditLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("audit-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    database_ = storage::open_sqlite(folder_ / "store.db").value();
    log_.emplace(AuditLog::open(*database_).value());
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void append(std::vector<AuditEntry> entries) {
    ASSERT_TRUE(database_->write([&](storage::Transaction& transaction) {
      return log_->append(transaction, entries, from_unix_seconds(1'800'000'000));
    }));
  }
  void tamper(std::string_view sql) {
    ASSERT_TRUE(database_->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(sql, {}));
      return ok();
    }));
  }
  Result<std::int64_t> verify() {
    std::int64_t count = 0;
    TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
      TRY(count, log_->verify(reader));
      return ok();
    }));
    return count;
  }
  void append_three() {
    append({{"authority", "issue", "01", "merchant"}, {"operator:root", "suspend", "01", "certificateHold"}});
    append({{"operator:root", "resume", "01", ""}});
  }

  std::filesystem::path folder_;
  std::unique_ptr<storage::Database> database_;
  std::optional<AuditLog> log_;
};

TEST_F(AuditLogTest, VerifiesAnEmptyLog) {
  EXPECT_EQ(verify().value(), 0);
}

TEST_F(AuditLogTest, ChainsBatchesAndSingleEntriesInOrder) {
  append_three();
  EXPECT_EQ(verify().value(), 3);
}

TEST_F(AuditLogTest, VerifiesMoreThanOnePage) {
  append(std::vector<AuditEntry>(1201, AuditEntry{"authority", "confirm", "id", "0"}));
  EXPECT_EQ(verify().value(), 1201);
}

TEST_F(AuditLogTest, PagesFromWhereItIsTold) {
  append_three();
  std::vector<AuditRecord> records;
  ASSERT_TRUE(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(records, log_->page(reader, 1, 1));
    return ok();
  }));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].number, 2);
  EXPECT_EQ(records[0].entry.act, "suspend");
  EXPECT_EQ(records[0].time, from_unix_seconds(1'800'000'000));
}

TEST_F(AuditLogTest, FindsAChangedRecord) {
  append_three();
  tamper("UPDATE audit_log SET object = '02' WHERE number = 2");
  EXPECT_THAT(verify().error().detail, HasSubstr("record 2"));
}

TEST_F(AuditLogTest, FindsTextMovedFromOneFieldToTheNext) {
  append({{"authority", "issue", "01", "merchant"}});
  tamper("UPDATE audit_log SET object = '01m', detail = 'erchant' WHERE number = 1");
  EXPECT_THAT(verify().error().detail, HasSubstr("record 1"));
}

TEST_F(AuditLogTest, FindsARemovedRecord) {
  append_three();
  tamper("DELETE FROM audit_log WHERE number = 2");
  EXPECT_THAT(verify().error().detail, HasSubstr("record 2 is missing"));
}

TEST_F(AuditLogTest, FindsRecordsThatChangedPlaces) {
  append_three();
  tamper("UPDATE audit_log SET number = 9 WHERE number = 1");
  tamper("UPDATE audit_log SET number = 1 WHERE number = 2");
  tamper("UPDATE audit_log SET number = 2 WHERE number = 9");
  EXPECT_THAT(verify().error().detail, HasSubstr("record 1"));
}

TEST_F(AuditLogTest, FindsAFlippedBitInAHash) {
  append_three();
  tamper("UPDATE audit_log SET hash = (SELECT hash FROM audit_log WHERE number = 1) WHERE number = 3");
  EXPECT_THAT(verify().error().detail, HasSubstr("record 3"));
}

TEST_F(AuditLogTest, LeavesNothingOfATransactionThatFailed) {
  append_three();
  const Result<void> written = database_->write([&](storage::Transaction& transaction) -> Result<void> {
    const AuditEntry entry{"authority", "issue", "02", ""};
    TRY(log_->append(transaction, {&entry, 1}, from_unix_seconds(1'800'000'001)));
    return fail(ErrorCode::kUnavailable, "what should be recorded did not happen");
  });
  EXPECT_FALSE(written);
  EXPECT_EQ(verify().value(), 3);
}

}  // namespace
}  // namespace countersign::authority
