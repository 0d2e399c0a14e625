// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/log/testing/test_log.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {
namespace {

using ::testing::HasSubstr;

class AppendToLog : public ::testing::Test {
 protected:
  // What the newest checkpoint says, its signature verified.
  checkpoint::Checkpoint newest() {
    return take(
               checkpoint::verify_checkpoint(take(log_.appender->head()->checkpoint()).note, log_.verifier()))
        .checkpoint;
  }
  void expect_signed_tree() {
    const checkpoint::Checkpoint checkpoint = newest();
    EXPECT_EQ(checkpoint.origin, TestLog::kOrigin);
    EXPECT_EQ(checkpoint.size, log_.tree.size());
    EXPECT_EQ(checkpoint.root, log_.tree.root(log_.tree.size()));
  }
  static crypto::PrivateKey another_key() { return crypto::PrivateKey::generate(crypto::KeyKind::kEd25519); }
  TestLog log_;
};

TEST_F(AppendToLog, BeginsWithASignedTreeOfNothing) {
  EXPECT_EQ(log_.appender->size(), 0U);
  expect_signed_tree();
}

TEST_F(AppendToLog, HasATreeOfAllEntriesToSignAfterEachBatch) {
  for (const std::uint64_t count : {1, 2, 128, 124, 1, 1, 127, 400, 3}) {
    const auto before = log_.tree.size();
    const auto appended = log_.append(count);
    EXPECT_EQ(appended.size_before, before);
    EXPECT_EQ(appended.head, log_.appender->head());
    EXPECT_EQ(take(log_.reader->size()), log_.tree.size());
    expect_signed_tree();
  }
}

TEST_F(AppendToLog, ProvesEachEntryOfABatchWithoutTheStore) {
  for (const std::uint64_t count : {1, 128, 128, 5, 128}) {
    const auto appended = log_.append(count);
    const std::uint64_t size = log_.tree.size();
    for (std::uint64_t index = appended.size_before; index < size; ++index) {
      const auto proof = take(appended.head->tree().prove_inclusion(index));
      EXPECT_TRUE(merkle::verify_inclusion(merkle::leaf_hash(sample_entry(index)), index, size,
                                           log_.tree.root(size), proof));
    }
  }
}

TEST_F(AppendToLog, ForgetsWhatWasNotCommitted) {
  log_.append(255);
  const auto entry = sample_entry(1'000'000);
  const auto written = log_.database->write([&](storage::Transaction& transaction) -> Result<void> {
    take(log_.appender->append(transaction, {&entry, 1}, log_.clock.now()));
    return fail(ErrorCode::kStorageFull, "disk full");
  });
  EXPECT_EQ(written.error().code, ErrorCode::kStorageFull);
  log_.appender->settle(LogAppender::Outcome::kFailed);
  EXPECT_EQ(log_.appender->size(), 255U);
  EXPECT_EQ(take(log_.reader->size()), 255U);
  log_.append(2);
  expect_signed_tree();
}

TEST_F(AppendToLog, ForgetsWhatNobodySettled) {
  const auto entry = sample_entry(1'000'000);
  const auto written = log_.database->write([&](storage::Transaction& transaction) -> Result<void> {
    take(log_.appender->append(transaction, {&entry, 1}, log_.clock.now()));
    return fail(ErrorCode::kInternal, "thrown, say");
  });
  EXPECT_FALSE(written);
  log_.append(1);
  expect_signed_tree();
}

class RestartedLog : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RestartedLog, GoesOnWhereItStood) {
  TestLog log;
  log.append(GetParam());
  log.open();
  EXPECT_EQ(log.appender->size(), GetParam());
  log.append(300);
  const auto verified =
      take(checkpoint::verify_checkpoint(take(log.appender->head()->checkpoint()).note, log.verifier()))
          .checkpoint;
  EXPECT_EQ(verified.root, log.tree.root(GetParam() + 300));
}

INSTANTIATE_TEST_SUITE_P(Sizes, RestartedLog,
                         ::testing::Values(1, 255, 256, 257, 511, 512, 1000, 65'535, 65'536, 65'800),
                         [](const auto& row) { return std::to_string(row.param); });

struct Alteration {
  std::string name, sql;
  ErrorCode code;
};

class AlteredStore : public ::testing::TestWithParam<Alteration> {};

TEST_P(AlteredStore, IsNotGoneOnWith) {
  TestLog log;
  log.append(600);
  log.sign();
  log.append(1);
  log.execute(GetParam().sql);
  const auto opened = log.try_open(log.signer());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, GetParam().code) << opened.error().detail;
  if (GetParam().code == ErrorCode::kMalformed) {
    EXPECT_THAT(opened.error().detail, HasSubstr("newest checkpoint in the store is spoilt"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Store, AlteredStore,
    ::testing::Values(
        Alteration{"AnEntryOfTheUnfinishedTile",
                   "UPDATE log_entries SET entry = (SELECT entry FROM log_entries WHERE log_index = 1)"
                   " WHERE log_index = 599",
                   ErrorCode::kConflict},
        Alteration{"TheLastEntriesGone", "DELETE FROM log_entries WHERE log_index >= 599",
                   ErrorCode::kConflict},
        Alteration{"AnEntryInTheMiddleOfTheUnfinishedTileGone",
                   "DELETE FROM log_entries WHERE log_index = 550", ErrorCode::kNotFound},
        Alteration{"AHoleBeforeTheLastEntry", "UPDATE log_entries SET log_index = 700 WHERE log_index = 600",
                   ErrorCode::kNotFound},
        Alteration{"HalfAnEntry", "UPDATE log_entries SET entry = substr(entry, 1, 20) WHERE log_index = 599",
                   ErrorCode::kInternal},
        Alteration{"TheRootOfATile",
                   "UPDATE log_tiles SET root = (SELECT root FROM log_tiles WHERE number = 0)"
                   " WHERE number = 1",
                   ErrorCode::kConflict},
        Alteration{"HalfARoot", "UPDATE log_tiles SET root = substr(root, 1, 20) WHERE number = 1",
                   ErrorCode::kInternal},
        Alteration{"ATileGone", "DELETE FROM log_tiles WHERE number = 0", ErrorCode::kNotFound},
        Alteration{"ASmallerSize", "UPDATE log_state SET size = 599", ErrorCode::kConflict},
        Alteration{"TheCheckpointsText",
                   "UPDATE log_state SET checkpoint = replace(checkpoint, '600', '601')",
                   ErrorCode::kMalformed},
        Alteration{"NoCheckpoint", "UPDATE log_state SET checkpoint = ''", ErrorCode::kMalformed},
        Alteration{"AnotherOrigin", "UPDATE log_state SET origin = 'busan-1.example/log'",
                   ErrorCode::kConflict}),
    [](const auto& row) { return row.param.name; });

TEST_F(AppendToLog, GoesOnWithNoOtherKeyOrOrigin) {
  log_.append(3);
  const auto other_key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  const auto by_other_key = log_.try_open(TestLog::signer_of(TestLog::kOrigin, other_key));
  EXPECT_EQ(by_other_key.error().code, ErrorCode::kSignatureInvalid);
  EXPECT_THAT(by_other_key.error().detail, HasSubstr("key is another one"));
  EXPECT_EQ(log_.try_open(TestLog::signer_of("busan-1.example/log", log_.key)).error().code,
            ErrorCode::kConflict);
}

TEST_F(AppendToLog, RefusesAClockThatWentBackButForALittle) {
  log_.append(1);
  log_.clock.advance(-std::chrono::seconds(60));
  log_.append(1);
  log_.clock.advance(-std::chrono::seconds(1));
  const auto entry = sample_entry(2);
  EXPECT_EQ(log_.try_append({&entry, 1}).error().code, ErrorCode::kClockSkew);
  log_.clock.advance(std::chrono::seconds(1));
  log_.append(1);
  expect_signed_tree();
}

TEST_F(AppendToLog, StaysStoppedOverARestartUntilTheOperatorAcceptsTheClock) {
  log_.clock.advance(std::chrono::hours(24));
  log_.append(1);
  log_.sign();
  log_.clock.advance(-std::chrono::hours(24));
  const auto opened = log_.try_open(log_.signer());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kClockSkew);
  const LogStore store = take(LogStore::open(*log_.database));
  take(log_.database->write(
      [&](storage::Transaction& transaction) { return store.set_time(transaction, log_.clock.now()); }));
  log_.open();
  log_.append(1);
  expect_signed_tree();
}

TEST_F(AppendToLog, BeginsNoneWhereTheStoreHasEntriesOfOne) {
  log_.append(3);
  log_.execute("DELETE FROM log_state");
  const auto opened = log_.try_open(log_.signer());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().detail, HasSubstr("repair"));
}

// As after a commit that failed as far as this process knows, and is there all the same.
TEST_F(AppendToLog, FindsItsPlaceAgainInAStoreThatStandsElsewhere) {
  log_.append(10);
  auto other = take(log_.try_open(log_.signer()));
  log_.append(5);
  log_.appender.swap(other);
  const auto entry = sample_entry(15);
  EXPECT_EQ(log_.try_append({&entry, 1}).error().code, ErrorCode::kConflict);
  log_.append(1);
  expect_signed_tree();
}

TEST_F(AppendToLog, NeverBeginsALogAgainThatWasEnded) {
  log_.append(3);
  const LogStore store = take(LogStore::open(*log_.database));
  take(log_.database->write([&](storage::Transaction& transaction) {
    return store.end(transaction, std::string(TestLog::kOrigin), log_.clock.now());
  }));
  const auto again = log_.try_open(log_.signer());
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_THAT(again.error().detail, HasSubstr("ended"));
  const auto next = take(log_.try_open(TestLog::signer_of("seoul-1.example/log-2", another_key())));
  EXPECT_EQ(next->size(), 0U);
}

// It may have leaked.
TEST_F(AppendToLog, NeverSignsAnotherLogWithTheKeyOfOneThatWasEnded) {
  log_.append(3);
  const LogStore store = take(LogStore::open(*log_.database));
  take(log_.database->write([&](storage::Transaction& transaction) {
    return store.end(transaction, std::string(TestLog::kOrigin), log_.clock.now());
  }));
  const auto next = log_.try_open(TestLog::signer_of("seoul-1.example/log-2", log_.key));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kConflict);
  EXPECT_THAT(next.error().detail, HasSubstr("another key"));
  EXPECT_FALSE(take(log_.reader->state())) << "nor is it begun";
}

TEST_F(AppendToLog, EndsAnOriginAlsoThatTheStoreDoesNotKnow) {
  const LogStore store = take(LogStore::open(*log_.database));
  take(log_.database->write([&](storage::Transaction& transaction) {
    return store.end(transaction, "busan-1.example/log", log_.clock.now());
  }));
  EXPECT_EQ(log_.try_open(TestLog::signer_of("busan-1.example/log", log_.key)).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(log_.try_open(log_.signer()).error().code, ErrorCode::kConflict);
}

TEST_F(AppendToLog, StoresTheLargestSignedTree) {
  log_.append(5);
  const LogCheckpoint five = take(log_.appender->head()->checkpoint());
  log_.append(5);
  log_.sign();
  take(log_.reader->keep_signed({std::string(TestLog::kOrigin), five, log_.clock.now()}));
  EXPECT_EQ(take(log_.reader->newest()), take(log_.appender->head()->checkpoint()));
  take(log_.reader->keep_signed({"busan-1.example/log", {100, "another's"}, log_.clock.now()}));
  EXPECT_EQ(take(log_.reader->newest()).size, 10U);
}

TEST_F(AppendToLog, SignsOneTreeOnce) {
  log_.append(5);
  EXPECT_EQ(take(log_.appender->head()->checkpoint()), take(log_.appender->head()->checkpoint()));
}

TEST_F(AppendToLog, AppendsNothingOfNothing) {
  EXPECT_EQ(log_.try_append({}).error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace countersign::authority
