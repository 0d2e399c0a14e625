// SPDX-License-Identifier: Apache-2.0
#include "logbook/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "logbook/audit.h"
#include "logbook/testing/test_log.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using checkpoint::NoteSigner;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Files;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestKeys;
using testing::TestLog;
using ::testing::UnorderedElementsAre;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

// A log in memory that counts what it is asked for, and lies as a test wants it.
class FakeLog final : public LogSource {
 public:
  FakeLog() = default;
  explicit FakeLog(const TestLog& log) : files(log.files()) {}
  Result<Bytes> get(std::string_view path) override {
    asked.emplace_back(path);
    if (asked.size() > answers) return fail(ErrorCode::kUnavailable, "the line is cut");
    const auto file = files.find(std::string(path));
    if (file == files.end()) return fail(ErrorCode::kNotFound, std::string(path) + ": not here");
    return file->second;
  }

  Files files;
  std::vector<std::string> asked;
  std::size_t answers = 1'000'000;  // until the line is cut
};

class MirrorTest : public ::testing::Test {
 protected:
  Result<MirrorReport> mirror(LogSource& log) { return mirror_log(log, folder_, policy_); }
  Error refusal_of(LogSource& log) {
    const auto mirrored = mirror(log);
    EXPECT_FALSE(mirrored);
    return mirrored ? Error{} : mirrored.error();
  }
  Files kept() { return testing::read_all(disk_.path()); }
  void expect_whole() {
    const AuditReport report = take(audit_log(folder_, {.policy = &policy_}));
    EXPECT_TRUE(report.is_clean()) << write_audit_text(report);
    EXPECT_THAT(report.remarks, SizeIs(0)) << write_audit_text(report);
  }

  const TemporaryFolder disk_;
  LogFolder folder_{disk_.path()};
  const checkpoint::Policy policy_ = keys().policy();
};

TEST_F(MirrorTest, CopiesALogOfAnySize) {
  for (const std::uint64_t size : {0, 1, 255, 256, 257, 511, 512, 700}) {
    const TemporaryFolder disk;
    LogFolder folder(disk.path());
    FakeLog log(TestLog(keys(), size));
    const MirrorReport report = take(mirror_log(log, folder, policy_));
    EXPECT_EQ(report.checkpoint.size, size);
    EXPECT_EQ(report.entries_fetched, size);
    EXPECT_THAT(report.witnesses, ElementsAre("w1"));
    EXPECT_EQ(testing::read_all(disk.path()), log.files) << size;
  }
}

TEST_F(MirrorTest, FetchesOnlyWhatIsNewAndKeepsPartialTilesOfTheNewestSizeOnly) {
  TestLog log(keys(), 600);
  FakeLog before(log);
  ASSERT_TRUE(mirror(before));
  log.append(300);
  FakeLog after(log);
  const MirrorReport report = take(mirror(after));
  EXPECT_EQ(report.size_before, 600);
  EXPECT_EQ(kept(), after.files);
  for (const char* old : {"tile/entries/000", "tile/entries/001", "tile/0/000", "tile/0/001"})
    EXPECT_THAT(after.asked, Each(::testing::Ne(old)));

  FakeLog again(log);
  EXPECT_EQ(take(mirror(again)).entries_fetched, 0);
  EXPECT_THAT(again.asked, ElementsAre("checkpoint"));
}

TEST_F(MirrorTest, FetchesNoTilesOfLevelZeroSinceTheyFollowFromTheEntries) {
  FakeLog log(TestLog(keys(), 700));
  ASSERT_TRUE(mirror(log));
  EXPECT_THAT(log.asked, Each(::testing::Not(::testing::StartsWith("tile/0/"))));
  EXPECT_THAT(log.asked, SizeIs(5)) << "checkpoint, tile of level 1, three files of entries";
}

TEST_F(MirrorTest, GoesOnWhereItWasInterrupted) {
  const TestLog grown(keys(), 10 * 256 + 7);
  // Checkpoint, both partial tiles, and one file of entries in each run.
  for (int run = 1; run < 10; ++run) {
    FakeLog log(grown);
    log.answers = 4;
    EXPECT_EQ(refusal_of(log).code, ErrorCode::kUnavailable) << run;
    EXPECT_FALSE(kept().contains("checkpoint"));
  }
  FakeLog log(grown);
  log.answers = 4;
  EXPECT_EQ(take(mirror(log)).entries_fetched, 256 + 7);
  EXPECT_EQ(kept(), log.files);
  expect_whole();
}

TEST_F(MirrorTest, TakesUpWhatALogWroteWithoutItsCheckpointAndFetchesAnewWhatIsTorn) {
  const TestLog log(keys(), 1000);
  Files files = log.files();
  files.erase("checkpoint");
  files["tile/entries/001"].resize(5000);
  files["tile/0/002"][77] ^= 1;
  files["tile/0/.003.AbCdEf"] = Bytes{1};
  testing::write(disk_.path(), files);
  FakeLog served(log);
  const MirrorReport report = take(mirror(served));
  EXPECT_EQ(report.entries_fetched, 256 + 232) << "the torn file, and the partial one";
  EXPECT_EQ(kept(), served.files);
}

// Whose tree grows as soon as its checkpoint was fetched: partial tiles go.
class GrowingLog final : public LogSource {
 public:
  GrowingLog(const TestLog& grown, const std::string& first, std::size_t answers = 1'000'000)
      : grown_(grown), first_(to_bytes(first)) {
    grown_.answers = answers;
  }
  Result<Bytes> get(std::string_view path) override {
    if (path == kCheckpointPath && !std::exchange(was_asked_, true)) return first_;
    return grown_.get(path);
  }

 private:
  FakeLog grown_;
  const Bytes first_;
  bool was_asked_ = false;
};

TEST_F(MirrorTest, UsesTheWiderTilesOfALogThatGrowsMeanwhile) {
  for (const std::uint64_t more : {50, 400}) {
    TestLog log(keys(), 300);
    Files wanted = log.files();
    const std::string note = log.note();
    wanted["checkpoint"] = to_bytes(note);
    log.append(more);
    GrowingLog growing(log, note);
    const TemporaryFolder disk;
    LogFolder folder(disk.path());
    ASSERT_TRUE(mirror_log(growing, folder, policy_)) << more;
    EXPECT_EQ(testing::read_all(disk.path()), wanted) << more;
  }
}

TEST_F(MirrorTest, TakesNoSilenceForTheWordThatThereIsNoSuchFile) {
  TestLog log(keys(), 300);
  const std::string note = log.note();
  log.append(50);
  // It answers that the partial tile is gone, and then no more, whichever question comes next.
  for (std::size_t answers = 1; answers <= 3; ++answers) {
    GrowingLog growing(log, note, answers);
    EXPECT_EQ(refusal_of(growing).code, ErrorCode::kUnavailable) << answers;
  }
}

TEST_F(MirrorTest, KeepsOfOneTreeTheCheckpointThatMoreWitnessesCosigned) {
  const TestLog log(keys(), 5);
  FakeLog bare(log);
  bare.files["checkpoint"] = to_bytes(log.note(false));
  ASSERT_TRUE(mirror(bare));
  FakeLog cosigned(log);
  ASSERT_TRUE(mirror(cosigned));
  EXPECT_EQ(kept().at("checkpoint"), cosigned.files.at("checkpoint"));
  ASSERT_TRUE(mirror(bare));
  EXPECT_EQ(kept().at("checkpoint"), cosigned.files.at("checkpoint"));
}

TEST_F(MirrorTest, SaysWhetherEnoughWitnessesCosigned) {
  const TestLog log(keys(), 5);
  FakeLog bare(log);
  bare.files["checkpoint"] = to_bytes(log.note(false));
  EXPECT_FALSE(take(mirror_log(bare, folder_, keys().policy("w1"))).is_witnessed);
  FakeLog cosigned(log);
  EXPECT_TRUE(take(mirror_log(cosigned, folder_, keys().policy("w1"))).is_witnessed);
}

// A log whose newest checkpoint its witnesses have not seen yet, and the one that they have.
FakeLog ahead_of_its_witnesses(const TestLog& log, const TestLog& witnessed) {
  FakeLog served(log);
  served.files["checkpoint"] = to_bytes(log.note(false));
  served.files["checkpoint.witnessed"] = to_bytes(witnessed.note());
  return served;
}

class WitnessedMirror : public MirrorTest {
 protected:
  Result<MirrorReport> mirror(LogSource& log) { return mirror_log(log, folder_, demanding_); }
  const checkpoint::Policy demanding_ = keys().policy("w1");
};

TEST_F(WitnessedMirror, FindsTheQuorumWhereTheNewestCheckpointHasToWaitForIt) {
  TestLog log(keys(), 300);
  const TestLog before(keys(), 300);
  log.append(300);
  FakeLog served = ahead_of_its_witnesses(log, before);
  const MirrorReport report = take(mirror(served));
  EXPECT_TRUE(report.is_witnessed);
  EXPECT_THAT(report.witnesses, ElementsAre("w1"));
  EXPECT_EQ(report.witnessed_size, 300);
  EXPECT_EQ(report.checkpoint.size, 600);
  EXPECT_THAT(write_mirror_text(report), HasSubstr("its first 300 entries cosigned by w1\n"));
  EXPECT_EQ(kept(), served.files);
  EXPECT_TRUE(take(audit_log(folder_, {.policy = &demanding_})).is_clean());

  const TestLog later(keys(), 500);
  served = ahead_of_its_witnesses(log, later);
  ASSERT_TRUE(mirror(served));
  EXPECT_EQ(kept(), served.files);
  FakeLog old = ahead_of_its_witnesses(log, before);
  ASSERT_TRUE(mirror(old));
  EXPECT_EQ(kept(), served.files) << "the newer one stays";
}

TEST_F(WitnessedMirror, RefusesAWitnessedCheckpointOfAnotherHistory) {
  FakeLog served = ahead_of_its_witnesses(TestLog(keys(), 600), TestLog(keys(), 300, " of another history"));
  const auto refused = mirror(served);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("FORK"));
}

TEST_F(WitnessedMirror, RefusesAWitnessedCheckpointThatTheLogDidNotSign) {
  const TestKeys others;
  FakeLog served = ahead_of_its_witnesses(TestLog(keys(), 600), TestLog(others, 300));
  const auto refused = mirror(served);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kSignatureInvalid);
  EXPECT_THAT(refused.error().detail, HasSubstr("checkpoint.witnessed"));
}

TEST_F(WitnessedMirror, GoesByTheWitnessedCheckpointWhereTheOtherIsAnOldCopy) {
  const TestLog log(keys(), 600);
  FakeLog served = ahead_of_its_witnesses(log, log);
  served.files["checkpoint"] = to_bytes(TestLog(keys(), 300).note(false));
  EXPECT_EQ(take(mirror(served)).checkpoint.size, 600);
  EXPECT_EQ(kept().at("checkpoint"), to_bytes(log.note()));
}

struct Fork {
  const char* name;
  std::uint64_t kept, served;
};

TEST_F(MirrorTest, RefusesAForkAndKeepsBothCheckpoints) {
  for (const Fork& fork :
       {Fork{"of the same size", 300, 300}, Fork{"that is larger", 300, 900},
        Fork{"that is smaller", 900, 300}, Fork{"larger by one", 256, 257}, Fork{"within one tile", 3, 5}}) {
    const TemporaryFolder disk;
    LogFolder folder(disk.path());
    FakeLog honest(TestLog(keys(), fork.kept));
    ASSERT_TRUE(mirror_log(honest, folder, policy_));
    FakeLog forked(TestLog(keys(), fork.served, " of another history"));
    const auto mirrored = mirror_log(forked, folder, policy_);
    ASSERT_FALSE(mirrored) << fork.name;
    EXPECT_EQ(mirrored.error().code, ErrorCode::kConflict) << fork.name;
    EXPECT_THAT(mirrored.error().detail, HasSubstr("FORK")) << fork.name;

    Files files = testing::read_all(disk.path());
    Files evidence;
    for (const auto& [path, content] : files)
      if (path.starts_with("evidence/")) evidence[path.substr(path.rfind('/') + 1)] = content;
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("evidence/"); });
    EXPECT_EQ(files, honest.files) << fork.name;
    EXPECT_THAT(testing::names_of(evidence),
                UnorderedElementsAre("smaller.checkpoint", "larger.checkpoint", "proof.txt"));
    const bool is_kept_smaller = fork.kept <= fork.served;
    EXPECT_EQ(evidence["smaller.checkpoint"], (is_kept_smaller ? honest : forked).files["checkpoint"])
        << fork.name;
    EXPECT_EQ(evidence["larger.checkpoint"], (is_kept_smaller ? forked : honest).files["checkpoint"])
        << fork.name;
    EXPECT_FALSE(take(audit_log(folder, {.policy = &policy_})).is_clean()) << fork.name;
  }
}

TEST_F(MirrorTest, TellsAForkAlsoWhereItCannotKeepBothCheckpoints) {
  FakeLog honest(TestLog(keys(), 300));
  ASSERT_TRUE(mirror(honest));
  testing::write(disk_.path(), "evidence", to_bytes("a file where the folder belongs"));
  FakeLog forked(TestLog(keys(), 900, " of another history"));
  const Error error = refusal_of(forked);
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_THAT(error.detail, HasSubstr("FORK"));
  EXPECT_THAT(error.detail, HasSubstr("could not be kept"));
  for (const FakeLog* log : {&honest, &forked})
    EXPECT_THAT(error.detail, HasSubstr(to_text(log->files.at("checkpoint"))));
}

TEST_F(MirrorTest, RefusesALogThatWentBack) {
  TestLog log(keys(), 300);
  const FakeLog before(log);
  log.append(300);
  FakeLog now(log);
  ASSERT_TRUE(mirror(now));
  FakeLog old = before;
  const Error error = refusal_of(old);
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_THAT(error.detail, HasSubstr("went back"));
  EXPECT_EQ(kept(), now.files);
}

TEST_F(MirrorTest, RefusesACheckpointThatIsNotOfAListedLog) {
  const TestKeys others;
  FakeLog log(TestLog(others, 5));
  EXPECT_EQ(refusal_of(log).code, ErrorCode::kSignatureInvalid);
  FakeLog garbage(TestLog(keys(), 5));
  garbage.files["checkpoint"] = to_bytes("<html>not found</html>\n");
  EXPECT_EQ(refusal_of(garbage).code, ErrorCode::kMalformed);
  FakeLog nothing;
  EXPECT_EQ(refusal_of(nothing).code, ErrorCode::kNotFound);
  EXPECT_THAT(kept(), SizeIs(0));
}

TEST_F(MirrorTest, RefusesAnotherLogThanTheFolders) {
  FakeLog first(TestLog(keys(), 5));
  ASSERT_TRUE(mirror(first));
  const NoteSigner other = testing::new_signer("busan-1.example/log", testing::KeyType::kEd25519);
  const auto note =
      take(checkpoint::sign_checkpoint(other, {"busan-1.example/log", 0, merkle::empty_root()}));
  FakeLog second;
  second.files["checkpoint"] = to_bytes(checkpoint::write_note(note));
  const checkpoint::Policy both = take(checkpoint::Policy::parse(
      "log " + keys().log.verifier().text() + "\nlog " + other.verifier().text() + "\nquorum none\n"));
  const auto mirrored = mirror_log(second, folder_, both);
  ASSERT_FALSE(mirrored);
  EXPECT_EQ(mirrored.error().code, ErrorCode::kConflict);
}

TEST_F(MirrorTest, RefusesToCompareWithACheckpointThatIsSpoilt) {
  TestLog log(keys(), 300);
  FakeLog served(log);
  ASSERT_TRUE(mirror(served));
  Bytes spoilt = served.files["checkpoint"];
  spoilt[spoilt.size() - 9] ^= 1;
  testing::write(disk_.path(), "checkpoint", spoilt);
  const Error error = refusal_of(served);
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_THAT(error.detail, HasSubstr("repair"));
  EXPECT_EQ(kept().at("checkpoint"), spoilt);
}

struct Lie {
  const char* name;
  std::function<void(Files& files)> tell;
  ErrorCode code;
};

TEST_F(MirrorTest, TakesNothingThatDoesNotLeadToTheSignedRoot) {
  using enum ErrorCode;
  const std::vector<Lie> lies = {
      {"another entry", [](Files& files) { files["tile/entries/001"][60] ^= 1; }, kConflict},
      {"another entry at the edge", [](Files& files) { files["tile/entries/003.p/232"][60] ^= 1; },
       kConflict},
      {"entries cut short", [](Files& files) { files["tile/entries/001"].resize(9000); }, kMalformed},
      {"entries that go on", [](Files& files) { files["tile/entries/001"].push_back(0); }, kMalformed},
      {"no entries", [](Files& files) { files.erase("tile/entries/001"); }, kConflict},
      {"another tile", [](Files& files) { files["tile/1/000.p/3"][0] ^= 1; }, kConflict},
      {"a tile cut short", [](Files& files) { files["tile/1/000.p/3"].resize(64); }, kMalformed},
      {"no tile", [](Files& files) { files.erase("tile/1/000.p/3"); }, kConflict}};
  const TestLog log(keys(), 1000);
  for (const Lie& lie : lies) {
    const TemporaryFolder disk;
    LogFolder folder(disk.path());
    FakeLog served(log);
    lie.tell(served.files);
    const auto mirrored = mirror_log(served, folder, policy_);
    ASSERT_FALSE(mirrored) << lie.name;
    EXPECT_EQ(mirrored.error().code, lie.code) << lie.name << ": " << mirrored.error().detail;
    // What is there is right; the checkpoint is not.
    const Files honest = log.files();
    for (const auto& [path, content] : testing::read_all(disk.path())) {
      EXPECT_NE(path, "checkpoint") << lie.name;
      EXPECT_EQ(content, honest.at(path)) << lie.name << ": " << path;
    }
    FakeLog again(log);
    EXPECT_TRUE(mirror_log(again, folder, policy_)) << lie.name;
    EXPECT_EQ(testing::read_all(disk.path()), again.files) << lie.name;
  }
}

TEST_F(MirrorTest, ProvesNoForkByTilesThatLeadNowhere) {
  TestLog log(keys(), 300);
  FakeLog before(log);
  ASSERT_TRUE(mirror(before));
  log.append(300);
  FakeLog after(log);
  after.files["tile/0/001"][3] ^= 1;
  const Error error = refusal_of(after);
  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_THAT(error.detail, ::testing::Not(HasSubstr("FORK")));
  EXPECT_EQ(kept(), before.files);
}

TEST_F(MirrorTest, BeginsNothingThatTheDiskHasNoRoomFor) {
  const auto note = take(checkpoint::sign_checkpoint(
      keys().log, {std::string(testing::kOrigin), std::uint64_t{1} << 62, merkle::empty_root()}));
  FakeLog log;
  log.files["checkpoint"] = to_bytes(checkpoint::write_note(note));
  EXPECT_EQ(refusal_of(log).code, ErrorCode::kStorageFull);
  EXPECT_THAT(log.asked, ElementsAre("checkpoint"));
}

TEST_F(MirrorTest, KeepsOthersAwayWhileItWorks) {
  FakeLog log(TestLog(keys(), 5));
  {
    const auto lock = folder_.lock();
    ASSERT_TRUE(lock);
    EXPECT_EQ(refusal_of(log).code, ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(mirror(log));
}

TEST_F(MirrorTest, TellsHowFarItIs) {
  FakeLog log(TestLog(keys(), 600));
  std::vector<std::uint64_t> done;
  ASSERT_TRUE(mirror_log(log, folder_, policy_, [&](std::uint64_t entries, std::uint64_t all) {
    EXPECT_EQ(all, 600);
    done.push_back(entries);
  }));
  EXPECT_THAT(done, ElementsAre(256, 512, 600));
}

}  // namespace
}  // namespace countersign::logbook
