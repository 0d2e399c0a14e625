// SPDX-License-Identifier: Apache-2.0
#include "logbook/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "documents/json.h"
#include "logbook/audit.h"
#include "logbook/testing/test_log.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using testing::Files;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestKeys;
using testing::TestLog;

constexpr std::uint64_t kSize = 65'536 + 2 * 256 + 44;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

void change(const std::filesystem::path& folder, const Files& files, const std::string& path,
            std::size_t octet) {
  Bytes content = files.at(path);
  content.at(octet) ^= 1;
  testing::write(folder, path, content);
}

// One large log that tests damage and repair, and another copy of it.
class RepairTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    disk_ = new TemporaryFolder();
    other_disk_ = new TemporaryFolder();
    files_ = new Files(TestLog(keys(), kSize).files());
    testing::write(disk_->path(), *files_);
    testing::write(other_disk_->path(), *files_);
  }
  static void TearDownTestSuite() {
    delete disk_;
    delete other_disk_;
    delete files_;
  }
  void SetUp() override {
    testing::write(disk_->path(), *files_);
    testing::write(other_disk_->path(), *files_);
  }

  Result<RepairReport> repair(LogSource* from = nullptr) {
    return repair_log(folder_, {.from = from, .policy = &policy_});
  }
  void damage(const std::string& path, std::size_t octet = 40) {
    change(disk_->path(), *files_, path, octet);
  }
  void damage_other(const std::string& path) { change(other_disk_->path(), *files_, path, 40); }
  void take_away(const std::string& path) { std::filesystem::remove(disk_->path() / path); }
  void cut(const std::string& path, std::size_t size) {
    std::filesystem::resize_file(disk_->path() / path, size);
  }
  void expect_as_it_was() { EXPECT_EQ(testing::read_all(disk_->path()), *files_); }

  inline static TemporaryFolder *disk_ = nullptr, *other_disk_ = nullptr;
  inline static Files* files_ = nullptr;
  LogFolder folder_{disk_->path()};
  LogFolder other_{other_disk_->path()};
  const checkpoint::Policy policy_ = keys().policy();
};

TEST_F(RepairTest, ChangesNothingInALogThatIsWhole) {
  const RepairReport report = take(repair(&other_));
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report.restored_in_all, 0);
  EXPECT_FALSE(report.was_checkpoint_restored);
  expect_as_it_was();
}

TEST_F(RepairTest, MakesTilesOfAllLevelsAnewFromTheEntries) {
  damage("tile/0/003");
  take_away("tile/0/017");
  cut("tile/0/200", 100);
  take_away("tile/0/258.p/44");
  damage("tile/1/000");
  take_away("tile/1/001.p/2");
  cut("tile/2/000.p/1", 0);
  const RepairReport report = take(repair());
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 7);
  for (const Restored& one : report.restored) EXPECT_FALSE(one.came_from_other) << one.file;
  expect_as_it_was();
}

TEST_F(RepairTest, MakesAllTilesAnewFromTheEntriesAlone) {
  std::filesystem::remove_all(disk_->path() / "tile/0");
  std::filesystem::remove_all(disk_->path() / "tile/1");
  std::filesystem::remove_all(disk_->path() / "tile/2");
  const RepairReport report = take(repair());
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  expect_as_it_was();
}

TEST_F(RepairTest, CutsOffWhatFollowsTheEntries) {
  Bytes longer = files_->at("tile/entries/003");
  longer.push_back(9);
  testing::write(disk_->path(), "tile/entries/003", longer);
  EXPECT_TRUE(take(repair()).is_whole());
  expect_as_it_was();
}

TEST_F(RepairTest, LeavesEntriesThatNobodyHasAndNamesThem) {
  damage("tile/entries/003");
  const RepairReport report = take(repair());
  EXPECT_FALSE(report.is_whole());
  ASSERT_THAT(report.left, SizeIs(1));
  EXPECT_EQ(report.left[0].file, "tile/entries/003");
  EXPECT_THAT(write_repair_text(report), HasSubstr("NOT WHOLE"));
}

TEST_F(RepairTest, TakesEntriesFromTheOtherPlace) {
  damage("tile/entries/003");
  take_away("tile/entries/100");
  cut("tile/entries/258.p/44", 1000);
  const RepairReport report = take(repair(&other_));
  EXPECT_TRUE(report.is_whole()) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 3);
  for (const Restored& one : report.restored) EXPECT_TRUE(one.came_from_other) << one.file;
  expect_as_it_was();
}

TEST_F(RepairTest, RestoresBothOfABundleFromTheOtherPlace) {
  damage("tile/entries/003");
  damage("tile/0/003");
  EXPECT_TRUE(take(repair(&other_)).is_whole());
  expect_as_it_was();
}

TEST_F(RepairTest, RestoresAFolderThatHasNothingButItsCheckpoint) {
  std::filesystem::remove_all(disk_->path() / "tile");
  EXPECT_TRUE(take(repair(&other_)).is_whole());
  expect_as_it_was();
}

TEST_F(RepairTest, TakesNothingFromTheOtherPlaceThatDoesNotLeadToTheSignedRoot) {
  damage("tile/entries/003");
  damage_other("tile/entries/003");
  damage("tile/entries/258.p/44");
  damage_other("tile/entries/258.p/44");
  const RepairReport report = take(repair(&other_));
  EXPECT_THAT(report.left, SizeIs(2)) << write_repair_text(report);
  EXPECT_EQ(report.restored_in_all, 0);
}

TEST_F(RepairTest, ChangesNothingWhereNothingLeadsToTheSignedRoot) {
  const TestLog other_history(keys(), 300, " of another history");
  const TemporaryFolder disk, lies;
  testing::write(disk.path(), other_history.files());
  testing::write(disk.path(), "checkpoint", to_bytes(TestLog(keys(), 300).note()));
  testing::write(lies.path(), other_history.files());
  const Files before = testing::read_all(disk.path());
  LogFolder folder(disk.path()), from(lies.path());
  const auto repaired = repair_log(folder, {.from = &from, .policy = &policy_});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::kConflict);
  EXPECT_EQ(testing::read_all(disk.path()), before);
}

TEST_F(RepairTest, UsesAPlaceThatIsFurtherOn) {
  TestLog log(keys(), 300);
  const TemporaryFolder disk, further;
  testing::write(disk.path(), log.files());
  const Files wanted = testing::read_all(disk.path());
  for (const std::uint64_t more : {50, 500}) {  // its partial tiles are wider, or full
    log.append(more);
    std::filesystem::remove_all(further.path() / "tile");
    testing::write(further.path(), log.files());
    std::filesystem::remove_all(disk.path() / "tile");
    LogFolder folder(disk.path()), from(further.path());
    EXPECT_TRUE(take(repair_log(folder, {.from = &from, .policy = &policy_})).is_whole());
    EXPECT_EQ(testing::read_all(disk.path()), wanted);
  }
}

TEST_F(RepairTest, RestoresASpoiltCheckpointOnlyWithAPolicyToVerifyTheOther) {
  for (const bool is_there : {true, false}) {
    if (is_there) {
      damage("checkpoint", files_->at("checkpoint").size() - 9);
    } else {
      take_away("checkpoint");
    }
    EXPECT_FALSE(repair()) << "there is no other place";
    const RepairReport report = take(repair(&other_));
    EXPECT_TRUE(report.was_checkpoint_restored);
    EXPECT_TRUE(report.is_whole());
    expect_as_it_was();
  }
  take_away("checkpoint");
  const auto without_policy = repair_log(folder_, {.from = &other_});
  ASSERT_FALSE(without_policy);
  EXPECT_THAT(without_policy.error().detail, HasSubstr("policy"));
  const TestKeys others;
  const checkpoint::Policy of_others = others.policy();
  EXPECT_FALSE(repair_log(folder_, {.from = &other_, .policy = &of_others}));
}

TEST_F(RepairTest, MendsPartialTilesOfBeforeFromThoseOfNow) {
  const TemporaryFolder disk;
  TestLog log(keys(), 100);
  testing::write(disk.path(), log.files());
  log.append(200);
  testing::write(disk.path(), log.files());
  const Files files = testing::read_all(disk.path());
  for (const char* old : {"tile/0/000.p/100", "tile/entries/000.p/100"}) change(disk.path(), files, old, 200);
  LogFolder folder(disk.path());
  EXPECT_EQ(take(repair_log(folder, {.policy = &policy_})).restored_in_all, 2);
  EXPECT_EQ(testing::read_all(disk.path()), files);
}

TEST_F(RepairTest, LeavesWhatIsBeyondTheCheckpointToWhoWritesIt) {
  const TemporaryFolder disk;
  TestLog log(keys(), 300);
  testing::write(disk.path(), log.files());
  const Bytes checkpoint = to_bytes(log.note());
  log.append(300);
  testing::write(disk.path(), log.files());
  testing::write(disk.path(), "checkpoint", checkpoint);
  testing::write(disk.path(), "tile/entries/002.p/88", Bytes{1, 2, 3});  // torn
  const Files before = testing::read_all(disk.path());
  LogFolder folder(disk.path());
  EXPECT_TRUE(take(repair_log(folder, {.policy = &policy_})).is_whole());
  EXPECT_EQ(testing::read_all(disk.path()), before);

  // The next mirror takes it up, and heals what is torn.
  const TemporaryFolder served;
  testing::write(served.path(), log.files());
  LogFolder from(served.path());
  ASSERT_TRUE(mirror_log(from, folder, policy_));
  EXPECT_EQ(testing::read_all(disk.path()), testing::read_all(served.path()));
}

TEST_F(RepairTest, EndsWhereTheOtherPlaceDoesNotAnswer) {
  class Away final : public LogSource {
   public:
    Result<Bytes> get(std::string_view) override { return fail(ErrorCode::kUnavailable, "nobody is there"); }
  } away;
  damage("tile/entries/003");
  const auto repaired = repair(&away);
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, ErrorCode::kUnavailable);
}

// Takes away, cuts, lengthens or changes a file.
Bytes damaged(Bytes content, std::mt19937& chance) {
  if (content.empty()) return {1};
  switch (chance() % 3) {
    case 0:
      content.resize(chance() % content.size());
      return content;
    case 1:
      content.resize(content.size() + 1 + chance() % 100);
      return content;
    default:
      content[chance() % content.size()] ^= static_cast<std::uint8_t>(1U << chance() % 8);
      return content;
  }
}

TEST_F(RepairTest, RestoresWhateverIsDamagedInAnyNumberOfFilesAndNothingElse) {
  const TemporaryFolder disk, other_disk;
  const Files files = TestLog(keys(), 3 * 256 + 5).files();
  testing::write(other_disk.path(), files);
  LogFolder folder(disk.path()), other(other_disk.path());
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 chance(seed);
    testing::write(disk.path(), files);
    std::set<std::string> changed;
    for (const auto& [path, content] : files) {
      if (path == "checkpoint" || chance() % 4 != 0) continue;
      changed.insert(path);
      if (chance() % 4 == 0) {
        std::filesystem::remove(disk.path() / path);
      } else {
        testing::write(disk.path(), path, damaged(content, chance));
      }
    }
    const AuditReport audited = take(audit_log(folder, {.policy = &policy_}));
    EXPECT_EQ(audited.is_clean(), changed.empty()) << seed;
    const RepairReport report = take(repair_log(folder, {.from = &other, .policy = &policy_}));
    EXPECT_TRUE(report.is_whole()) << seed << write_repair_text(report);
    std::set<std::string> restored;
    for (const Restored& one : report.restored) restored.insert(one.file);
    EXPECT_EQ(restored, changed) << seed;
    EXPECT_EQ(testing::read_all(disk.path()), files) << seed;
  }
}

TEST_F(RepairTest, WritesAReportForPrograms) {
  damage("tile/0/003");
  damage("tile/entries/004");
  const auto json = take(documents::parse_json(as_bytes(write_repair_json(take(repair()))))).as_object();
  EXPECT_EQ(json.at("type"), "log-repair");
  EXPECT_EQ(json.at("whole"), false);
  EXPECT_EQ(json.at("restored").at(0).at("file"), "tile/0/003");
  EXPECT_EQ(json.at("left").at(0).at("file"), "tile/entries/004");
}

}  // namespace
}  // namespace countersign::logbook
