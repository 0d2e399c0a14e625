// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/status_record.h"

#include <gtest/gtest.h>

#include <fstream>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

class StatusRecordTest : public ::testing::Test {
 protected:
  RecordedStatus line(std::string_view serial, CertificateState state = CertificateState::kRevoked,
                      std::int64_t version = 2) {
    return {take(x509::SerialNumber::from_hex(serial)),
            version,
            state,
            state == CertificateState::kRevoked ? x509::RevocationReason::kKeyCompromise
                                                : x509::RevocationReason::kCertificateHold,
            from_unix_seconds(1'000),
            from_unix_seconds(2'000)};
  }
  void append(const RecordedStatus& each) { take(StatusRecord::append(file_, {&each, 1})); }
  void add_text(std::string_view text) { std::ofstream(file_, std::ios::app) << text; }
  std::vector<std::string> serials() {
    std::vector<std::string> serials;
    const auto lines = take(StatusRecord::read(file_)).value();
    for (const RecordedStatus& each : lines) serials.push_back(each.serial.hex());
    return serials;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "status-changes";
};

TEST_F(StatusRecordTest, GivesBackWhatWasAppended) {
  take(StatusRecord::write(file_, {}));
  append(line("5a01"));
  append(line("5a02", CertificateState::kOnHold, 7));
  const auto lines = take(StatusRecord::read(file_)).value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].serial.hex(), "5a01");
  EXPECT_EQ(lines[0].reason, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(lines[1].state, CertificateState::kOnHold);
  EXPECT_EQ(lines[1].version, 7);
  EXPECT_EQ(lines[1].changed, from_unix_seconds(1'000));
  EXPECT_EQ(lines[1].not_after, from_unix_seconds(2'000));
}

TEST_F(StatusRecordTest, LeavesOutTheUnfinishedLineOfACrashAndGoesOnBehindIt) {
  take(StatusRecord::write(file_, {}));
  append(line("5a01"));
  add_text("5a02 2 revo");
  EXPECT_EQ(serials(), std::vector<std::string>{"5a01"});
  append(line("5a03"));
  EXPECT_EQ(serials(), (std::vector<std::string>{"5a01", "5a03"}));
}

TEST_F(StatusRecordTest, AppendsSeveralAndTakesThemBackTogether) {
  take(StatusRecord::write(file_, {}));
  append(line("5a01"));
  {
    const auto appended = take(StatusRecord::append(file_, std::vector{line("5a02"), line("5a03")}));
    EXPECT_EQ(serials(), (std::vector<std::string>{"5a01", "5a02", "5a03"}));
    take(appended.take_back());
  }
  EXPECT_EQ(serials(), std::vector<std::string>{"5a01"});
  append(line("5a04"));
  EXPECT_EQ(serials(), (std::vector<std::string>{"5a01", "5a04"}));
}

TEST_F(StatusRecordTest, GoesOnBehindAnUnfinishedFirstLine) {
  add_text("5a");
  append(line("5a01"));
  EXPECT_EQ(serials(), std::vector<std::string>{"5a01"});
}

TEST_F(StatusRecordTest, RefusesALineThatCannotBeRead) {
  for (const char* bad : {"\n", "5a01 2 active unspecified 1 2\n", "5a01 0 revoked unspecified 1 2\n",
                          "5a01 2 revoked because 1 2\n", "xy 2 revoked unspecified 1 2\n",
                          "5a01 2 revoked unspecified 1\n", "5a01 2 revoked unspecified 1 2 3\n"}) {
    std::filesystem::remove(file_);
    add_text(bad);
    EXPECT_EQ(StatusRecord::read(file_).error().code, ErrorCode::kMalformed) << bad;
  }
}

TEST_F(StatusRecordTest, IsNotBegunByAppending) {
  EXPECT_EQ(StatusRecord::append(file_, std::vector{line("5a01")}).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(take(StatusRecord::read(file_)));
}

TEST_F(StatusRecordTest, ForgetsWhatHasExpired) {
  take(StatusRecord::write(file_, std::vector{line("5a01")}));
  take(StatusRecord::forget_expired(file_, from_unix_seconds(2'000)));
  EXPECT_EQ(serials().size(), 1U);
  take(StatusRecord::forget_expired(file_, from_unix_seconds(2'001)));
  EXPECT_TRUE(serials().empty());
}

// A directory with its record, and what an older store would be told by it.
class RecordedDirectory : public StatusRecordTest {
 protected:
  Directory open() { return take(Directory::open(*database_, crypto::SecretBytes(Bytes(32, 7)), file_)); }
  Result<void> change(storage::Transaction& transaction, CertificateState state) {
    return directory_.change_state(transaction, certificate_.serial(), state,
                                   x509::RevocationReason::kUnspecified, clock_.now());
  }
  Result<void> change(CertificateState state) {
    return database_->write([&](storage::Transaction& transaction) { return change(transaction, state); });
  }
  CertificateState state() {
    std::optional<Directory::QuickStatus> status;
    take(database_->read([&](storage::Reader& reader) -> Result<void> {
      TRY(status, directory_.quick_status(reader, certificate_.serial()));
      return ok();
    }));
    return status->state;
  }
  std::size_t apply(const std::vector<RecordedStatus>& lines) {
    std::size_t applied = 0;
    take(database_->write([&](storage::Transaction& t) -> Result<void> {
      TRY(const auto changed, apply_statuses(t, lines));
      applied = changed.size();
      return ok();
    }));
    return applied;
  }
  RecordedStatus line_of_it(CertificateState state, std::int64_t version) {
    return line(certificate_.serial().hex(), state, version);
  }
  void SetUp() override {
    take(database_->write(
        [&](storage::Transaction& t) { return directory_.add(t, certificate_, {}, clock_.now()); }));
  }

  ManualClock clock_;
  TestNetwork network_{clock_.now()};
  std::unique_ptr<storage::Database> database_ = take(storage::open_sqlite(folder_.path() / "store.db"));
  Directory directory_ = open();
  x509::Certificate certificate_ = network_.issue_merchant("Shop", clock_.now()).certificate;
};

TEST_F(RecordedDirectory, RecordsSuspensionAndRevocationAndNoResumption) {
  for (const auto state : {CertificateState::kOnHold, CertificateState::kActive, CertificateState::kRevoked})
    take(change(state));
  const auto lines = take(StatusRecord::read(file_)).value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].state, CertificateState::kOnHold);
  EXPECT_EQ(lines[1].state, CertificateState::kRevoked);
  EXPECT_EQ(lines[1].version, 4);
  EXPECT_EQ(lines[1].not_after, whole_seconds(certificate_.not_after()));
}

TEST_F(RecordedDirectory, RevokesNothingThatCannotBeRecorded) {
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(change(CertificateState::kRevoked));
  EXPECT_EQ(state(), CertificateState::kActive);
}

TEST_F(RecordedDirectory, RecordsNothingOfAChangeThatIsRolledBack) {
  const auto written = database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(change(transaction, CertificateState::kRevoked));
    return fail(ErrorCode::kConflict, "thought better of it");
  });
  EXPECT_EQ(written.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(serials().empty());
  take(change(CertificateState::kOnHold));
  EXPECT_EQ(serials().size(), 1U) << "and nothing of it comes with the next change";
}

TEST_F(RecordedDirectory, TakesBackWhatItRecordedOfAChangeThatCannotBeCommitted) {
  constexpr storage::Migration kPages[] = {
      {1,
       "CREATE TABLE books (id BIGINT PRIMARY KEY);"
       "CREATE TABLE pages (book BIGINT REFERENCES books (id) DEFERRABLE INITIALLY DEFERRED)"}};
  take(database_->migrate("books", kPages));
  take(change(CertificateState::kOnHold));
  const auto written = database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(change(transaction, CertificateState::kRevoked));
    TRY(transaction.execute("INSERT INTO pages (book) VALUES (42)", {}));
    return ok();
  });
  EXPECT_FALSE(written);
  EXPECT_EQ(state(), CertificateState::kOnHold);
  EXPECT_EQ(serials().size(), 1U);
}

TEST_F(RecordedDirectory, WritesARecordThatWasTakenAwayAnewAndWhole) {
  take(change(CertificateState::kOnHold));
  std::filesystem::remove(file_);
  take(change(CertificateState::kRevoked));
  EXPECT_EQ(serials(), std::vector<std::string>{certificate_.serial().hex()});
}

TEST_F(RecordedDirectory, DoesNotOpenAStoreWithCertificatesWithoutItsRecord) {
  std::filesystem::remove(file_);
  const auto opened = Directory::open(*database_, crypto::SecretBytes(Bytes(32, 7)), file_);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
}

TEST_F(RecordedDirectory, TakesTheGravestOfWhatIsNewerWhateverTheOrder) {
  EXPECT_EQ(apply({line_of_it(CertificateState::kRevoked, 2), line_of_it(CertificateState::kOnHold, 2),
                   line_of_it(CertificateState::kOnHold, 5)}),
            1U);
  EXPECT_EQ(state(), CertificateState::kRevoked);
}

TEST_F(RecordedDirectory, IgnoresWhatItKnowsAlready) {
  take(change(CertificateState::kOnHold));
  take(change(CertificateState::kActive));
  EXPECT_EQ(apply(take(StatusRecord::read(file_)).value()), 0U);
  EXPECT_EQ(state(), CertificateState::kActive);
}

TEST_F(RecordedDirectory, AppliesTheSameRecordOnce) {
  const std::vector lines{line_of_it(CertificateState::kOnHold, 4), line("5a07")};
  EXPECT_EQ(apply(lines), 2U);
  EXPECT_EQ(apply(lines), 0U);
  take(change(CertificateState::kActive));
  EXPECT_EQ(apply(lines), 0U) << "an operator's resumption after the restore stands";
}

}  // namespace
}  // namespace countersign::authority
