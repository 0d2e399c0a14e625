// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/rebuild.h"

#include <gtest/gtest.h>

#include <fstream>

#include "authority/directory/status_record.h"
#include "authority/testing/test_world.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

class RebuildStatusRecord : public ::testing::Test {
 protected:
  Result<std::int64_t> rebuild() {
    world_.stop();
    world_.database.reset();
    return rebuild_status_record(store_, record_, "operator:test", world_.clock.now());
  }
  TestWorld world_;
  std::filesystem::path store_ = world_.folder.path() / "store.db";
  std::filesystem::path record_ = world_.folder.path() / "status-changes";
};

TEST_F(RebuildStatusRecord, WritesWhatTheStoreKnowsAndSaysSoInTheAuditLog) {
  const auto revoked = world_.purchaser->certificate.serial();
  world_.change_state(*world_.purchaser, CertificateState::kRevoked);
  std::filesystem::remove(record_);
  EXPECT_EQ(take(rebuild()), 1);
  const auto lines = take(StatusRecord::read(record_));
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->front().serial, revoked);
  EXPECT_EQ(lines->front().state, CertificateState::kRevoked);
  const auto database = take(storage::open_sqlite(store_));
  const auto audit = take(AuditLog::open(*database));
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::int64_t records, audit.verify(reader));
    TRY(const auto last, audit.page(reader, records - 1, 1));
    EXPECT_EQ(last.front().entry.act, "rebuild_status_record");
    EXPECT_EQ(last.front().entry.actor, "operator:test");
    return ok();
  }));
}

TEST_F(RebuildStatusRecord, LetsTheDirectoryBeOpenedAgain) {
  std::filesystem::remove(record_);
  take(rebuild());
  world_.database = take(storage::open_sqlite(store_));
  world_.restart();
  EXPECT_TRUE(world_.confirm(world_.countersigned(world_.new_order())));
}

TEST_F(RebuildStatusRecord, LeavesARecordThatIsThereAlone) {
  std::ofstream(record_, std::ios::app) << "what the store may not know\n";
  const Bytes before = take(storage::read_file(record_, 1 << 20));
  EXPECT_EQ(rebuild().error().code, ErrorCode::kConflict);
  EXPECT_EQ(take(storage::read_file(record_, 1 << 20)), before);
}

TEST_F(RebuildStatusRecord, MakesNoStoreWhereThereIsNone) {
  const auto missing = world_.folder.path() / "missing.db";
  std::filesystem::remove(record_);
  EXPECT_EQ(rebuild_status_record(missing, record_, "operator:test", world_.clock.now()).error().code,
            ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(missing));
}

}  // namespace
}  // namespace countersign::authority
