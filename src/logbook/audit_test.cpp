// SPDX-License-Identifier: Apache-2.0
#include "logbook/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

#include "documents/json.h"
#include "logbook/report.h"
#include "logbook/testing/test_log.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestKeys;
using testing::TestLog;

constexpr std::size_t kPlace = 51;  // octets of an entry in its file, with its length
// So large that there are full and partial tiles of both levels, and of level 2 one of width 1.
constexpr std::uint64_t kManySizes = 65'536 + 2 * 256 + 44;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

std::string all_of(const AuditReport& report) {
  return write_audit_text(report);
}

// A log in a folder that tests change and put back.
class AuditTest : public ::testing::Test {
 protected:
  void publish(const TestLog& log) { testing::write(disk_.path(), log.files()); }
  AuditReport audit(AuditOptions options = {}) {
    if (options.policy == nullptr) options.policy = &policy_;
    return take(audit_log(folder_, options));
  }
  Bytes read(const std::string& path) { return take(folder_.get(path)); }
  void write(const std::string& path, const Bytes& content) { testing::write(disk_.path(), path, content); }
  void change(const std::string& path, std::size_t octet, std::uint8_t bits = 1) {
    Bytes content = read(path);
    content.at(octet) ^= bits;
    write(path, content);
  }

  const TemporaryFolder disk_;
  LogFolder folder_{disk_.path()};
  const checkpoint::Policy policy_ = keys().policy("w1");
};

TEST_F(AuditTest, FindsNothingInALogOfAnySizeThatIsAsItWasSigned) {
  for (const std::uint64_t size : {0, 1, 2, 255, 256, 257, 300, 511, 512, 513, 1024}) {
    const TemporaryFolder disk;
    testing::write(disk.path(), TestLog(keys(), size).files());
    LogFolder folder(disk.path());
    const AuditReport report = take(audit_log(folder, {.policy = &policy_}));
    EXPECT_TRUE(report.is_clean()) << size << ": " << all_of(report);
    EXPECT_TRUE(report.is_signed && report.is_witnessed && report.leads_to_root);
    EXPECT_EQ(report.confirmations, size);
    EXPECT_EQ(report.size, size);
    EXPECT_THAT(report.remarks, SizeIs(0));
  }
}

TEST_F(AuditTest, TakesWhatTheLogLeftOutAsLeftOut) {
  TestLog log(keys(), 3);
  log.append(to_bytes(documents::write_log_entry(documents::left_out_entry())));
  log.append(to_bytes(documents::write_log_entry(documents::left_out_entry())));
  publish(log);
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_EQ(report.left_out, 2);
  EXPECT_EQ(report.confirmations, 3);
}

// One large log for all tests that change one file of it and put it back.
class LargeLog : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    disk_ = new TemporaryFolder();
    files_ = new testing::Files(TestLog(keys(), kManySizes).files());
    testing::write(disk_->path(), *files_);
  }
  static void TearDownTestSuite() {
    delete disk_;
    delete files_;
  }
  void put_back(const std::string& path) { testing::write(disk_->path(), path, files_->at(path)); }
  AuditReport audit() {
    LogFolder folder(disk_->path());
    return take(audit_log(folder, {.policy = &policy_}));
  }

  inline static TemporaryFolder* disk_ = nullptr;
  inline static testing::Files* files_ = nullptr;
  const checkpoint::Policy policy_ = keys().policy("w1");
};

TEST_F(LargeLog, IsFoundInOrder) {
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_EQ(report.confirmations, kManySizes);
}

struct Flip {
  const char* name;
  const char* file;
  std::size_t octet;
  FindingKind kind;
  std::uint64_t index;
  OctetRange octets;
};

TEST_F(LargeLog, NamesTheFileAndThePlaceOfOneBitThatChanged) {
  using enum FindingKind;
  const std::vector<Flip> flips = {
      {"entry in a full file",
       "tile/entries/003",
       7 * kPlace + 20,
       kWrong,
       775,
       {7 * kPlace, 8 * kPlace - 1}},
      {"length of an entry", "tile/entries/003", 9 * kPlace, kWrong, 777, {9 * kPlace, 10 * kPlace - 1}},
      {"low octet of a length",
       "tile/entries/003",
       9 * kPlace + 1,
       kWrong,
       777,
       {9 * kPlace, 10 * kPlace - 1}},
      {"kind of an entry", "tile/entries/000", 2, kWrong, 0, {0, kPlace - 1}},
      {"entry in a partial file",
       "tile/entries/258.p/44",
       43 * kPlace + 50,
       kWrong,
       kManySizes - 1,
       {43 * kPlace, 44 * kPlace - 1}},
      {"full tile of level 0", "tile/0/003", 7 * 32 + 5, kWrong, 775, {7 * 32, 8 * 32 - 1}},
      {"partial tile of level 0", "tile/0/258.p/44", 0, kWrong, 258 * 256, {0, 31}},
      {"full tile of level 1", "tile/1/000", 5 * 32, kWrong, 5 * 256, {160, 191}},
      {"partial tile of level 1", "tile/1/001.p/2", 63, kWrong, 257 * 256, {32, 63}},
      {"partial tile of level 2", "tile/2/000.p/1", 31, kWrong, 0, {0, 31}}};
  for (const Flip& flip : flips) {
    Bytes content = files_->at(flip.file);
    content[flip.octet] ^= 0x40;
    testing::write(disk_->path(), flip.file, content);
    const AuditReport report = audit();
    put_back(flip.file);
    ASSERT_THAT(report.findings, SizeIs(1)) << flip.name << ": " << all_of(report);
    const Finding& finding = report.findings.front();
    EXPECT_EQ(finding.kind, flip.kind) << flip.name;
    EXPECT_EQ(finding.file, flip.file) << flip.name;
    EXPECT_EQ(finding.index, flip.index) << flip.name;
    ASSERT_TRUE(finding.octets) << flip.name;
    EXPECT_EQ(finding.octets->first, flip.octets.first) << flip.name;
    EXPECT_EQ(finding.octets->last, flip.octets.last) << flip.name;
    EXPECT_TRUE(finding.is_certain) << flip.name;
    EXPECT_TRUE(report.leads_to_root) << flip.name;
  }
}

struct CheckpointFlip {
  const char* name;
  std::size_t line;    // of the file
  bool leads_to_root;  // what can be read of it
};

TEST_F(LargeLog, SaysThatTheCheckpointIsNoLongerTheOneThatWasSigned) {
  const std::vector<CheckpointFlip> flips = {{"origin", 0, true},
                                             {"size", 1, false},
                                             {"root", 2, false},
                                             {"signature of the log", 4, true},
                                             {"cosignature", 5, true}};
  const std::string note = to_text(files_->at("checkpoint"));
  for (const CheckpointFlip& flip : flips) {
    std::size_t at = 0;
    for (std::size_t line = 0; line < flip.line; ++line) at = note.find('\n', at) + 1;
    const std::size_t end = note.find('\n', at);
    std::string changed = note;
    changed[end - 5] ^=
        1;  // keeps digits, letters and base64 what they are, but for the ends of the alphabet
    if (std::isalnum(static_cast<unsigned char>(changed[end - 5])) == 0) changed[end - 5] = 'b';
    testing::write(disk_->path(), "checkpoint", to_bytes(changed));
    const AuditReport report = audit();
    put_back("checkpoint");
    ASSERT_FALSE(report.findings.empty()) << flip.name;
    EXPECT_EQ(report.findings.front().kind, FindingKind::kSignature) << flip.name << all_of(report);
    EXPECT_EQ(report.findings.front().file, "checkpoint") << flip.name;
    EXPECT_EQ(report.leads_to_root, flip.leads_to_root) << flip.name << all_of(report);
    EXPECT_FALSE(report.is_signed) << flip.name;
    EXPECT_EQ(report.confirmations, kManySizes) << flip.name;
    for (const Finding& finding : report.findings)
      EXPECT_EQ(finding.file, "checkpoint") << write_finding(finding);
  }
}

struct Damage {
  const char* name;
  const char* file;
  std::function<void(Bytes& content)> change;  // none: the file is taken away
  FindingKind kind;
  std::optional<std::uint64_t> index;
  std::optional<OctetRange> octets;
};

TEST_F(LargeLog, NamesWhatIsMissingTornOrTooLong) {
  using enum FindingKind;
  const auto cut = [](std::size_t size) { return [size](Bytes& content) { content.resize(size); }; };
  const auto add = [](std::size_t count) {
    return [count](Bytes& content) { content.resize(content.size() + count, 7); };
  };
  const std::vector<Damage> damages = {
      {"entries taken away", "tile/entries/003", {}, kMissing, 768, std::nullopt},
      {"partial entries taken away", "tile/entries/258.p/44", {}, kMissing, 258 * 256, std::nullopt},
      {"tile taken away", "tile/0/003", {}, kMissing, 768, std::nullopt},
      {"partial tile taken away", "tile/0/258.p/44", {}, kMissing, 258 * 256, std::nullopt},
      {"tile of level 1 taken away", "tile/1/000", {}, kMissing, 0, std::nullopt},
      {"partial tile of level 1 taken away", "tile/1/001.p/2", {}, kMissing, 65'536, std::nullopt},
      {"tile of level 2 taken away", "tile/2/000.p/1", {}, kMissing, 0, std::nullopt},
      {"entries cut within an entry", "tile/entries/003", cut(100 * kPlace + 9), kTorn, 868,
       OctetRange{100 * kPlace + 9, 256 * kPlace - 1}},
      {"entries cut behind an entry", "tile/entries/003", cut(100 * kPlace), kTorn, 868,
       OctetRange{100 * kPlace, 256 * kPlace - 1}},
      {"entries emptied", "tile/entries/003", cut(0), kTorn, 768, OctetRange{0, 256 * kPlace - 1}},
      {"entries that go on", "tile/entries/003", add(5), kTooLong, std::nullopt,
       OctetRange{256 * kPlace, 256 * kPlace + 4}},
      {"tile cut within a hash", "tile/0/003", cut(1000), kTorn, 768 + 31, OctetRange{1000, 8191}},
      {"tile emptied", "tile/1/000", cut(0), kTorn, 0, OctetRange{0, 8191}},
      {"tile that goes on", "tile/1/001.p/2", add(32), kTooLong, std::nullopt, OctetRange{64, 95}},
      {"tile beyond any size", "tile/0/003", add(1 << 20), kTooLong, std::nullopt, std::nullopt}};
  for (const Damage& damage : damages) {
    if (damage.change) {
      Bytes content = files_->at(damage.file);
      damage.change(content);
      testing::write(disk_->path(), damage.file, content);
    } else {
      std::filesystem::remove(disk_->path() / damage.file);
    }
    const AuditReport report = audit();
    put_back(damage.file);
    ASSERT_THAT(report.findings, SizeIs(1)) << damage.name << ": " << all_of(report);
    const Finding& finding = report.findings.front();
    EXPECT_EQ(finding.kind, damage.kind) << damage.name;
    EXPECT_EQ(finding.file, damage.file) << damage.name;
    EXPECT_EQ(finding.index, damage.index) << damage.name;
    EXPECT_EQ(finding.octets, damage.octets) << damage.name << ": " << write_finding(finding);
    EXPECT_TRUE(report.leads_to_root) << damage.name;
  }
}

TEST_F(LargeLog, KnowsByTheSignedRootWhoIsRightWhereTheMostAgreeOnALie) {
  // Entries and tile are rewritten together; the tile above still has what was signed.
  TestLog other(keys(), 2 * 256, " rewritten");
  const testing::Files lies = other.files();
  for (const char* file : {"tile/entries/001", "tile/0/001"})
    testing::write(disk_->path(), file, lies.at(file));
  const AuditReport report = audit();
  for (const char* file : {"tile/entries/001", "tile/0/001"}) put_back(file);
  ASSERT_THAT(report.findings, SizeIs(2)) << all_of(report);
  EXPECT_EQ(report.findings[0].file, "tile/0/001");
  EXPECT_EQ(report.findings[1].file, "tile/entries/001");
  for (const Finding& finding : report.findings) {
    EXPECT_EQ(finding.kind, FindingKind::kWrong);
    EXPECT_TRUE(finding.is_certain);
  }
}

TEST_F(LargeLog, NamesFaultsInManyFilesAtOnce) {
  const std::vector<std::string> files = {"tile/1/001.p/2", "tile/entries/258.p/44", "tile/0/007",
                                          "tile/entries/009", "tile/1/000"};
  for (const std::string& file : files) {
    Bytes content = files_->at(file);
    content[33] ^= 1;
    testing::write(disk_->path(), file, content);
  }
  const AuditReport report = audit();
  for (const std::string& file : files) put_back(file);
  std::vector<std::string> named;
  for (const Finding& finding : report.findings) named.push_back(finding.file);
  EXPECT_THAT(named, ::testing::UnorderedElementsAreArray(files)) << all_of(report);
  EXPECT_TRUE(report.leads_to_root);
}

TEST_F(AuditTest, FindsWhatIsRightAlthoughEveryLevelHasAFault) {
  publish(TestLog(keys(), 700));
  change("tile/entries/001", 5 * kPlace + 9);
  std::filesystem::remove(disk_.path() / "tile/0/000");
  write("tile/1/000.p/2", to_bytes("torn"));
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(3)) << all_of(report);
  EXPECT_TRUE(report.leads_to_root);
  EXPECT_EQ(report.findings[2].file, "tile/entries/001");
  EXPECT_EQ(report.findings[2].index, 261);
  EXPECT_TRUE(report.findings[2].is_certain);
}

TEST_F(AuditTest, SaysOfAHistoryThatWasRewrittenAsAWholeThatItLeadsElsewhere) {
  publish(TestLog(keys(), 300, " rewritten"));
  const TestLog log(keys(), 300);
  write("checkpoint", to_bytes(log.note()));
  const AuditReport report = audit();
  EXPECT_FALSE(report.leads_to_root);
  ASSERT_THAT(report.findings, SizeIs(1)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kRoot);
  EXPECT_THAT(report.findings[0].what, HasSubstr(base64_encode(log.checkpoint().root)));
}

TEST_F(AuditTest, GoesByMostFilesWhereNothingLeadsToTheRoot) {
  publish(TestLog(keys(), 600, " rewritten"));
  write("checkpoint", to_bytes(TestLog(keys(), 600).note()));
  change("tile/entries/001", 3 * kPlace + 30);
  change("tile/1/000.p/2", 3);
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(3)) << all_of(report);
  EXPECT_EQ(report.findings[0].file, "tile/entries/001");
  EXPECT_EQ(report.findings[0].index, 259);
  EXPECT_FALSE(report.findings[0].is_certain);
  EXPECT_EQ(report.findings[1].file, "tile/1/000.p/2");
  EXPECT_EQ(report.findings[1].octets, (OctetRange{0, 31}));
  EXPECT_FALSE(report.findings[1].is_certain);
  EXPECT_EQ(report.findings[2].kind, FindingKind::kRoot);
}

TEST_F(AuditTest, ReadsALogWithoutACheckpointAsFarAsItGoes) {
  publish(TestLog(keys(), 300));
  std::filesystem::remove(disk_.path() / "checkpoint");
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(1)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kMissing);
  EXPECT_EQ(report.findings[0].file, "checkpoint");
  EXPECT_EQ(report.confirmations, 300);
}

TEST_F(AuditTest, RefusesAFolderWithoutALog) {
  const auto report = audit_log(folder_, {.policy = &policy_});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kNotFound);
}

TEST_F(AuditTest, TakesPartialTilesOfBeforeForWhatTheyAre) {
  TestLog log(keys(), 100);
  publish(log);
  log.append(200);
  publish(log);
  EXPECT_TRUE(audit().is_clean()) << all_of(audit());

  change("tile/0/000.p/100", 33);
  change("tile/entries/000.p/100", 2 * kPlace + 3);
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(2)) << all_of(report);
  EXPECT_EQ(report.findings[0].file, "tile/entries/000.p/100");
  EXPECT_EQ(report.findings[0].octets, (OctetRange{2 * kPlace, 3 * kPlace - 1}));
  EXPECT_EQ(report.findings[1].file, "tile/0/000.p/100");
  EXPECT_EQ(report.findings[1].octets, (OctetRange{32, 63}));
}

TEST_F(AuditTest, TakesALogThatGrowsMeanwhileForNoFault) {
  TestLog log(keys(), 300);
  publish(log);
  const Bytes checkpoint = read("checkpoint");
  log.append(300);
  publish(log);
  write("checkpoint", checkpoint);
  // The log takes partial files away once the full ones are there.
  std::filesystem::remove_all(disk_.path() / "tile/0/001.p");
  std::filesystem::remove_all(disk_.path() / "tile/entries/001.p");
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_EQ(report.size, 300);
  ASSERT_THAT(report.remarks, SizeIs(1));
  EXPECT_THAT(report.remarks[0], HasSubstr("beyond the checkpoint"));
}

TEST_F(AuditTest, DoesNotLookForeverForWhatALyingCheckpointClaims) {
  publish(TestLog(keys(), 300));
  const auto note = take(checkpoint::sign_checkpoint(
      keys().log, {std::string(testing::kOrigin), (std::uint64_t{1} << 62) + 300, merkle::empty_root()}));
  write("checkpoint", to_bytes(checkpoint::write_note(note)));
  const checkpoint::Policy policy = keys().policy();
  const auto report = audit_log(folder_, {.policy = &policy});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kTooLarge);
}

TEST_F(AuditTest, DoesNotLookForeverForWhatCannotBeRead) {
  publish(TestLog(keys(), 300));
  std::filesystem::remove_all(disk_.path() / "tile/entries");
  std::filesystem::create_symlink("entries", disk_.path() / "tile/entries");
  AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(2)) << all_of(report);
  for (const Finding& finding : report.findings) EXPECT_EQ(finding.kind, FindingKind::kUnreadable);

  write("checkpoint", to_bytes("spoilt"));
  report = audit();
  EXPECT_EQ(report.findings.front().kind, FindingKind::kSignature);
  EXPECT_EQ(report.confirmations, 0);

  const auto note = take(checkpoint::sign_checkpoint(
      keys().log, {std::string(testing::kOrigin), std::uint64_t{1} << 62, merkle::empty_root()}));
  write("checkpoint", to_bytes(checkpoint::write_note(note)));
  std::filesystem::remove(disk_.path() / "tile/entries");
  std::filesystem::remove_all(disk_.path() / "tile");
  std::filesystem::create_symlink("tile", disk_.path() / "tile");
  const auto lost = audit_log(folder_, {.policy = &policy_});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kTooLarge);
}

TEST_F(AuditTest, DemandsThePolicysQuorum) {
  const TestLog log(keys(), 5);
  testing::write(disk_.path(), log.files(false));
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].kind, FindingKind::kUnwitnessed);
  EXPECT_TRUE(report.is_signed);

  const checkpoint::Policy enough = keys().policy();
  EXPECT_TRUE(audit({.policy = &enough}).is_clean());
}

TEST_F(AuditTest, FindsTheQuorumInTheWitnessedCheckpoint) {
  testing::write(disk_.path(), TestLog(keys(), 600).files(false));
  write("checkpoint.witnessed", to_bytes(TestLog(keys(), 300).note()));
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_TRUE(report.is_witnessed);
  EXPECT_EQ(report.witnessed_size, 300);
  EXPECT_THAT(report.old_checkpoints, SizeIs(0));
  EXPECT_THAT(report.remarks, SizeIs(0));
  EXPECT_THAT(all_of(report), HasSubstr("signed by the log, its first 300 entries cosigned by w1 at"));
}

struct Witnessing {
  const char* name;
  std::string note;
  FindingKind kind;
};

TEST_F(AuditTest, NamesWhatIsWrongWithTheWitnessedCheckpoint) {
  publish(TestLog(keys(), 600));
  const TestKeys others;
  const std::vector<Witnessing> all = {
      {"of another history", TestLog(keys(), 300, " of another history").note(), FindingKind::kFork},
      {"of more than is there", TestLog(keys(), 601).note(), FindingKind::kOlder},
      {"signed by another key", TestLog(others, 300).note(), FindingKind::kSignature},
      {"torn", TestLog(keys(), 300).note().substr(0, 50), FindingKind::kSignature}};
  for (const Witnessing& one : all) {
    write("checkpoint.witnessed", to_bytes(one.note));
    const AuditReport report = audit();
    ASSERT_THAT(report.findings, SizeIs(1)) << one.name << ": " << all_of(report);
    EXPECT_EQ(report.findings[0].kind, one.kind) << one.name;
    EXPECT_THAT(write_finding(report.findings[0]), HasSubstr("checkpoint.witnessed")) << one.name;
  }
}

TEST_F(AuditTest, RefusesTheCheckpointOfALogThatThePolicyDoesNotList) {
  publish(TestLog(keys(), 5));
  const TestKeys others;
  const checkpoint::Policy policy = others.policy();
  const AuditReport report = audit({.policy = &policy});
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].kind, FindingKind::kSignature);
}

TEST_F(AuditTest, VerifiesNoSignatureWithoutAPolicyAndSaysSo) {
  publish(TestLog(keys(), 5));
  const AuditReport report = take(audit_log(folder_, {}));
  EXPECT_TRUE(report.is_clean());
  EXPECT_FALSE(report.was_verified);
  EXPECT_THAT(all_of(report), HasSubstr("no policy was given"));
}

TEST_F(AuditTest, FindsWhatIsNoEntryAndWhatStandsThereTwice) {
  TestLog log(keys(), 10);
  log.append(to_bytes("no entry"));
  const Bytes twice = log.entry(3);
  log.append(twice);
  publish(log);
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(2)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kEntry);
  EXPECT_EQ(report.findings[0].index, 10);
  EXPECT_EQ(report.findings[1].kind, FindingKind::kDouble);
  EXPECT_EQ(report.findings[1].index, 11);
  EXPECT_THAT(report.findings[1].what, HasSubstr("index 3"));
}

TEST_F(AuditTest, FindsWhatStandsThereTwiceInSeveralPassesAndNothingElse) {
  TestLog log(keys(), 700);
  for (const std::uint64_t again : {3, 300, 600}) log.append(Bytes(log.entry(again)));
  publish(log);
  // Three entries that are spoilt so that they look like others: wrong, and no doubles.
  const Bytes file = read("tile/entries/000");
  Bytes spoilt = file;
  for (const std::size_t place : {10, 20, 30})
    std::copy_n(file.begin() + 40 * kPlace, kPlace,
                spoilt.begin() + static_cast<std::ptrdiff_t>(place * kPlace));
  write("tile/entries/000", spoilt);
  for (const std::uint64_t at_once : {50, 100, 300, 10'000}) {
    const AuditReport report = audit({.ids_at_once = at_once});
    ASSERT_THAT(report.findings, SizeIs(4)) << at_once << all_of(report);
    EXPECT_EQ(report.findings[0].kind, FindingKind::kWrong);
    std::vector<std::uint64_t> again;
    for (const Finding& finding : report.findings)
      if (finding.kind == FindingKind::kDouble) again.push_back(*finding.index);
    EXPECT_THAT(again, ::testing::UnorderedElementsAre(700, 701, 702)) << at_once;
  }
}

TEST_F(AuditTest, ContinuesTheCheckpointsOfBefore) {
  TestLog log(keys());
  AuditOptions options;
  for (const std::uint64_t more : {0, 1, 99, 156, 44, 212, 1}) {
    log.append(more);
    options.old_checkpoints.push_back({std::to_string(log.size()), log.note()});
  }
  publish(log);
  const AuditReport report = audit(options);
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_THAT(report.old_checkpoints, ElementsAre("0", "1", "100", "256", "300", "512", "513"));
}

TEST_F(AuditTest, FindsAForkByACheckpointOfBefore) {
  publish(TestLog(keys(), 600));
  const AuditReport report =
      audit({.old_checkpoints = {{"kept.txt", TestLog(keys(), 300, " of another history").note()}}});
  ASSERT_THAT(report.findings, SizeIs(1)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kFork);
  EXPECT_TRUE(report.findings[0].is_certain);
  EXPECT_THAT(report.findings[0].what, HasSubstr("kept.txt"));
}

TEST_F(AuditTest, FindsThatTheFolderIsOlderThanACheckpointThatSomebodyKept) {
  publish(TestLog(keys(), 300));
  const AuditReport report = audit({.old_checkpoints = {{"kept.txt", TestLog(keys(), 301).note()}}});
  ASSERT_THAT(report.findings, SizeIs(1)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kOlder);
}

TEST_F(AuditTest, BelievesNoOldCheckpointThatTheLogDidNotSign) {
  publish(TestLog(keys(), 300));
  const TestKeys others;
  const AuditReport report =
      audit({.old_checkpoints = {{"forged", TestLog(others, 10).note()}, {"none", "nothing"}}});
  ASSERT_THAT(report.findings, SizeIs(2)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kSignature);
  EXPECT_EQ(report.findings[1].kind, FindingKind::kSignature);
}

TEST_F(AuditTest, HoldsBackFindingsBeyondItsLimitAndCountsThem) {
  publish(TestLog(keys(), 20 * 256));
  for (int i = 0; i < 20; ++i)
    std::filesystem::remove(disk_.path() / merkle::entries_path({0, static_cast<std::uint64_t>(i)}));
  const AuditReport report = audit({.most_findings = 3});
  EXPECT_THAT(report.findings, SizeIs(3));
  EXPECT_EQ(report.findings_in_all, 20);
  EXPECT_THAT(all_of(report), HasSubstr("and 17 more"));
}

TEST_F(AuditTest, RemarksOnFilesThatAreNoneOfALog) {
  publish(TestLog(keys(), 5));
  write("index.html", to_bytes("<html>"));
  write("tile/0/x000/000", to_bytes("?"));
  write("tile/0/.000.AbCdEf", to_bytes("half"));
  const AuditReport report = audit();
  EXPECT_TRUE(report.is_clean()) << all_of(report);
  EXPECT_THAT(report.remarks, SizeIs(3));
}

TEST_F(AuditTest, OverlooksNoEvidenceOfAFork) {
  publish(TestLog(keys(), 5));
  write("evidence/fork-3-5-0011223344556677/proof.txt", to_bytes("…"));
  const AuditReport report = audit();
  ASSERT_THAT(report.findings, SizeIs(1)) << all_of(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kFork);
}

TEST_F(AuditTest, WritesAReportForPrograms) {
  publish(TestLog(keys(), 300));
  change("tile/0/000", 40);
  const auto json = take(documents::parse_json(as_bytes(write_audit_json(audit())))).as_object();
  EXPECT_EQ(json.at("type"), "log-audit");
  EXPECT_EQ(json.at("clean"), false);
  EXPECT_EQ(json.at("checkpoint").at("size"), 300);
  EXPECT_EQ(json.at("findings").at(0).at("file"), "tile/0/000");
  EXPECT_EQ(json.at("findings").at(0).at("kind"), "wrong");
  EXPECT_EQ(json.at("findings").at(0).at("octets").at(0), 32);
  EXPECT_EQ(json.at("findings").at(0).at("index"), 1);
}

}  // namespace
}  // namespace countersign::logbook
