// SPDX-License-Identifier: Apache-2.0
#include "logbook/store_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logbook/audit.h"
#include "logbook/testing/test_store.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestKeys;
using testing::TestLog;

constexpr std::uint64_t kSize = 600;
constexpr std::uint64_t kLeftOut = 300;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

class StoreComparisonTest : public ::testing::Test {
 protected:
  StoreComparisonTest() : log_(keys(), kLeftOut) {
    log_.append(to_bytes(documents::write_log_entry(documents::left_out_entry())));
    log_.append(kSize - kLeftOut - 1);
    testing::write(disk_.path() / "log", log_.files());
    testing::fill_store(*store_, log_, kLeftOut);
  }

  void change(std::string_view sql) { testing::change(*store_, sql); }
  AuditReport audit() { return take(audit_log(folder_, {.policy = &policy_, .store = store_.get()})); }

  const TemporaryFolder disk_;
  TestLog log_;
  LogFolder folder_{disk_.path() / "log"};
  std::unique_ptr<storage::Database> store_ = take(storage::open_sqlite(disk_.path() / "authority.db"));
  const checkpoint::Policy policy_ = keys().policy();
};

TEST_F(StoreComparisonTest, FindsNothingWhereStoreAndLogAgree) {
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << write_audit_text(report);
  EXPECT_TRUE(report.was_store_compared);
}

TEST_F(StoreComparisonTest, TakesAStoreThatIsAheadForNoFault) {
  change("INSERT INTO log_entries (log_index, entry) VALUES (600, x'00')");
  EXPECT_TRUE(audit().is_clean());
}

// An audit that kept one snapshot would keep the store's write-ahead log from starting over.
TEST_F(StoreComparisonTest, LooksAtTheStoreAsItIsAtThatMoment) {
  const auto spoil = [&](std::uint64_t done, std::uint64_t) {
    if (done == 256) change("UPDATE log_entries SET entry = x'00' WHERE log_index = 599");
  };
  const AuditReport report =
      take(audit_log(folder_, {.policy = &policy_, .store = store_.get(), .progress = spoil}));
  ASSERT_THAT(report.findings, SizeIs(1)) << write_audit_text(report);
  EXPECT_EQ(report.findings[0].index, 599);
}

struct Change {
  const char* name;
  const char* sql;
  std::optional<std::uint64_t> index;
  const char* what;
};

TEST_F(StoreComparisonTest, NamesTheIndexAtWhichTheyDiffer) {
  const std::vector<Change> changes = {
      {"confirmation changed",
       "UPDATE confirmations SET document = CAST(substr(document, 1, length(document) - 1) || 'x' AS BLOB)"
       " WHERE log_index = 7",
       7, "digest differs"},
      {"confirmation cut", "UPDATE confirmations SET document = x'00' WHERE log_index = 7", 7, "damaged"},
      {"nonce changed", "UPDATE confirmations SET nonce = x'00' WHERE log_index = 256", 256,
       "digest differs"},
      {"id changed", "UPDATE confirmations SET id = 'x' WHERE log_index = 8", 8, "by its id"},
      {"confirmation gone", "DELETE FROM confirmations WHERE log_index = 599", 599, "no confirmation"},
      {"entry changed", "UPDATE log_entries SET entry = x'00' WHERE log_index = 9", 9,
       "not the one that was logged"},
      {"entry gone", "DELETE FROM log_entries WHERE log_index = 255", 255, "no entry of this index"},
      {"entries gone", "DELETE FROM log_entries WHERE log_index >= 250 AND log_index < 270", 250, "250–269"},
      {"end gone", "DELETE FROM log_entries WHERE log_index >= 590", 590, "590–599"},
      {"confirmation where none is",
       "INSERT INTO confirmations (log_index, id, document, nonce) VALUES (300, 'x', x'00', x'00')", 300,
       "left the index out"},
      {"hash in a tile changed",
       "UPDATE log_tiles SET hashes = CAST(x'00' || substr(hashes, 2) AS BLOB) WHERE number = 1", 256,
       "level 0 number 1: its hash 0 is not"},
      {"tile cut", "UPDATE log_tiles SET hashes = substr(hashes, 1, 8160) WHERE number = 0", 255,
       "level 0 number 0: its hash 255 is not"},
      {"root of a tile changed", "UPDATE log_tiles SET root = x'00' WHERE number = 1", 256,
       "root is not that of its hashes"},
      {"tile gone", "DELETE FROM log_tiles WHERE number = 0", 0, "no row of log_tiles, level 0 number 0"},
      {"signature of the newest checkpoint changed",
       "UPDATE log_state SET checkpoint = replace(checkpoint, 'seoul-1.example/log\n6', "
       "'seoul-1.example/log\n5')",
       std::nullopt, "log_state"},
      {"size of the newest checkpoint changed", "UPDATE log_state SET size = 599", std::nullopt,
       "of 600 entries, and 599 stands beside it"},
      {"newest checkpoint gone", "DELETE FROM log_state", std::nullopt, "log_state is empty"},
      {"witnessed checkpoint cut", "UPDATE log_witnessed SET checkpoint = substr(checkpoint, 1, 60)",
       std::nullopt, "log_witnessed"}};
  for (const Change& row : changes) {
    const TemporaryFolder copies;
    take(store_->backup_to(copies.path() / "before.db"));
    const auto original = std::exchange(store_, take(storage::open_sqlite(copies.path() / "before.db")));
    change(row.sql);
    const AuditReport report = audit();
    store_ = take(storage::open_sqlite(disk_.path() / "authority.db"));
    ASSERT_THAT(report.findings, SizeIs(1)) << row.name << ": " << write_audit_text(report);
    EXPECT_EQ(report.findings[0].kind, FindingKind::kStore) << row.name;
    EXPECT_EQ(report.findings[0].index, row.index) << row.name;
    EXPECT_THAT(report.findings[0].what, HasSubstr(row.what)) << row.name;
  }
}

TEST_F(StoreComparisonTest, ComparesWithTheSignedLogAndNotWithAFileThatIsSpoilt) {
  Bytes content = take(folder_.get("tile/entries/000"));
  content[60] ^= 1;
  testing::write(folder_.path(), "tile/entries/000", content);
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(1)) << write_audit_text(report);
  EXPECT_EQ(report.findings[0].file, "tile/entries/000");
}

TEST_F(StoreComparisonTest, FindsAStoreThatSignedAnotherHistory) {
  TestLog other(keys(), kSize, "another");
  testing::change(*store_, "UPDATE log_state SET checkpoint = $1", {other.note(false)});
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(1)) << write_audit_text(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kFork);
}

TEST_F(StoreComparisonTest, SaysNothingOfAForkWhereNoSignatureIsVerified) {
  TestLog other(keys(), kSize, "another");
  testing::change(*store_, "UPDATE log_state SET checkpoint = $1", {other.note(false)});
  const AuditReport report = take(audit_log(folder_, {.store = store_.get()}));
  ASSERT_THAT(report.findings, SizeIs(1)) << write_audit_text(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kStore);
}

TEST_F(StoreComparisonTest, TakesACheckpointBeyondTheFoldersForNewer) {
  log_.append(1);
  testing::change(*store_, "UPDATE log_state SET size = 601, checkpoint = $1", {log_.note(false)});
  EXPECT_TRUE(audit().is_clean());
}

TEST_F(StoreComparisonTest, RefusesAStoreWithoutALog) {
  const auto other = take(storage::open_sqlite(disk_.path() / "other.db"));
  const auto report = audit_log(folder_, {.policy = &policy_, .store = other.get()});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::logbook
