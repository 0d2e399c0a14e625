// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/status_journal.h"

#include <gtest/gtest.h>

#include "authority/directory/directory_schema.h"
#include "authority/directory/status_record.h"
#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

using documents::StatusFeedPosition;
using x509::StatusKind;

struct StatusJournalTest : testing::Test {
  StatusJournalTest() {
    take(database->write(
        [&](storage::Transaction& t) { return directory.add(t, certificate, {}, clock.now()); }));
  }
  static Directory open(storage::Database& database) {
    return take(Directory::open(database, crypto::SecretBytes(Bytes(32, 7))));
  }
  Result<void> change(CertificateState state,
                      x509::RevocationReason reason = x509::RevocationReason::kKeyCompromise) {
    return database->write([&](storage::Transaction& t) {
      return directory.change_state(t, certificate.serial(), state, reason, clock.now());
    });
  }
  // Held and good again so often; two changes each.
  void suspend_and_resume(int times) {
    for (int i = 0; i < times; ++i) {
      take(change(CertificateState::kOnHold));
      take(change(CertificateState::kActive));
    }
  }
  template <typename Work>
  auto read(const Work& work) const {
    decltype(work(std::declval<storage::Reader&>())) found = fail(ErrorCode::kInternal, "not read");
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      found = work(reader);
      return ok();
    }));
    return found;
  }
  StatusFeedPosition newest() const {
    return take(read([](storage::Reader& reader) { return newest_status_position(reader); }));
  }
  JournalPage page(const std::optional<StatusFeedPosition>& after, std::size_t most = 500) const {
    return take(read([&](storage::Reader& reader) { return read_journal(reader, after, most); }));
  }
  StatusFeedPosition end_of(const JournalPage& page) const {
    return documents::end_of({network.data_centre, {}, {}, {}, page.after, page.changes, page.newest});
  }
  std::int64_t trim(TimePoint now, std::int64_t most = kMostJournalled) {
    std::int64_t trimmed = 0;
    take(database->write([&](storage::Transaction& t) -> Result<void> {
      TRY(trimmed, trim_journal(t, now, most));
      return ok();
    }));
    return trimmed;
  }
  void expect_newest_place(const JournalPage& answer) const {
    EXPECT_EQ(answer.after, newest());
    EXPECT_TRUE(answer.changes.empty());
    EXPECT_EQ(answer.newest, newest().sequence);
  }

  TemporaryFolder folder;
  ManualClock clock;
  TestNetwork network{clock.now()};
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
  Directory directory = open(*database);
  x509::Certificate certificate = network.issue_merchant("Shop", clock.now()).certificate;
};

TEST_F(StatusJournalTest, BeginsEmptyInAnEpochThatStays) {
  const StatusFeedPosition place = newest();
  EXPECT_EQ(place.sequence, 0);
  EXPECT_EQ(place.digest, documents::first_feed_digest(place.epoch));
  open(*database);
  EXPECT_EQ(newest(), place);
  const auto other = take(storage::open_sqlite(folder.path() / "other.db"));
  open(*other);
  take(other->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const StatusFeedPosition elsewhere, newest_status_position(reader));
    EXPECT_NE(elsewhere.epoch, place.epoch);
    return ok();
  }));
}

TEST_F(StatusJournalTest, GivesAStoreOfBeforeItAnEpochAndNoChanges) {
  const auto old = take(storage::open_sqlite(folder.path() / "old.db"));
  take(old->migrate("directory", directory_migrations().first(2)));
  open(*old);
  take(old->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const StatusFeedPosition place, newest_status_position(reader));
    EXPECT_EQ(place.sequence, 0);
    return ok();
  }));
}

TEST_F(StatusJournalTest, HoldsEveryChangeInItsOrderChained) {
  const StatusFeedPosition beginning = newest();
  take(change(CertificateState::kOnHold));
  clock.advance(std::chrono::seconds(7));
  take(change(CertificateState::kActive));
  take(change(CertificateState::kRevoked));
  const JournalPage all = page(beginning);
  EXPECT_EQ(all.after, beginning);
  ASSERT_EQ(all.changes.size(), 3U);
  EXPECT_EQ(all.changes[0].kind, StatusKind::kRevoked);
  EXPECT_EQ(all.changes[0].reason, x509::RevocationReason::kCertificateHold);
  EXPECT_EQ(all.changes[1].kind, StatusKind::kGood);
  EXPECT_EQ(all.changes[2].reason, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(all.changes[2].changed, whole_seconds(clock.now()));
  for (const auto& each : all.changes) EXPECT_EQ(each.serial, certificate.serial());
  EXPECT_EQ(end_of(all), newest());
  EXPECT_EQ(all.newest, 3);
}

TEST_F(StatusJournalTest, HoldsNoChangeThatIsNoneOrThatIsRolledBack) {
  take(change(CertificateState::kActive));
  const auto rolled_back = database->write([&](storage::Transaction& t) -> Result<void> {
    TRY(directory.change_state(t, certificate.serial(), CertificateState::kRevoked,
                               x509::RevocationReason::kUnspecified, clock.now()));
    return fail(ErrorCode::kConflict, "thought better of it");
  });
  EXPECT_FALSE(rolled_back);
  take(change(CertificateState::kRevoked));
  EXPECT_FALSE(change(CertificateState::kActive));
  EXPECT_EQ(newest().sequence, 1);
}

TEST_F(StatusJournalTest, AnswersInPagesThatGoOn) {
  const StatusFeedPosition beginning = newest();
  suspend_and_resume(3);
  const JournalPage first = page(beginning, 4);
  EXPECT_EQ(first.changes.size(), 4U);
  EXPECT_EQ(first.newest, 6);
  const JournalPage second = page(end_of(first), 4);
  EXPECT_EQ(second.changes.size(), 2U);
  EXPECT_EQ(end_of(second), newest());
  EXPECT_TRUE(page(newest()).changes.empty());
}

TEST_F(StatusJournalTest, AnswersTheNewestPlaceWhereThePlaceIsNotOfThisHistory) {
  suspend_and_resume(2);
  expect_newest_place(page(std::nullopt));
  StatusFeedPosition other_epoch = newest();
  other_epoch.epoch[0] ^= 1;
  expect_newest_place(page(other_epoch));
  StatusFeedPosition beyond = newest();
  ++beyond.sequence;
  expect_newest_place(page(beyond));
}

TEST_F(StatusJournalTest, ShowsItsOwnDigestWhereTheAskedOneIsOfAnotherHistory) {
  const StatusFeedPosition beginning = newest();
  suspend_and_resume(2);
  for (const std::int64_t sequence : {2, 4}) {
    const JournalPage answer = page(StatusFeedPosition{beginning.epoch, sequence, {1}});
    EXPECT_EQ(answer.after.sequence, sequence);
    EXPECT_EQ(answer.after, end_of(page(beginning, static_cast<std::size_t>(sequence))));
    EXPECT_EQ(end_of(answer), newest());
  }
}

TEST_F(StatusJournalTest, IsTrimmedToAsManyAsMayBeAndKeepsWhereItBegins) {
  const StatusFeedPosition beginning = newest();
  suspend_and_resume(3);
  const StatusFeedPosition fourth = end_of(page(beginning, 4));
  const StatusFeedPosition last = newest();
  EXPECT_EQ(trim(clock.now(), 2), 4);
  EXPECT_EQ(trim(clock.now(), 2), 0);
  expect_newest_place(page(beginning));
  EXPECT_EQ(page(fourth).after, fourth);
  EXPECT_EQ(end_of(page(fourth)), last);
  EXPECT_EQ(trim(clock.now(), 0), 2);
  EXPECT_EQ(newest(), last);
  take(change(CertificateState::kOnHold));
  EXPECT_EQ(end_of(page(last)), newest());
}

TEST_F(StatusJournalTest, ForgetsCertificatesThatHaveEndedUpToTheFirstThatHasNot) {
  suspend_and_resume(1);
  EXPECT_EQ(trim(certificate.not_after()), 0);
  EXPECT_EQ(trim(certificate.not_after() + std::chrono::seconds(1)), 2);
  EXPECT_EQ(newest().sequence, 2);
}

TEST_F(StatusJournalTest, HoldsWhatTheStatusRecordKnewBetterAndWhatTheStoreHasLost) {
  const StatusFeedPosition beginning = newest();
  const auto lost = take(x509::SerialNumber::from_hex("5a07"));
  const auto line = [&](const x509::SerialNumber& serial) {
    return RecordedStatus{serial,
                          2,
                          CertificateState::kRevoked,
                          x509::RevocationReason::kSuperseded,
                          clock.now(),
                          clock.now() + std::chrono::hours(1)};
  };
  const std::vector lines{line(certificate.serial()), line(lost)};
  for (int i = 0; i < 2; ++i) {
    take(database->write([&](storage::Transaction& t) -> Result<void> {
      TRY(apply_statuses(t, lines));
      return ok();
    }));
  }
  const JournalPage all = page(beginning);
  ASSERT_EQ(all.changes.size(), 2U);
  EXPECT_TRUE(all.changes[0].serial == lost || all.changes[1].serial == lost);
  for (const auto& each : all.changes) {
    EXPECT_EQ(each.kind, StatusKind::kRevoked);
    EXPECT_EQ(each.reason, x509::RevocationReason::kSuperseded);
  }
  EXPECT_EQ(end_of(all), newest());
}

TEST_F(StatusJournalTest, BeginsAnotherEpochWithoutTheChangesBefore) {
  suspend_and_resume(2);
  const StatusFeedPosition before = newest();
  take(database->write([](storage::Transaction& t) { return begin_status_epoch(t); }));
  EXPECT_NE(newest().epoch, before.epoch);
  EXPECT_EQ(newest().sequence, 0);
  expect_newest_place(page(before));
}

TEST_F(StatusJournalTest, MakesNoChangeThatCannotBeJournalled) {
  take(database->write([](storage::Transaction& t) -> Result<void> {
    TRY(t.execute("DELETE FROM status_epoch", {}));
    return ok();
  }));
  EXPECT_EQ(change(CertificateState::kRevoked).error().code, ErrorCode::kInternal);
  take(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, directory.quick_status(reader, certificate.serial()));
    EXPECT_EQ(status->state, CertificateState::kActive);
    return ok();
  }));
}

}  // namespace
}  // namespace countersign::authority
