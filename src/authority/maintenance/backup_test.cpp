// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "authority/maintenance/store_lock.h"
#include "authority/testing/test_world.h"

namespace countersign::authority {
namespace {

using ::testing::HasSubstr;

class Backup : public ::testing::Test {
 protected:
  std::int64_t confirm_one() {
    return world_.confirmation_of(take(world_.confirm(world_.countersigned(world_.new_order())))).index;
  }
  void back_up() {
    take(backup_store(*world_.database, *world_.audit, backup_, "operator:test", world_.clock.now()));
  }
  Result<RestoreReport> restore(std::optional<std::int64_t> first_index = {}) {
    world_.stop();
    world_.database.reset();
    return restore_store({backup_, store_, reservation_, first_index, "operator:test"}, world_.clock.now());
  }
  void reopen() {
    world_.database = take(storage::open_sqlite(store_));
    world_.restart();
  }

  TestWorld world_;
  std::filesystem::path backup_ = world_.folder.path() / "backup.db";
  std::filesystem::path store_ = world_.folder.path() / "store.db";
  std::filesystem::path reservation_ = world_.folder.path() / "confirmation-index";
};

TEST_F(Backup, IsTakenWhileTheAuthorityConfirms) {
  confirm_one();
  back_up();
  EXPECT_EQ(confirm_one(), 1);
}

TEST_F(Backup, DoesNotOverwriteAnotherFile) {
  back_up();
  const Result<void> again =
      backup_store(*world_.database, *world_.audit, backup_, "operator:test", world_.clock.now());
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
}

TEST_F(Backup, RestoredNeverUsesAnIndexAgain) {
  confirm_one();
  back_up();
  const Bytes request = world_.countersigned(world_.new_order());
  const Decision lost = take(world_.confirm(request));
  const std::int64_t lost_index = world_.confirmation_of(lost).index;
  const RestoreReport report = take(restore());
  EXPECT_EQ(report.backup_next_index, 1);
  EXPECT_GT(report.next_index, lost_index);
  reopen();
  EXPECT_EQ(confirm_one(), report.next_index);
}

TEST_F(Backup, RestoredSaysInTheAuditLogWhatIsLeftOut) {
  back_up();
  confirm_one();
  const RestoreReport report = take(restore());
  reopen();
  std::vector<AuditRecord> records;
  take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
    take(world_.audit->verify(reader));
    TRY(records, world_.audit->page(reader, report.audit_records, 1));
    return ok();
  }));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].entry.act, "restore");
  EXPECT_EQ(records[0].entry.actor, "operator:test");
  EXPECT_THAT(records[0].entry.detail,
              HasSubstr("from 0 up to and without " + std::to_string(report.next_index)));
}

TEST_F(Backup, RestoredWithoutReservationNeedsAFirstIndex) {
  back_up();
  world_.stop();
  std::filesystem::remove(reservation_);
  EXPECT_EQ(restore().error().code, ErrorCode::kConflict);
  EXPECT_EQ(take(restore(5'000)).next_index, 5'000);
  reopen();
  EXPECT_EQ(confirm_one(), 5'000);
}

TEST_F(Backup, KeepsTheStoreThatItReplaces) {
  back_up();
  confirm_one();
  take(restore());
  EXPECT_TRUE(std::filesystem::exists(store_.string() + ".replaced"));
}

TEST_F(Backup, WithAFlippedBitIsRefusedAndTheStoreStays) {
  confirm_one();
  back_up();
  {
    std::fstream file(backup_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const std::string content = [&] {
      std::string all(static_cast<std::size_t>(file.tellg()), '\0');
      file.seekg(0);
      file.read(all.data(), static_cast<std::streamsize>(all.size()));
      return all;
    }();
    const std::size_t position = content.find("claim-sequence");
    ASSERT_NE(position, std::string::npos);
    file.seekp(static_cast<std::streamoff>(position));
    file.put('C');
  }
  const Result<RestoreReport> report = restore();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().detail, HasSubstr("audit log"));
  reopen();
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(Backup, OfAnotherKindOfFileIsRefused) {
  std::ofstream(backup_) << "not a store";
  EXPECT_FALSE(restore());
}

TEST(StoreLock, KeepsServersAndRestoresApart) {
  TemporaryFolder folder;
  const auto take_lock = [&](StoreLock::Kind kind) {
    return StoreLock::take(folder.path() / "store.db", kind);
  };
  {
    const StoreLock one = take(take_lock(StoreLock::Kind::kShared));
    const StoreLock two = take(take_lock(StoreLock::Kind::kShared));
    EXPECT_EQ(take_lock(StoreLock::Kind::kExclusive).error().code, ErrorCode::kConflict);
  }
  const StoreLock restore = take(take_lock(StoreLock::Kind::kExclusive));
  EXPECT_EQ(take_lock(StoreLock::Kind::kShared).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::authority
