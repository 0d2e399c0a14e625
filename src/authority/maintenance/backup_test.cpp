// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "authority/directory/status_journal.h"
#include "authority/directory/status_record.h"
#include "authority/log/tile_publisher.h"
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
    take(backup_store(*world_.database, *world_.audit, {backup_, record_, "operator:test"},
                      world_.clock.now()));
  }
  Result<RestoreReport> restore(std::optional<std::int64_t> first_index = {},
                                LostRevocations lost_revocations = LostRevocations::kRefuse) {
    world_.stop();
    world_.database.reset();
    return restore_store(
        {backup_, store_, reservation_, record_, first_index, lost_revocations, "operator:test"},
        world_.clock.now());
  }
  // Serves again, at a time from which new orders are taken.
  void reopen() {
    world_.database = take(storage::open_sqlite(store_));
    world_.restart();
    world_.clock.advance(std::chrono::seconds(61));
  }
  CertificateState state_of(const x509::Signer& holder) {
    std::optional<Directory::QuickStatus> status;
    take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(status, world_.directory->quick_status(reader, holder.certificate.serial()));
      return ok();
    }));
    return status->state;
  }
  std::size_t crl_entries() {
    std::size_t entries = 0;
    take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(const auto revoked, world_.directory->revoked_entries(reader, world_.clock.now()));
      entries = revoked.size();
      return ok();
    }));
    return entries;
  }
  std::int64_t confirmations_in(const std::filesystem::path& file) {
    const auto database = take(storage::open_sqlite(file));
    std::int64_t count = -1;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(const auto row, reader.query_one("SELECT COUNT(*) FROM confirmations", {}));
      count = row->integer(0);
      return ok();
    }));
    return count;
  }
  documents::StatusFeedPosition feed_position() {
    documents::StatusFeedPosition position;
    take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(position, newest_status_position(reader));
      return ok();
    }));
    return position;
  }
  std::vector<std::string> acts() {
    std::vector<std::string> acts;
    take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
      take(world_.audit->verify(reader));
      TRY(const auto records, world_.audit->page(reader, 0, 500));
      for (const AuditRecord& record : records) acts.push_back(record.entry.act);
      return ok();
    }));
    return acts;
  }

  TestWorld world_;
  std::filesystem::path backup_ = world_.folder.path() / "backup.db";
  std::filesystem::path store_ = world_.folder.path() / "store.db";
  std::filesystem::path reservation_ = world_.folder.path() / "confirmation-index";
  std::filesystem::path record_ = world_.folder.path() / "status-changes";
};

TEST_F(Backup, IsTakenWhileTheAuthorityConfirms) {
  confirm_one();
  back_up();
  EXPECT_EQ(confirm_one(), 1);
}

TEST_F(Backup, DoesNotOverwriteAnotherFile) {
  back_up();
  const Result<void> again =
      backup_store(*world_.database, *world_.audit, {backup_, record_, "operator:test"}, world_.clock.now());
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

TEST_F(Backup, RestoredKeepsRevokedWhatWasRevokedSinceAndHeldWhatWasSuspended) {
  const x509::Signer lost = world_.enrol_purchaser("0002");
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  world_.change_state(lost, CertificateState::kOnHold);
  EXPECT_EQ(take(restore()).statuses, 2);
  reopen();
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kRevoked);
  EXPECT_EQ(state_of(lost), CertificateState::kOnHold);
  EXPECT_EQ(state_of(*world_.merchant), CertificateState::kActive);
  EXPECT_EQ(crl_entries(), 2U);
  const Decision decision = take(world_.confirm(world_.countersigned(world_.new_order())));
  EXPECT_EQ(world_.refusal_of(decision).reasons.front().code, ErrorCode::kCertificateRevoked);
  EXPECT_THAT(acts(), ::testing::IsSupersetOf({"revoke", "suspend", "restore"}));
}

TEST_F(Backup, RestoredKeepsWhatWasSuspendedSinceOnHoldThoughItWasResumed) {
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  world_.change_state(*world_.purchaser, CertificateState::kActive);
  take(restore());
  reopen();
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kOnHold);
}

TEST_F(Backup, RestoredLeavesAloneWhatTheBackupKnowsBetter) {
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  world_.change_state(*world_.purchaser, CertificateState::kActive);
  back_up();
  EXPECT_EQ(take(restore()).statuses, 0);
  reopen();
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kActive);
}

TEST_F(Backup, RestoredMayResumeAndBeRestoredAgain) {
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  take(restore());
  reopen();
  world_.change_state(*world_.purchaser, CertificateState::kActive);
  std::filesystem::remove(backup_);
  back_up();
  EXPECT_EQ(take(restore()).statuses, 0);
  reopen();
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kActive);
}

TEST_F(Backup, RestoredListsInItsCrlWhatWasIssuedAndRevokedSince) {
  back_up();
  const x509::Signer since = world_.enrol_purchaser("0003");
  world_.change_state(since, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(take(restore()).statuses, 1);
  reopen();
  EXPECT_EQ(crl_entries(), 1U);
  take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, world_.directory->lost_status(reader, since.certificate.serial()));
    EXPECT_EQ(status->reason, x509::RevocationReason::kKeyCompromise);
    return ok();
  }));
}

TEST_F(Backup, RestoredSpeaksInAnotherEpochOfTheStatusFeed) {
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  world_.change_state(*world_.purchaser, CertificateState::kActive);
  world_.change_state(*world_.purchaser, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  const documents::StatusFeedPosition before = feed_position();
  EXPECT_EQ(before.sequence, 3);
  take(restore());
  reopen();
  EXPECT_NE(feed_position().epoch, before.epoch);
  EXPECT_EQ(feed_position().sequence, 1) << "the revocation that the status record knew";
}

TEST_F(Backup, RestoredWithoutTheRecordNeedsTheWordThatRevocationsAreLost) {
  world_.change_state(*world_.merchant, CertificateState::kOnHold);
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kRevoked);
  std::filesystem::remove(record_);
  const auto refused = restore();
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("would be good again"));
  take(restore({}, LostRevocations::kAccept));
  reopen();
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kActive) << "that is what the word accepts";
  EXPECT_EQ(take(StatusRecord::read(record_))->size(), 1U) << "a new record begins with what the store knows";
}

TEST_F(Backup, RestoredByARecordThatCannotBeReadIsRefused) {
  back_up();
  std::ofstream(record_, std::ios::app) << "garbage\n";
  EXPECT_EQ(restore().error().code, ErrorCode::kMalformed);
}

TEST_F(Backup, ACopyPutInTheStoresPlaceByHandCatchesUp) {
  back_up();
  world_.change_state(*world_.purchaser, CertificateState::kRevoked);
  world_.stop();
  world_.database.reset();
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(store_.string() + suffix);
  std::filesystem::copy_file(backup_, store_, std::filesystem::copy_options::overwrite_existing);
  world_.database = take(storage::open_sqlite(store_));
  take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const std::int64_t applied,
        apply_status_record(transaction, *world_.audit, record_, "authority", world_.clock.now()));
    EXPECT_EQ(applied, 1);
    return ok();
  }));
  EXPECT_EQ(state_of(*world_.purchaser), CertificateState::kRevoked);
}

TEST_F(Backup, RestoredConfirmsNoOrderASecondTime) {
  const Bytes kept = world_.countersigned(world_.new_order());
  const Bytes before = take(world_.confirm(kept)).document;
  back_up();
  const Bytes lost = world_.countersigned(world_.new_order());
  take(world_.confirm(lost));
  const RestoreReport report = take(restore());
  EXPECT_EQ(report.orders_from, whole_seconds(world_.clock.now()) + std::chrono::seconds(60));
  reopen();
  const documents::Refusal refusal = world_.refusal_of(take(world_.confirm(lost)));
  EXPECT_TRUE(refusal.final);
  EXPECT_EQ(refusal.reasons.front().code, ErrorCode::kExpired);
  EXPECT_THAT(refusal.reasons.front().detail, HasSubstr("order.created: not after"));
  EXPECT_EQ(take(world_.confirm(kept)).document, before) << "what the backup has is answered as ever";
  world_.restart();
  EXPECT_EQ(take(world_.confirm(lost)).kind, Decision::Kind::kRefused) << "also by the next process";
  confirm_one();
}

TEST_F(Backup, ForgetsOfTheRecordWhatHasExpired) {
  world_.change_state(*world_.purchaser, CertificateState::kRevoked);
  world_.clock.advance(std::chrono::hours(24 * 365 * 20));
  back_up();
  EXPECT_TRUE(take(StatusRecord::read(record_))->empty());
}

TEST_F(Backup, KeepsTheStoreThatItReplaces) {
  back_up();
  confirm_one();
  take(restore());
  EXPECT_TRUE(std::filesystem::exists(store_.string() + ".replaced"));
}

// What lies there when an earlier try was killed before its last step: the new store under its working name,
// and the live one under two.
TEST_F(Backup, RestoredAgainAfterAKillStillKeepsTheStoreThatItReplaces) {
  back_up();
  confirm_one();
  world_.stop();
  world_.database.reset();
  std::filesystem::copy_file(backup_, store_.string() + ".restoring");
  std::filesystem::create_hard_link(store_, store_.string() + ".replaced");
  take(restore());
  EXPECT_EQ(confirmations_in(store_.string() + ".replaced"), 1);
  EXPECT_EQ(confirmations_in(store_), 0);
}

TEST_F(Backup, KeepsOfTheStoreThatItReplacesWhatLayInItsLog) {
  back_up();
  confirm_one();
  const std::filesystem::path killed = world_.folder.path() / "killed.db";
  for (const std::string suffix : {"", "-wal"})
    std::filesystem::copy_file(store_.string() + suffix, killed.string() + suffix);
  ASSERT_GT(std::filesystem::file_size(killed.string() + "-wal"), 0U);
  world_.stop();
  world_.database.reset();
  take(restore_store({backup_, killed, reservation_, record_, {}, LostRevocations::kRefuse, "operator:test"},
                     world_.clock.now()));
  EXPECT_EQ(confirmations_in(killed.string() + ".replaced"), 1);
  EXPECT_FALSE(std::filesystem::exists(killed.string() + "-wal")) << "not a log of the restored store";
}

TEST_F(Backup, RestoredUnderAClockThatIsBehindConfirmsNoOrderASecondTime) {
  confirm_one();
  back_up();
  const TimePoint confirmed = world_.clock.now();
  world_.clock.advance(-std::chrono::hours(1));
  const RestoreReport report = take(restore());
  EXPECT_GE(report.orders_from, whole_seconds(confirmed));
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

// A data centre that keeps a public log, and publishes it.
class BackupOfLog : public Backup {
 protected:
  BackupOfLog() {
    world_.keep_log();
    world_.restart();
  }
  void publish() {
    const auto publisher = take(TilePublisher::open(
        {*world_.log, [this] { return world_.log_appender->head(); }, folder_, world_.clock, metrics_}));
    take(publisher->publish());
  }
  Result<RestoreReport> restore_log(PublishedLog::Use use = PublishedLog::Use::kGoOn,
                                    std::optional<std::int64_t> first_index = {}) {
    const auto verifier = world_.log_signer().verifier();
    world_.stop();
    world_.database.reset();
    return restore_store({backup_, store_, reservation_, record_, first_index, LostRevocations::kRefuse,
                          "operator:test", PublishedLog{published_, verifier, use}},
                         world_.clock.now());
  }
  http::Metrics metrics_;
  std::filesystem::path published_ = world_.folder.path() / "log";
  DiskFolder folder_{published_};
};

TEST_F(BackupOfLog, RestoredGoesOnFromWhatWasPublished) {
  confirm_one();
  back_up();
  for (int i = 0; i < 3; ++i) confirm_one();
  publish();
  const auto published = take(read_published(folder_, world_.log_signer().verifier()));
  const RestoreReport report = take(restore_log());
  EXPECT_EQ(report.backup_next_index, 1);
  EXPECT_EQ(report.log_entries, 3U);
  reopen();
  EXPECT_EQ(world_.log_appender->size(), static_cast<std::uint64_t>(report.next_index));
  EXPECT_EQ(take(world_.log->root_at(4)), published->checkpoint.root) << "no fork";
  const merkle::TileId tile{0, 0, 5};
  const auto entries = take(merkle::parse_entries(tile, take(world_.log->entries_file(tile))));
  EXPECT_EQ(take(documents::parse_log_entry(entries[3])).kind, documents::LogEntry::Kind::kConfirmation);
  EXPECT_EQ(take(documents::parse_log_entry(entries[4])).kind, documents::LogEntry::Kind::kLeftOut);
  EXPECT_EQ(confirm_one(), report.next_index);
  publish();
}

TEST_F(BackupOfLog, RestoredHasNoHoleInTheLog) {
  confirm_one();
  back_up();
  publish();
  const RestoreReport report = take(restore_log());
  EXPECT_EQ(report.log_entries, 0U);
  reopen();
  confirm_one();
  EXPECT_EQ(world_.check_log(), report.next_index + 1);
}

TEST_F(BackupOfLog, IsNotRestoredWithoutWhatWasPublished) {
  confirm_one();
  back_up();
  EXPECT_EQ(restore_log().error().code, ErrorCode::kConflict);
}

TEST_F(BackupOfLog, IsNotRestoredWithoutItsKey) {
  confirm_one();
  back_up();
  EXPECT_EQ(restore().error().code, ErrorCode::kConflict);
}

TEST_F(BackupOfLog, IsNotRestoredBesideAnotherHistory) {
  confirm_one();
  back_up();
  confirm_one();
  publish();
  {
    const auto database = take(storage::open_sqlite(backup_));
    const auto log = take(LogAppender::open(*database, world_.log_signer(), world_.clock));
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      const auto entry = documents::write_log_entry(documents::left_out_entry());
      TRY(log->append(transaction, {&entry, 1}, world_.clock.now()));
      return ok();
    }));
  }
  EXPECT_EQ(restore_log().error().code, ErrorCode::kConflict);
}

TEST_F(BackupOfLog, RestoredWithoutWhatWasPublishedBeginsAnotherLog) {
  confirm_one();
  back_up();
  const RestoreReport report = take(restore_log(PublishedLog::Use::kEnd));
  world_.database = take(storage::open_sqlite(store_));
  EXPECT_EQ(world_.try_start(world_.confirmation_signer).error().code, ErrorCode::kConflict)
      << "the same origin never signs again";
  world_.keep_log("seoul-1.example/log-2");
  reopen();
  EXPECT_EQ(world_.check_log(), report.next_index);
  confirm_one();
  EXPECT_EQ(world_.check_log(), report.next_index + 1);
  EXPECT_THAT(acts(), ::testing::Contains("log-catch-up"));
}

TEST_F(BackupOfLog, OfATimeBeforeTheLogIsRestoredToo) {
  world_.keep_log("");
  world_.restart();
  confirm_one();
  back_up();
  world_.keep_log();
  world_.restart();
  confirm_one();
  publish();
  const RestoreReport report = take(restore_log());
  EXPECT_EQ(report.log_entries, 2U);
  reopen();
  confirm_one();
  EXPECT_EQ(world_.log_appender->size(), static_cast<std::uint64_t>(report.next_index) + 1);
}

TEST_F(BackupOfLog, IsNotRestoredWhereTooManyIndicesWereLeftOut) {
  confirm_one();
  back_up();
  publish();
  for (const auto use : {PublishedLog::Use::kGoOn, PublishedLog::Use::kEnd})
    EXPECT_EQ(restore_log(use, std::int64_t{1} << 40).error().code, ErrorCode::kTooLarge);
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
