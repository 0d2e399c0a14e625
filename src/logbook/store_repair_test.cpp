// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents/json.h"
#include "logbook/audit.h"
#include "logbook/store_comparison.h"
#include "logbook/store_log.h"
#include "logbook/testing/test_store.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using testing::change;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TestKeys;
using testing::TestLog;

constexpr std::uint64_t kSize = 700;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

class StoreRepairTest : public ::testing::Test {
 protected:
  StoreRepairTest() {
    testing::write(folder_.path(), log_.files());
    testing::fill_store(*store_, log_, std::nullopt);
  }
  RepairReport repair(const checkpoint::Policy* policy) {
    StoreLog from(*store_);
    return take(repair_log(folder_, {.from = &from, .store = store_.get(), .policy = policy}));
  }
  void flip(const std::string& path, std::size_t octet) {
    Bytes content = take(folder_.get(path));
    content.at(octet) ^= 1;
    testing::write(folder_.path(), path, content);
  }
  void expect_clean() {
    const AuditReport report = take(audit_log(folder_, {.policy = &policy_, .store = store_.get()}));
    EXPECT_TRUE(report.is_clean()) << write_audit_text(report);
    EXPECT_EQ(testing::read_all(folder_.path()), log_.files());
  }

  const TemporaryFolder disk_;
  const TestLog log_{keys(), kSize};
  LogFolder folder_{disk_.path() / "log"};
  std::unique_ptr<storage::Database> store_ = take(storage::open_sqlite(disk_.path() / "authority.db"));
  const checkpoint::Policy policy_ = keys().policy();
};

TEST_F(StoreRepairTest, GivesTheFilesThatTheLogHas) {
  StoreLog store(*store_);
  for (const auto& [path, content] : log_.files()) {
    if (path == kCheckpointPath) continue;
    EXPECT_EQ(take(store.get(path)), content) << path;
  }
  EXPECT_EQ(as_text(take(store.get(kCheckpointPath))), log_.note(false));
}

TEST_F(StoreRepairTest, GivesNoFileBeyondWhatTheStoreHas) {
  StoreLog store(*store_);
  for (const std::string path :
       {"tile/0/003", "tile/entries/002.p/189", "tile/1/000.p/3", "tile/2/000.p/1", "tile/1/000", "other"}) {
    const auto got = store.get(path);
    ASSERT_FALSE(got) << path;
    EXPECT_EQ(got.error().code, ErrorCode::kNotFound) << path;
  }
}

TEST_F(StoreRepairTest, ChangesNothingWhereFolderAndStoreAreAsTheyWereLogged) {
  const RepairReport report = repair(&policy_);
  EXPECT_TRUE(report.is_whole());
  EXPECT_THAT(report.restored, IsEmpty());
  expect_clean();
}

TEST_F(StoreRepairTest, WritesTheFoldersEntriesAnewOutOfTheStore) {
  flip("tile/entries/001", 100);
  std::filesystem::remove(folder_.path() / "tile/entries/002.p/188");
  std::filesystem::remove(folder_.path() / "tile/0/002.p/188");
  const RepairReport report = repair(&policy_);
  EXPECT_TRUE(report.is_whole());
  EXPECT_THAT(report.restored, SizeIs(3));
  expect_clean();
}

TEST_F(StoreRepairTest, WritesTheStoresRowsAnewOutOfTheFolder) {
  change(*store_, "UPDATE log_entries SET entry = x'00' WHERE log_index = 5");
  change(*store_, "DELETE FROM log_entries WHERE log_index = 699");
  change(*store_, "UPDATE log_tiles SET hashes = x'00' WHERE number = 1");
  change(*store_, "DELETE FROM log_tiles WHERE number = 0");
  change(*store_, "UPDATE log_state SET checkpoint = 'spoilt'");
  change(*store_, "UPDATE log_witnessed SET checkpoint = 'spoilt'");
  const RepairReport report = repair(&policy_);
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 6);
  EXPECT_THAT(write_repair_text(report),
              HasSubstr("in the store: log_entries, index 5 from what is here (was not what was logged)"));
  const auto json = take(documents::parse_json(as_bytes(write_repair_json(report)))).as_object();
  EXPECT_EQ(json.at("restored").as_array().front().as_object().at("row"), "log_entries, index 5");
  expect_clean();
}

TEST_F(StoreRepairTest, ChangesNothingInTheStoreWithoutAPolicy) {
  change(*store_, "UPDATE log_entries SET entry = x'00' WHERE log_index = 5");
  change(*store_, "UPDATE log_state SET checkpoint = 'spoilt'");
  const RepairReport report = repair(nullptr);
  EXPECT_EQ(report.restored_in_all, 0);
  ASSERT_THAT(report.left, SizeIs(2));
  EXPECT_THAT(report.left[0].what, HasSubstr("log_state"));
  EXPECT_EQ(report.left[1].index, 5);
}

TEST_F(StoreRepairTest, LeavesAStoreAloneThatKeepsAnotherLog) {
  change(*store_, "UPDATE log_state SET origin = 'osaka-1.example/log', checkpoint = 'spoilt'");
  const auto refused = repair_log(folder_, {.store = store_.get(), .policy = &policy_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(StoreRepairTest, MendsAStoreThatSignedMoreThanIsPublished) {
  TestLog longer(keys(), kSize + 3);
  const TemporaryFolder there;
  const auto store = take(storage::open_sqlite(there.path() / "authority.db"));
  testing::fill_store(*store, longer, std::nullopt);
  change(*store, "UPDATE log_entries SET entry = x'00' WHERE log_index = 5");
  const RepairReport report = take(repair_log(folder_, {.store = store.get(), .policy = &policy_}));
  EXPECT_EQ(report.restored_in_all, 1) << write_repair_text(report);
  change(*store, "UPDATE log_entries SET entry = x'00' WHERE log_index = 701");
  EXPECT_FALSE(repair_log(folder_, {.store = store.get(), .policy = &policy_}));
}

TEST_F(StoreRepairTest, NamesConfirmationsWhichNoLogHas) {
  change(*store_, "UPDATE confirmations SET document = x'00' WHERE log_index = 333");
  const RepairReport report = repair(&policy_);
  EXPECT_FALSE(report.is_whole());
  ASSERT_THAT(report.left, SizeIs(1));
  EXPECT_EQ(report.left[0].index, 333);
}

TEST_F(StoreRepairTest, IsNotWholeWhereTheStoreKeepsACheckpointOfAnotherHistory) {
  change(*store_, "UPDATE log_witnessed SET size = 300, checkpoint = $1",
         {TestLog(keys(), 300, " of another history").note()});
  const RepairReport report = repair(&policy_);
  EXPECT_FALSE(report.is_whole());
  ASSERT_THAT(report.left, SizeIs(1));
  EXPECT_EQ(report.left[0].kind, FindingKind::kFork);
  EXPECT_THAT(report.left[0].what, HasSubstr("log_witnessed"));
}

TEST_F(StoreRepairTest, CountsWhatIsLeftBeyondWhatItNames) {
  change(*store_, "UPDATE confirmations SET document = x'00' WHERE log_index < 10");
  const RepairReport report =
      take(repair_log(folder_, {.store = store_.get(), .policy = &policy_, .most_findings = 3}));
  EXPECT_THAT(report.left, SizeIs(3));
  EXPECT_EQ(report.left_in_all, 10);
}

// A store to which something happens just before it is written to.
class MeddledStore final : public storage::Database {
 public:
  MeddledStore(storage::Database& store, std::function<void()> before_write)
      : store_(store), before_write_(std::move(before_write)) {}
  Result<void> write(const std::function<Result<void>(storage::Transaction&)>& work) override {
    before_write_();
    return store_.write(work);
  }
  Result<void> read(const std::function<Result<void>(storage::Reader&)>& work) override {
    return store_.read(work);
  }
  Result<void> migrate(std::string_view component, std::span<const storage::Migration> migrations) override {
    return store_.migrate(component, migrations);
  }
  Result<void> backup_to(const std::filesystem::path& destination) override {
    return store_.backup_to(destination);
  }
  Result<void> check_integrity() override { return store_.check_integrity(); }

 private:
  storage::Database& store_;
  const std::function<void()> before_write_;
};

TEST_F(StoreRepairTest, LeavesCheckpointsThatTheAuthorityStoredMeanwhile) {
  const TestLog longer(keys(), kSize + 3);
  for (const char* table : {"log_state", "log_witnessed"})
    change(*store_, "UPDATE " + std::string(table) + " SET checkpoint = 'spoilt'");
  MeddledStore store(*store_, [&] {
    for (const char* table : {"log_state", "log_witnessed"})
      change(*store_, "UPDATE " + std::string(table) + " SET size = 703, checkpoint = $1", {longer.note()});
  });
  const RepairReport report = take(repair_log(folder_, {.store = &store, .policy = &policy_}));
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 0) << write_repair_text(report);
  const auto kept = take(stored_checkpoints(*store_));
  ASSERT_THAT(kept, SizeIs(2));
  for (const StoredCheckpoint& one : kept) EXPECT_EQ(one.note, longer.note());
}

TEST_F(StoreRepairTest, WritesNothingIntoALogThatWasBegunMeanwhile) {
  change(*store_, "DELETE FROM log_entries WHERE log_index = 5");
  MeddledStore store(*store_, [&] {
    change(*store_, "DELETE FROM log_entries");
    change(*store_, "UPDATE log_state SET origin = 'seoul-2.example/log'");
  });
  const auto refused = repair_log(folder_, {.store = &store, .policy = &policy_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(StoreLog(*store_).get("tile/0/000.p/6"));
}

TEST_F(StoreRepairTest, WritesARowOfStateThatIsLost) {
  change(*store_, "DELETE FROM log_state");
  change(*store_, "DELETE FROM log_entries WHERE log_index = 5");
  const RepairReport report = repair(&policy_);
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 2);
  expect_clean();
  EXPECT_EQ(as_text(take(StoreLog(*store_).get(kCheckpointPath))), log_.note());
}

struct Stateless {
  const char* name;
  std::vector<std::string> changes;
};

TEST_F(StoreRepairTest, BeginsNoLogInAStoreOfWhichNothingSaysThatItIsItsOwn) {
  const std::vector<Stateless> all = {
      {"without entries", {"DELETE FROM log_entries"}},
      {"with an entry of another", {"UPDATE log_entries SET entry = x'00' WHERE log_index = 5"}},
      {"ended", {"INSERT INTO log_ended (origin) VALUES ('seoul-1.example/log')"}}};
  for (const Stateless& one : all) {
    const TemporaryFolder there;
    const auto store = take(storage::open_sqlite(there.path() / "authority.db"));
    testing::fill_store(*store, log_, std::nullopt);
    change(*store, "DELETE FROM log_state");
    for (const std::string& sql : one.changes) change(*store, sql);
    const auto refused = repair_log(folder_, {.store = store.get(), .policy = &policy_});
    ASSERT_FALSE(refused) << one.name;
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict) << one.name;
    EXPECT_FALSE(StoreLog(*store).get(kCheckpointPath)) << one.name;
  }
}

TEST_F(StoreRepairTest, NamesAnEntryThatNeitherHas) {
  flip("tile/entries/001", 100);
  change(*store_, "UPDATE log_entries SET entry = x'00' WHERE log_index = 257");
  const RepairReport report = repair(&policy_);
  EXPECT_EQ(report.restored_in_all, 0);
  EXPECT_EQ(report.left_in_all, 2) << write_repair_text(report);
}

TEST_F(StoreRepairTest, LeavesAStoreAloneThatIsOfAnotherHistory) {
  const TestLog other(keys(), kSize, "another");
  const TemporaryFolder there;
  auto store = take(storage::open_sqlite(there.path() / "authority.db"));
  testing::fill_store(*store, other, std::nullopt);
  const auto refused = repair_log(folder_, {.store = store.get(), .policy = &policy_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  StoreLog theirs(*store);
  EXPECT_EQ(take(theirs.get("tile/0/000")), other.files().at("tile/0/000"));
}

TEST_F(StoreRepairTest, RefusesAStoreWithoutALog) {
  const auto store = take(storage::open_sqlite(disk_.path() / "other.db"));
  const auto refused = repair_log(folder_, {.store = store.get(), .policy = &policy_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::logbook
