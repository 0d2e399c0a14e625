// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "authority/log/testing/test_log.h"
#include "authority/log/tile_publisher.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

// A log that went on after its store was backed up, and the backup.
class TakePublished : public ::testing::TestWithParam<std::pair<std::uint64_t, std::uint64_t>> {
 protected:
  void go_on(std::uint64_t before, std::uint64_t after) {
    if (before > 0) log_.append(before);
    take(log_.database->backup_to(backup_));
    if (after > 0) log_.append(after);
    publish();
  }
  void publish() {
    const auto publisher =
        take(TilePublisher::open({*log_.reader, log_.verifier(), folder_, log_.clock, metrics_}));
    take(publisher->publish());
  }
  Result<std::uint64_t> take_into_backup() { return take_into_backup(log_.verifier()); }
  Result<std::uint64_t> take_into_backup(const checkpoint::VerifierKey& key) {
    const auto database = take(storage::open_sqlite(backup_));
    const LogStore store = take(LogStore::open(*database));
    std::uint64_t taken = 0;
    TRY(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(taken, take_published(transaction, store, folder_, key, log_.clock.now()));
      return ok();
    }));
    return taken;
  }
  // The backup is what the log was, and goes on.
  void expect_restored() {
    log_.appender.reset();
    log_.database = take(storage::open_sqlite(backup_));
    log_.open();
    EXPECT_EQ(log_.appender->size(), log_.tree.size());
    log_.append(300);
    EXPECT_EQ(take(log_.reader->root_at(log_.tree.size())), log_.tree.root(log_.tree.size()));
    publish();
  }

  TestLog log_;
  http::Metrics metrics_;
  fs::path backup_ = log_.folder.path() / "backup.db";
  fs::path path_ = log_.folder.path() / "log";
  DiskFolder folder_{path_};
};

TEST_P(TakePublished, GoesOnFromWhatWasPublished) {
  const auto [before, after] = GetParam();
  go_on(before, after);
  EXPECT_EQ(take(take_into_backup()), after);
  expect_restored();
}

INSTANTIATE_TEST_SUITE_P(Sizes, TakePublished,
                         ::testing::Values(std::pair(0, 3), std::pair(3, 0), std::pair(0, 0),
                                           std::pair(10, 5), std::pair(255, 1), std::pair(256, 256),
                                           std::pair(300, 1000), std::pair(1000, 66'000)),
                         [](const auto& row) {
                           return std::to_string(row.param.first) + "And" + std::to_string(row.param.second);
                         });

using TakePublishedWith = TakePublished;

TEST_F(TakePublishedWith, AStoreThatIsFurtherLeavesItAlone) {
  log_.append(10);
  publish();
  log_.append(7);
  take(log_.database->backup_to(backup_));
  EXPECT_EQ(take(take_into_backup()), 0U);
  expect_restored();
}

TEST_F(TakePublishedWith, AStoreFromBeforeTheLogTakesAll) {
  go_on(0, 300);
  fs::remove(backup_);
  EXPECT_EQ(take(take_into_backup()), 300U);
  expect_restored();
}

TEST_F(TakePublishedWith, NothingPublishedTakesNothing) {
  log_.append(3);
  take(log_.database->backup_to(backup_));
  EXPECT_EQ(take(take_into_backup()), 0U);
}

TEST_F(TakePublishedWith, AnotherHistoryIsRefused) {
  go_on(10, 5);
  fs::remove(backup_);
  TestLog other;
  other.key = log_.key;
  other.database = take(storage::open_sqlite(backup_));
  other.open();
  for (const std::uint64_t count : {8, 20}) {  // behind the published one, and beyond it
    take(other.try_append(std::vector<documents::LogEntryBytes>(count, sample_entry(99))));
    EXPECT_EQ(take_into_backup().error().code, ErrorCode::kConflict);
  }
}

TEST_F(TakePublishedWith, AnotherLogOrKeyIsRefused) {
  go_on(10, 5);
  EXPECT_EQ(take_into_backup(TestLog::signer_of("busan-1.example/log", log_.key).verifier()).error().code,
            ErrorCode::kConflict);
  const auto other_key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  EXPECT_EQ(take_into_backup(TestLog::signer_of(TestLog::kOrigin, other_key).verifier()).error().code,
            ErrorCode::kSignatureInvalid);
}

struct Damage {
  std::string name, file;
  std::function<void(const fs::path&)> damage;
  ErrorCode code;
};

class DamagedPublication : public TakePublished {};

TEST_F(DamagedPublication, IsRefused) {
  go_on(300, 300);
  const auto alter = [](std::streamoff at) {
    return [at](const fs::path& file) {
      std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(at);
      stream.put('\x07');
    };
  };
  const std::vector<Damage> rows = {
      {"entries missing", "tile/entries/001", [](const fs::path& file) { fs::remove(file); },
       ErrorCode::kNotFound},
      {"entries torn", "tile/entries/002.p/88", [](const fs::path& file) { fs::resize_file(file, 100); },
       ErrorCode::kMalformed},
      {"a commitment altered", "tile/entries/001", alter(255 * 51 + 30), ErrorCode::kConflict},
      {"an entry of no kind", "tile/entries/001", alter(255 * 51 + 2), ErrorCode::kUnsupported},
      {"the checkpoint torn", "checkpoint", [](const fs::path& file) { fs::resize_file(file, 40); },
       ErrorCode::kMalformed},
  };
  for (const Damage& row : rows) {
    const fs::path file = path_ / row.file;
    const Bytes before = take(storage::read_file(file, 1 << 16));
    row.damage(file);
    EXPECT_EQ(take_into_backup().error().code, row.code) << row.name;
    take(storage::write_file(file, before, storage::FileMode::kPublic));
  }
  EXPECT_EQ(take(take_into_backup()), 300U);
}

}  // namespace
}  // namespace countersign::authority
