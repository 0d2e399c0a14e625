// SPDX-License-Identifier: Apache-2.0
#include "authority/log/tile_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <thread>

#include "authority/log/testing/test_log.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A folder on a disk that can be told to fail, and that counts what is asked of it.
class FailingFolder final : public PublicFolder {
 public:
  explicit FailingFolder(fs::path folder) : disk_(std::move(folder)) {}

  Result<std::optional<Bytes>> read(std::string_view path, std::size_t limit) override {
    ++reads;
    if (is_unreadable) return fail(ErrorCode::kUnavailable, "not permitted");
    return disk_.read(path, limit);
  }
  Result<void> write(std::string_view path, BytesView content) override {
    TRY(step());
    ++writes;
    return disk_.write(path, content);
  }
  Result<void> sync() override {
    TRY(step());
    return disk_.sync();
  }
  Result<void> remove(std::string_view path) override {
    TRY(step());
    return disk_.remove(path);
  }
  Result<void> clean(std::string_view path) override {
    TRY(step());
    return disk_.clean(path);
  }
  Result<std::unique_ptr<Hold>> hold() override {
    TRY(step());
    return disk_.hold();
  }

  int fails_at = -1;  // which of the steps to come; all after it fail alike
  int steps = 0;
  int reads = 0;
  int writes = 0;
  bool is_unreadable = false;

 private:
  Result<void> step() {
    if (fails_at >= 0 && steps >= fails_at) return fail(ErrorCode::kStorageFull, "no room");
    ++steps;
    return ok();
  }
  DiskFolder disk_;
};

class PublishLog : public ::testing::Test {
 protected:
  Result<void> try_open(TilePublisher::Options options = {}) {
    publisher_.reset();
    TRY(publisher_,
        TilePublisher::open({*log_.reader, log_.newest(), folder_, log_.clock, metrics_}, options));
    return ok();
  }
  void open(TilePublisher::Options options = {}) { take(try_open(options)); }
  void publish() { take(publisher_->publish()); }
  std::optional<checkpoint::Checkpoint> published() {
    if (!fs::exists(path_ / "checkpoint")) return std::nullopt;
    const std::string note = to_text(take(storage::read_file(path_ / "checkpoint", 1 << 16)));
    return take(checkpoint::verify_checkpoint(note, log_.verifier())).checkpoint;
  }
  bool is_file_right(const merkle::TileId& tile, TileKind kind) {
    const auto content = storage::read_file(path_ / tile_file_path(tile, kind), 1 << 16);
    if (!content) return false;
    if (kind == TileKind::kHashes) return content.value() == merkle::write_tile(log_.tree.tile(tile));
    const auto entries = merkle::parse_entries(tile, content.value());
    if (!entries) return false;
    for (std::size_t i = 0; i < entries.value().size(); ++i)
      if (entries.value()[i] != to_bytes(BytesView(sample_entry(tile.number * 256 + i)))) return false;
    return true;
  }
  // Whatever the checkpoint in the folder covers is there.
  void expect_whole() {
    const auto checkpoint = published();
    if (!checkpoint) return;
    EXPECT_EQ(checkpoint->root, log_.tree.root(checkpoint->size));
    for (const merkle::TileId& tile : merkle::new_tiles(0, checkpoint->size)) {
      EXPECT_TRUE(is_file_right(tile, TileKind::kHashes)) << merkle::tile_path(tile);
      if (tile.level == 0) {
        EXPECT_TRUE(is_file_right(tile, TileKind::kEntries)) << merkle::entries_path(tile);
      }
    }
  }
  void expect_all_published() {
    ASSERT_TRUE(published());
    EXPECT_EQ(published()->size, log_.tree.size());
    EXPECT_EQ(publisher_->published(), log_.tree.size());
    expect_whole();
  }
  std::int64_t gauge(std::string_view name) { return metrics_.gauge(name, "").value(); }

  TestLog log_;
  http::Metrics metrics_;
  fs::path path_ = log_.folder.path() / "log";
  FailingFolder folder_{path_};
  std::unique_ptr<TilePublisher> publisher_;
};

TEST_F(PublishLog, WritesTheEmptyLogsCheckpoint) {
  open();
  publish();
  EXPECT_EQ(published()->size, 0U);
}

TEST_F(PublishLog, WritesWhatIsNewAndThenTheCheckpoint) {
  open();
  for (const std::uint64_t count : {1, 3, 250, 2, 1, 600, 255}) {
    log_.append(count);
    publish();
    expect_all_published();
  }
}

TEST_F(PublishLog, WritesNothingWhereNothingIsNew) {
  open();
  log_.append(300);
  publish();
  folder_.writes = 0;
  publish();
  EXPECT_EQ(folder_.writes, 0);
}

TEST_F(PublishLog, ShowsTheNewestCheckpointThatEnoughWitnessesCosigned) {
  const fs::path file = path_ / "checkpoint.witnessed";
  const auto shown = [&] { return to_text(take(storage::read_file(file, 1 << 16))); };
  const auto keep = [&](const std::string& cosignature) {
    LogCheckpoint checkpoint = take(log_.appender->head()->checkpoint());
    checkpoint.note += cosignature;
    take(log_.reader->keep_witnessed(checkpoint));
    return checkpoint.note;
  };
  open();
  log_.append(3);
  publish();
  EXPECT_FALSE(fs::exists(file));
  const std::string first = keep("— witness.example/w1 AAAAAAAA\n");
  log_.append(300);
  publish();
  EXPECT_EQ(shown(), first);
  EXPECT_EQ(published()->size, 303U) << "the newest goes on without witnesses";

  const std::string second = keep("— witness.example/w2 AAAAAAAA\n");
  publish();
  EXPECT_EQ(shown(), second);
  std::ofstream(file) << "torn";
  publish();
  EXPECT_EQ(shown(), second);
  take(log_.reader->keep_witnessed({400, "no checkpoint of this log"}));
  publish();
  EXPECT_EQ(shown(), second);
}

TEST_F(PublishLog, ShowsNoWitnessedCheckpointOfWhatIsNotPublished) {
  open();
  log_.append(10);
  publish();
  log_.append(10);
  take(log_.reader->keep_witnessed(take(log_.appender->head()->checkpoint())));
  folder_.fails_at = folder_.steps + 2;
  static_cast<void>(publisher_->publish());
  folder_.fails_at = -1;
  EXPECT_EQ(published()->size, 10U);
  EXPECT_FALSE(fs::exists(path_ / "checkpoint.witnessed"));
  publish();
  EXPECT_TRUE(fs::exists(path_ / "checkpoint.witnessed"));
}

TEST_F(PublishLog, RemovesUnfinishedTilesOnceTheyAreFinished) {
  open();
  log_.append(200);
  publish();
  log_.append(50);
  publish();
  EXPECT_TRUE(fs::exists(path_ / "tile/0/000.p/200")) << "for who has the checkpoint before";
  EXPECT_TRUE(fs::exists(path_ / "tile/0/000.p/250"));
  log_.append(10);
  publish();
  EXPECT_FALSE(fs::exists(path_ / "tile/0/000.p"));
  EXPECT_FALSE(fs::exists(path_ / "tile/entries/000.p"));
  expect_all_published();
}

TEST_F(PublishLog, WritesMuchInPieces) {
  log_.append(1'100);
  open({.piece = 256});
  publish();
  expect_all_published();
  EXPECT_FALSE(fs::exists(path_ / "tile/1/000.p/1")) << "of the first piece only";
}

TEST_F(PublishLog, OpensAnyLogByAFewFiles) {
  const auto reads_to_open = [this] {
    open();
    folder_.reads = 0;
    open();
    return folder_.reads;
  };
  log_.append(600);
  open();
  publish();
  const int of_small = reads_to_open();
  log_.append(66'000);
  open();
  publish();
  EXPECT_LE(reads_to_open(), of_small + 6);
}

TEST_F(PublishLog, GoesOnAfterARestart) {
  open();
  log_.append(300);
  publish();
  log_.append(300);
  open();
  EXPECT_EQ(publisher_->published(), 300U);
  publish();
  expect_all_published();
}

// A disk that is full at each step in turn: whatever stands in the folder is whole, confirming goes on, and
// once there is room all is published.
TEST_F(PublishLog, IsWholeWhereverTheDiskIsFull) {
  open();
  log_.append(250);
  publish();
  folder_.steps = 0;
  log_.append(1);
  publish();
  const int few = folder_.steps;
  folder_.steps = 0;
  log_.append(300);  // finishes tiles
  publish();
  const int steps = std::max(few, folder_.steps);
  ASSERT_GT(steps, 8);
  for (int step = 0; step < steps; ++step) {
    log_.append(step % 2 == 0 ? 1 : 300);
    folder_.steps = 0;
    folder_.fails_at = step;
    const auto failed = publisher_->publish();
    if (!failed) {
      EXPECT_EQ(failed.error().code, ErrorCode::kStorageFull);
    }
    expect_whole();
    folder_.fails_at = -1;
    publish();
    expect_all_published();
  }
}

// The same where the process ends there.
TEST_F(PublishLog, IsWholeWhereverItIsKilled) {
  open();
  log_.append(250);
  publish();
  for (int step = 0; step < 14; ++step) {
    log_.append(step % 2 == 0 ? 1 : 300);
    folder_.steps = 0;
    folder_.fails_at = step;
    static_cast<void>(publisher_->publish());
    folder_.fails_at = -1;
    expect_whole();
    open();
    expect_whole();
    publish();
    expect_all_published();
  }
}

TEST_F(PublishLog, OpensAlsoWhereTheFolderCannotBeUsed) {
  log_.append(3);
  folder_.fails_at = 0;
  open();
  EXPECT_EQ(publisher_->publish().error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(take(log_.reader->newest()).size, 3U) << "who witnesses the log needs no folder";
  folder_.fails_at = -1;
  publish();
  expect_all_published();
}

TEST_F(PublishLog, WritesAllAgainWhereTheFolderIsGone) {
  open();
  log_.append(600);
  publish();
  fs::remove_all(path_);
  publish();
  expect_all_published();
}

struct Damage {
  std::string name, file;
  std::function<void(const fs::path&)> damage;
};

void tear(const fs::path& file) {
  fs::resize_file(file, fs::file_size(file) / 2);
}
void spoil(const fs::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(20);
  stream.put('\x55');
}
void remove_file(const fs::path& file) {
  fs::remove(file);
}

class DamagedFolder : public PublishLog, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedFolder, IsMendedAtTheStart) {
  open();
  log_.append(600);
  publish();
  const fs::path file = path_ / GetParam().file;
  ASSERT_TRUE(fs::exists(file));
  GetParam().damage(file);
  open();
  publish();
  expect_all_published();
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedFolder,
    ::testing::Values(Damage{"TheCheckpointTorn", "checkpoint", tear},
                      Damage{"TheCheckpointGone", "checkpoint", remove_file},
                      Damage{"TheCheckpointEmpty", "checkpoint",
                             [](const fs::path& file) { fs::resize_file(file, 0); }},
                      Damage{"TheCheckpointSpoilt", "checkpoint",
                             [](const fs::path& file) {
                               std::string note = to_text(take(storage::read_file(file, 1 << 16)));
                               note[note.find("\n600\n") + 1] = '5';  // 500, signed as 600
                               std::ofstream(file) << note;
                             }},
                      Damage{"TheCheckpointTooLong", "checkpoint",
                             [](const fs::path& file) { fs::resize_file(file, 100'000); }},
                      Damage{"AnUnfinishedTileTorn", "tile/0/002.p/88", tear},
                      Damage{"AnUnfinishedTileGone", "tile/0/002.p/88", remove_file},
                      Damage{"AnUnfinishedTileSpoilt", "tile/0/002.p/88", spoil},
                      Damage{"UnfinishedEntriesTorn", "tile/entries/002.p/88", tear},
                      Damage{"TheTileFinishedLastSpoilt", "tile/0/001", spoil},
                      Damage{"TheEntriesFinishedLastGone", "tile/entries/001", remove_file},
                      Damage{"TheUpperTileTorn", "tile/1/000.p/2", tear}),
    [](const auto& row) { return row.param.name; });

TEST_F(PublishLog, RefusesAFolderThatIsAheadOfTheStore) {
  open();
  log_.append(15);
  publish();
  TestLog other;
  other.key = log_.key;
  other.database = take(storage::open_sqlite(other.folder.path() / "other.db"));
  other.open();
  other.append(10);
  const auto opened = TilePublisher::open({*other.reader, other.newest(), folder_, other.clock, metrics_});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().detail, HasSubstr("older copy"));
  folder_.steps = folder_.fails_at = 0;
  EXPECT_EQ(TilePublisher::open({*other.reader, other.newest(), folder_, other.clock, metrics_}).error().code,
            ErrorCode::kConflict)
      << "also where nothing can be written";
}

TEST_F(PublishLog, DoesNotOpenWhereItCannotBeReadWhatWasPublished) {
  open();
  folder_.is_unreadable = true;
  EXPECT_EQ(try_open().error().code, ErrorCode::kUnavailable);
}

TEST_F(PublishLog, SignsNothingWhileTheFolderContradictsTheStore) {
  open();
  log_.append(10);
  publish();
  const fs::path file = path_ / "checkpoint";
  const Bytes before = take(storage::read_file(file, 1 << 16));
  TestLog other;
  other.key = log_.key;
  other.database = take(storage::open_sqlite(other.folder.path() / "other.db"));
  other.open();
  other.append(20);
  const std::string ahead = take(other.appender->head()->checkpoint()).note;
  take(storage::write_file(file, as_bytes(ahead), storage::FileMode::kPublic));
  log_.append(1);
  EXPECT_EQ(publisher_->publish().error().code, ErrorCode::kConflict);
  EXPECT_FALSE(publisher_->may_sign());
  EXPECT_EQ(take(log_.reader->newest()).size, 10U);
  take(storage::write_file(file, before, storage::FileMode::kPublic));
  publish();
  EXPECT_TRUE(publisher_->may_sign());
  expect_all_published();
}

TEST_F(PublishLog, RefusesAFolderOfAnotherHistory) {
  open();
  log_.append(10);
  publish();
  TestLog other;
  other.key = log_.key;
  other.database = take(storage::open_sqlite(other.folder.path() / "other.db"));
  other.open();
  const std::vector<documents::LogEntryBytes> entries(12, sample_entry(99));
  take(other.try_append(entries));
  EXPECT_EQ(TilePublisher::open({*other.reader, other.newest(), folder_, other.clock, metrics_}).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(published()->size, 10U) << "what was published stays";
}

TEST_F(PublishLog, RefusesAFolderOfAnotherLogOrKey) {
  open();
  log_.append(10);
  publish();
  TestLog of_another_key;
  EXPECT_EQ(
      TilePublisher::open({*of_another_key.reader, of_another_key.newest(), folder_, log_.clock, metrics_})
          .error()
          .code,
      ErrorCode::kConflict);
  const auto renamed = std::make_shared<const LogHead>(
      std::make_shared<const checkpoint::NoteSigner>(TestLog::signer_of("busan-1.example/log", log_.key)),
      merkle::Edge(), log_.clock.now());
  EXPECT_EQ(TilePublisher::open({*log_.reader, [&] { return renamed; }, folder_, log_.clock, metrics_})
                .error()
                .code,
            ErrorCode::kConflict);
}

// Two processes over one store, as while one takes over from the other.
TEST_F(PublishLog, NeverGoesBackBehindAnotherPublisher) {
  open();
  log_.append(10);
  const auto other = take(TilePublisher::open({*log_.reader, log_.newest(), folder_, log_.clock, metrics_}));
  publish();
  log_.append(10);
  take(other->publish());
  publish();
  expect_all_published();
  log_.append(1);
  publish();
  expect_all_published();
}

TEST_F(PublishLog, MendsWhatSomebodyAsksFor) {
  open();
  log_.append(900);
  publish();
  for (const merkle::TileId& tile : {merkle::TileId{0, 0}, {0, 3, 132}, {1, 0, 3}}) {
    fs::remove(path_ / tile_file_path(tile, TileKind::kHashes));
    EXPECT_EQ(take(publisher_->mend(tile, TileKind::kHashes)), merkle::write_tile(log_.tree.tile(tile)));
    EXPECT_TRUE(is_file_right(tile, TileKind::kHashes));
  }
  fs::remove(path_ / "tile/entries/001");
  take(publisher_->mend({0, 1}, TileKind::kEntries));
  expect_all_published();
}

TEST_F(PublishLog, GivesWhatItCannotWrite) {
  open();
  log_.append(300);
  publish();
  fs::remove(path_ / "tile/0/000");
  folder_.steps = folder_.fails_at = 0;
  EXPECT_EQ(take(publisher_->mend({0, 0}, TileKind::kHashes)), merkle::write_tile(log_.tree.tile({0, 0})));
}

TEST_F(PublishLog, MendsNothingThatIsNotPublished) {
  open();
  log_.append(300);
  publish();
  log_.append(300);
  for (const merkle::TileId& tile :
       {merkle::TileId{0, 1}, {0, 2, 88}, {0, 1, 43}, {0, 1, 45}, {1, 0, 2}, {2, 0, 1}})
    EXPECT_EQ(publisher_->mend(tile, TileKind::kHashes).error().code, ErrorCode::kNotFound);
}

TEST_F(PublishLog, ShowsHowFarItIs) {
  open();
  log_.append(10);
  publish();
  log_.append(5);
  folder_.fails_at = 0;
  static_cast<void>(publisher_->publish());
  log_.clock.advance(std::chrono::seconds(90));
  static_cast<void>(publisher_->publish());
  EXPECT_EQ(gauge("countersign_log_size"), 15);
  EXPECT_EQ(gauge("countersign_log_published_size"), 10);
  EXPECT_EQ(gauge("countersign_log_publish_lag_seconds"), 90);
  EXPECT_EQ(gauge("countersign_log_checkpoint_age_seconds"), 90);
  folder_.fails_at = -1;
  publish();
  EXPECT_EQ(gauge("countersign_log_published_size"), 15);
  EXPECT_EQ(gauge("countersign_log_publish_lag_seconds"), 0);
}

TEST_F(PublishLog, PublishesByItselfAndOnceMoreWhenItStops) {
  open({.every = std::chrono::milliseconds(1)});
  log_.append(5);
  publisher_->start();
  while (publisher_->published() < 5) std::this_thread::yield();
  publisher_->stop();
  expect_all_published();
  open({.every = std::chrono::hours(1)});
  publisher_->start();
  while (publisher_->published() < 5) std::this_thread::yield();
  log_.append(5);
  publisher_->stop();
  expect_all_published();
}

}  // namespace
}  // namespace countersign::authority
