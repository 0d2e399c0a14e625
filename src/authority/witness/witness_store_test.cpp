// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_store.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/test_witness.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

constexpr const char* kOrigin = "seoul-1.example/log";

struct WitnessStoreTest : testing::Test {
  WitnessStoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    database_ = take(storage::open_sqlite(folder_.path() / "witness.db"));
    store_ = take(WitnessStore::open(*database_));
  }
  WitnessedLog at(std::uint64_t size, std::uint8_t root = 1) const {
    WitnessedLog log{{kOrigin, size, {}}, "", now_};
    log.checkpoint.root.fill(root);
    checkpoint::Note note = take(checkpoint::sign_checkpoint(log_.signer(), log.checkpoint));
    note.signatures.push_back(take(witness_.cosign(note.text, now_)));
    log.note = checkpoint::write_note(note);
    return log;
  }
  Result<bool> keep(const WitnessedLog& log) {
    return store_->update(kOrigin, [&](const auto&) -> Result<std::optional<WitnessedLog>> { return log; });
  }
  WitnessConflict conflict(CheckpointConflict kind, std::uint64_t size, std::uint8_t root) const {
    WitnessConflict made{kind, at(size, root).checkpoint, "offered", "held", now_};
    return made;
  }
  std::vector<std::string> recorded() {
    std::vector<std::string> kinds;
    take(store_->record_conflicts([&](const WitnessConflict& each) -> Result<void> {
      kinds.push_back((each.kind == CheckpointConflict::kFork ? "fork " : "unproven ") +
                      std::to_string(each.offered.size));
      return ok();
    }));
    return kinds;
  }

  TemporaryFolder folder_;
  const TestLog log_{kOrigin};
  const checkpoint::NoteSigner witness_ = witness_key("w.example");
  TimePoint now_ = from_unix_seconds(1'795'000'000);
  std::unique_ptr<storage::Database> database_;
  std::optional<WitnessStore> store_;
};

TEST_F(WitnessStoreTest, KnowsNothingAtFirst) {
  EXPECT_FALSE(take(store_->newest(kOrigin)));
  EXPECT_TRUE(take(store_->all()).empty());
  const auto note = store_->note_of(crypto::sha256(as_bytes(kOrigin)));
  ASSERT_FALSE(note);
  EXPECT_EQ(note.error().code, ErrorCode::kNotFound);
}

TEST_F(WitnessStoreTest, KeepsTheNewestOverARestart) {
  take(keep(at(3)));
  take(keep(at(5)));
  reopen();
  const auto kept = take(store_->newest(kOrigin));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->checkpoint, at(5).checkpoint);
  EXPECT_EQ(kept->time, now_);
  EXPECT_EQ(take(store_->note_of(crypto::sha256(as_bytes(kOrigin)))), at(5).note);
  EXPECT_EQ(take(store_->all()).size(), 1U);
}

TEST_F(WitnessStoreTest, GoesBackForNobody) {
  take(keep(at(5)));
  WitnessedLog of_another = at(9);
  of_another.checkpoint.origin = "other.example/log";
  struct Row {
    const char* name;
    WitnessedLog log;
  };
  const Row rows[] = {{"a smaller tree", at(4)}, {"another root", at(5, 2)}, {"another log", of_another}};
  for (const Row& row : rows) {
    const auto kept = keep(row.log);
    ASSERT_FALSE(kept) << row.name;
    EXPECT_EQ(kept.error().code, ErrorCode::kInternal) << row.name;
    EXPECT_EQ(take(store_->newest(kOrigin))->checkpoint, at(5).checkpoint) << row.name;
  }
}

// One flipped bit anywhere in the row.
TEST_F(WitnessStoreTest, NamesARowThatIsSpoilt) {
  struct Row {
    const char* name;
    const char* change;
  };
  const Row rows[] = {
      {"size", "size = size + 4"},
      {"root", "root = X'0001010101010101010101010101010101010101010101010101010101010101'"},
      {"time", "time = time + 64"},
      {"text of the note", "note = replace(note, char(10) || '5' || char(10), char(10) || '4' || char(10))"},
      {"note that is none", "note = replace(note, char(10), 'x')"},
      {"origin", "origin = 'seoul-2.example/log'"},
      {"digest of the origin", "origin_hash = X'00'"}};
  for (const Row& row : rows) {
    take(database_->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute("DELETE FROM witnessed_logs", {}));
      return ok();
    }));
    take(keep(at(5)));
    take(database_->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(std::string("UPDATE witnessed_logs SET ") + row.change, {}));
      return ok();
    }));
    const auto kept = store_->newest(kOrigin);
    ASSERT_FALSE(kept) << row.name;
    EXPECT_EQ(kept.error().code, ErrorCode::kInternal) << row.name;
    EXPECT_NE(kept.error().detail.find("in witnessed_logs"), std::string::npos) << kept.error().detail;
    EXPECT_FALSE(store_->all()) << row.name;
    EXPECT_FALSE(keep(at(9))) << row.name;
  }
}

TEST_F(WitnessStoreTest, ChangesNothingWhereNothingIsDecided) {
  take(keep(at(5)));
  take(store_->update(kOrigin, [](const auto& newest) -> Result<std::optional<WitnessedLog>> {
    EXPECT_EQ(newest->checkpoint.size, 5U);
    return std::optional<WitnessedLog>();
  }));
  const auto failed = store_->update(kOrigin, [](const auto&) -> Result<std::optional<WitnessedLog>> {
    return fail(ErrorCode::kClockSkew, "late");
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kClockSkew);
  EXPECT_EQ(take(store_->newest(kOrigin))->checkpoint.size, 5U);
}

TEST_F(WitnessStoreTest, GoesOnWithNoKeyThatWasNotMadeForIt) {
  const auto key = witness_key("w.example/1");
  const auto unknown = store_->expect_key(key.verifier());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kConflict);
  take(store_->admit_key(key.verifier(), now_));
  take(store_->admit_key(key.verifier(), now_));
  reopen();
  EXPECT_TRUE(store_->expect_key(key.verifier()));
  const auto renamed =
      checkpoint::VerifierKey::create("w.example/2", key.verifier().type, key.verifier().key);
  EXPECT_TRUE(store_->expect_key(take(renamed))) << "its memory is the same";
  EXPECT_FALSE(store_->expect_key(witness_key("w.example/1").verifier()));
}

TEST_F(WitnessStoreTest, KeepsEvidenceOnce) {
  EXPECT_TRUE(take(store_->keep_conflict(conflict(CheckpointConflict::kFork, 5, 2))));
  EXPECT_FALSE(take(store_->keep_conflict(conflict(CheckpointConflict::kFork, 5, 2))));
  EXPECT_TRUE(take(store_->keep_conflict(conflict(CheckpointConflict::kFork, 5, 3))));
  EXPECT_FALSE(take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 5, 3))));
  reopen();
  const auto kept = take(store_->conflicts());
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].note, "offered");
  EXPECT_EQ(kept[0].newest, "held");
  EXPECT_EQ(kept[0].time, now_);
}

TEST_F(WitnessStoreTest, DropsWhatWasProvenSince) {
  take(keep(at(5)));
  take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 9, 1)));
  EXPECT_FALSE(take(keep(at(9))));
  EXPECT_TRUE(take(store_->conflicts()).empty());
}

TEST_F(WitnessStoreTest, KnowsAForkWhereAnotherOfThatSizeIsCosigned) {
  take(keep(at(5)));
  take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 9, 2)));
  EXPECT_EQ(recorded(), std::vector<std::string>{"unproven 9"});
  EXPECT_TRUE(take(keep(at(9))));
  const auto kept = take(store_->conflicts());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].kind, CheckpointConflict::kFork);
  EXPECT_EQ(kept[0].newest, at(9).note);
  EXPECT_EQ(recorded(), std::vector<std::string>{"fork 9"});
}

TEST_F(WitnessStoreTest, KnowsAForkThatWasUnprovenBefore) {
  take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 9, 2)));
  EXPECT_TRUE(take(store_->keep_conflict(conflict(CheckpointConflict::kFork, 9, 2))));
  const auto kept = take(store_->conflicts());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].kind, CheckpointConflict::kFork);
}

TEST_F(WitnessStoreTest, HasRoomForSoMuchEvidenceOfALog) {
  int forks = 0;
  int unproven = 0;
  for (std::uint64_t size = 1; size <= 130; ++size) {
    if (take(store_->keep_conflict(conflict(CheckpointConflict::kFork, size, 2)))) ++forks;
    if (take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, size, 3)))) ++unproven;
  }
  EXPECT_EQ(forks, 100);
  EXPECT_EQ(unproven, 20);
  now_ += std::chrono::hours(1);
  EXPECT_TRUE(take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 199, 3))));
  std::vector<std::uint64_t> sizes;
  for (const WitnessConflict& each : take(store_->conflicts()))
    if (each.kind == CheckpointConflict::kUnproven) sizes.push_back(each.offered.size);
  ASSERT_EQ(sizes.size(), 20U);
  EXPECT_EQ(sizes.front(), 2U) << "the oldest made room";
  EXPECT_EQ(sizes.back(), 199U);
  now_ += std::chrono::days(31);
  EXPECT_TRUE(take(store_->keep_conflict(conflict(CheckpointConflict::kUnproven, 200, 3))));
  EXPECT_EQ(take(store_->conflicts()).size(), 101U) << "those that nobody proved in thirty days are gone";
}

TEST_F(WitnessStoreTest, AsksAgainToRecordWhatCouldNotBeRecorded) {
  take(store_->keep_conflict(conflict(CheckpointConflict::kFork, 5, 2)));
  const auto failed = store_->record_conflicts([](const WitnessConflict&) -> Result<void> {
    return fail(ErrorCode::kUnavailable, "the audit log is locked");
  });
  EXPECT_FALSE(failed);
  reopen();
  EXPECT_EQ(recorded(), std::vector<std::string>{"fork 5"});
  EXPECT_TRUE(recorded().empty());
}

}  // namespace
}  // namespace countersign::authority
