// SPDX-License-Identifier: Apache-2.0
#include "network/kept_map.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>
#include <future>
#include <thread>

#include "base/amount.h"
#include "sample/manual_clock.h"
#include "sample/mapped_network.h"
#include "sample/temporary_folder.h"
#include "storage/file.h"
#include "storage/file_descriptor.h"

namespace countersign::network {
namespace {

using sample::MappedNetwork;
using std::chrono::days;

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

class KeptMapTest : public testing::Test {
 protected:
  std::unique_ptr<KeptMap> open() const { return open_under(network_.root.certificate); }
  std::unique_ptr<KeptMap> open_under(const x509::Certificate& root) const {
    return sample_take(KeptMap::open(file_, root, clock_));
  }
  template <typename T>
  static T sample_take(Result<T> result) {
    return countersign::take(std::move(result));
  }
  Bytes signed_map(std::int64_t version) const { return network_.sign(network_.map(version)); }
  std::int64_t version_of(const KeptMap& kept) const { return sample_take(kept.current())->map.version; }

  MappedNetwork network_;
  ManualClock clock_{network_.now};
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "network-map.json";
  std::filesystem::path roots_file_ = folder_.path() / "network-map.roots";
};

TEST_F(KeptMapTest, HasNoneBeforeTheFirst) {
  const auto kept = open();
  EXPECT_EQ(code_of(kept->current()), ErrorCode::kNotFound);
  EXPECT_EQ(kept->newest(), nullptr);
}

TEST_F(KeptMapTest, KeepsTheNewestAlsoOverARestart) {
  const Bytes first = signed_map(1);
  const Bytes second = signed_map(2);
  {
    const auto kept = open();
    EXPECT_EQ(kept->take(first).value(), KeptMap::Taken::kNewer);
    EXPECT_EQ(kept->take(second).value(), KeptMap::Taken::kNewer);
    EXPECT_EQ(kept->take(second).value(), KeptMap::Taken::kSame);
    EXPECT_EQ(kept->current().value()->signed_map, second);
  }
  const auto again = open();
  EXPECT_EQ(version_of(*again), 2);
  EXPECT_EQ(again->current().value()->signed_map, second);
  EXPECT_EQ(again->take(second).value(), KeptMap::Taken::kSame);
}

TEST_F(KeptMapTest, TakesTheSameMapUnderAnotherSignatureForTheSame) {
  const auto kept = open();
  const documents::NetworkMap map = network_.map(4);
  ASSERT_TRUE(kept->take(network_.sign(map)));
  EXPECT_EQ(kept->take(network_.sign(map)).value(), KeptMap::Taken::kSame);
}

TEST_F(KeptMapTest, NeverTakesAnOlderOneAlsoAfterARestart) {
  const Bytes old = signed_map(1);
  {
    const auto kept = open();
    ASSERT_TRUE(kept->take(signed_map(5)));
    EXPECT_EQ(code_of(kept->take(old)), ErrorCode::kConflict);
    EXPECT_EQ(version_of(*kept), 5);
  }
  const auto again = open();
  const auto refused = again->take(old);
  ASSERT_EQ(code_of(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("version 1 is older than version 5"));
  EXPECT_EQ(version_of(*again), 5);
}

TEST_F(KeptMapTest, NamesAForkAndKeepsTheFirst) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(signed_map(5)));
  documents::NetworkMap other = network_.map(5);
  other.data_centres.pop_back();
  const auto refused = kept->take(network_.sign(other));
  ASSERT_EQ(code_of(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("a fork: version 5"));
  EXPECT_EQ(kept->current().value()->map.data_centres.size(), 3U);
}

TEST_F(KeptMapTest, FailsClosedWhenItsMapIsOver) {
  const auto kept = open();
  const documents::NetworkMap map = network_.map(1);
  ASSERT_TRUE(kept->take(network_.sign(map)));
  clock_.set(map.expires - Seconds(1));
  EXPECT_TRUE(kept->current());
  clock_.set(map.expires);
  EXPECT_EQ(code_of(kept->current()), ErrorCode::kExpired);
  EXPECT_EQ(kept->newest()->map.version, 1) << "people are told which one is over";
  const auto again = open();
  EXPECT_EQ(code_of(again->current()), ErrorCode::kExpired) << "a restart helps nothing";
  documents::NetworkMap renewed = network_.map(2);
  renewed.expires = map.expires + days(30);
  EXPECT_EQ(again->take(network_.sign(renewed)).value(), KeptMap::Taken::kNewer);
  EXPECT_EQ(version_of(*again), 2);
}

TEST_F(KeptMapTest, TakesNoneThatIsOver) {
  const Bytes signed_then = signed_map(1);
  clock_.advance(days(31));
  EXPECT_EQ(code_of(open()->take(signed_then)), ErrorCode::kExpired);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(KeptMapTest, TakesNoneOfAnotherRootAndNoneThatIsSpoilt) {
  const auto kept = open();
  const MappedNetwork stranger;
  EXPECT_EQ(code_of(kept->take(stranger.sign(stranger.map()))), ErrorCode::kCertificateUnknown);
  Bytes spoilt = signed_map(1);
  spoilt[spoilt.size() / 2] ^= 1;
  EXPECT_FALSE(kept->take(spoilt));
  EXPECT_FALSE(kept->take({}));
  EXPECT_EQ(code_of(kept->current()), ErrorCode::kNotFound);
}

TEST_F(KeptMapTest, TakesNoneOfAKeyThatAnotherSucceeded) {
  const auto kept = open();
  clock_.advance(days(2));
  MappedNetwork renewed = network_;
  renewed.now = network_.now + days(1);
  renewed.signer = MappedNetwork::make_signer(network_.root, renewed.now);
  ASSERT_TRUE(kept->take(renewed.sign(renewed.map(2))));
  const auto refused = kept->take(signed_map(3));
  ASSERT_EQ(code_of(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("a key that another succeeded"));
}

TEST_F(KeptMapTest, TakesTheMapOfALaterKeyWhateverVersionAThiefHadReached) {
  const auto kept = open();
  const auto running = open();
  ASSERT_TRUE(kept->take(signed_map(kLargestInteger)));
  ASSERT_TRUE(running->look_again());
  clock_.advance(days(2));
  MappedNetwork renewed = network_;
  renewed.now = network_.now + days(1);
  renewed.signer = MappedNetwork::make_signer(network_.root, renewed.now);
  ASSERT_TRUE(kept->take(renewed.sign(renewed.map(2))));
  EXPECT_EQ(version_of(*kept), 2);
  EXPECT_TRUE(running->look_again()) << "also where another process took it";
  EXPECT_EQ(version_of(*running), 2);
  EXPECT_EQ(code_of(kept->take(signed_map(kLargestInteger))), ErrorCode::kConflict);
}

TEST_F(KeptMapTest, RefusesAFileThatIsSpoiltAndNamesIt) {
  const auto text = as_bytes("{\"type\":\"kept-network-map\"");
  ASSERT_TRUE(storage::write_file(file_, text, storage::FileMode::kPublic));
  const auto refused = KeptMap::open(file_, network_.root.certificate, clock_);
  ASSERT_EQ(code_of(refused), ErrorCode::kMalformed);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr(file_.string()));
}

TEST_F(KeptMapTest, PutsASpoiltFileAsideWhereThatIsAskedForAndBeginsAnew) {
  const Bytes spoilt = to_bytes(std::string("{\"type\":\"kept-network-map\""));
  ASSERT_TRUE(storage::write_file(file_, spoilt, storage::FileMode::kPublic));
  const auto kept =
      sample_take(KeptMap::open(file_, network_.root.certificate, clock_, KeptMap::Spoilt::kSetAside));
  EXPECT_EQ(code_of(kept->current()), ErrorCode::kNotFound);
  EXPECT_EQ(storage::read_file(file_.string() + ".spoilt", 1 << 20).value(), spoilt);
  ASSERT_TRUE(kept->take(signed_map(1)));
  EXPECT_EQ(version_of(*open()), 1);
}

TEST_F(KeptMapTest, PutsNothingAsideThatVerifiesAndNothingThatTheDiskDoesNotGive) {
  ASSERT_TRUE(open()->take(signed_map(3)));
  const auto kept =
      sample_take(KeptMap::open(file_, network_.root.certificate, clock_, KeptMap::Spoilt::kSetAside));
  EXPECT_EQ(version_of(*kept), 3);
  EXPECT_FALSE(std::filesystem::exists(file_.string() + ".spoilt"));
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(KeptMap::open(file_, network_.root.certificate, clock_, KeptMap::Spoilt::kSetAside));
  EXPECT_TRUE(std::filesystem::is_directory(file_)) << "and is still there";
}

// The kernel's list of locks says who waits for one.
bool is_waited_for(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return false;
  std::ifstream locks("/proc/locks");
  const std::string inode = ":" + std::to_string(found.st_ino) + " ";
  for (std::string line; std::getline(locks, line);)
    if (line.find("->") != std::string::npos && line.find(inode) != std::string::npos) return true;
  return false;
}

TEST_F(KeptMapTest, LetsNobodyWaitForTheMapInUseWhileAnotherIsTaken) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(signed_map(1)));
  const Bytes newer = signed_map(2);
  const std::filesystem::path lock_file = file_.string() + ".lock";
  auto held = std::make_unique<storage::FileDescriptor>(
      sample_take(storage::FileDescriptor::open(lock_file, O_RDWR | O_CREAT | O_NOFOLLOW)));
  ASSERT_EQ(::flock(held->number(), LOCK_EX), 0) << "as another process does";
  auto taken = std::async(std::launch::async, [&] { return kept->take(newer).has_value(); });
  while (!is_waited_for(lock_file)) std::this_thread::yield();
  auto asked = std::async(std::launch::async, [&] { return version_of(*kept); });
  const bool was_answered = asked.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  held.reset();
  EXPECT_TRUE(was_answered);
  EXPECT_TRUE(taken.get());
  EXPECT_LE(asked.get(), 2);
  EXPECT_EQ(version_of(*kept), 2);
}

TEST_F(KeptMapTest, RefusesAFileOfAnotherNetwork) {
  const MappedNetwork stranger;
  ASSERT_TRUE(open_under(stranger.root.certificate)->take(stranger.sign(stranger.map())));
  EXPECT_EQ(code_of(KeptMap::open(file_, network_.root.certificate, clock_)), ErrorCode::kCertificateUnknown);
}

TEST_F(KeptMapTest, SeesWhatAnotherProcessTook) {
  const auto serving = open();
  const auto command = open();
  EXPECT_FALSE(serving->look_again().value());
  ASSERT_TRUE(command->take(signed_map(1)));
  EXPECT_EQ(code_of(serving->current()), ErrorCode::kNotFound);
  EXPECT_TRUE(serving->look_again().value());
  EXPECT_FALSE(serving->look_again().value());
  EXPECT_EQ(version_of(*serving), 1);
  ASSERT_TRUE(serving->take(signed_map(3)));
  EXPECT_EQ(code_of(command->take(signed_map(2))), ErrorCode::kConflict) << "it reads before it writes";
}

TEST_F(KeptMapTest, KeepsTheNewerOneWhenAnOlderFileIsPutBack) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(signed_map(1)));
  const Bytes backup = storage::read_file(file_, 1 << 20).value();
  ASSERT_TRUE(kept->take(signed_map(2)));
  ASSERT_TRUE(storage::write_file(file_, backup, storage::FileMode::kPublic));
  EXPECT_EQ(code_of(kept->look_again()), ErrorCode::kConflict);
  EXPECT_EQ(version_of(*kept), 2);
  ASSERT_TRUE(kept->take(signed_map(3)));
  EXPECT_EQ(version_of(*open()), 3);
}

TEST_F(KeptMapTest, KeepsTheFirstWhenAForkIsPutInItsPlace) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(signed_map(1)));
  documents::NetworkMap other = network_.map(1);
  other.data_centres.pop_back();
  std::filesystem::remove(file_);
  ASSERT_TRUE(open()->take(network_.sign(other)));
  const auto refused = kept->look_again();
  ASSERT_EQ(code_of(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("a fork"));
  EXPECT_EQ(kept->current().value()->map.data_centres.size(), 3U);
}

// A network whose root is followed by another: the CAs keep their keys and are certified by both.
class RootRollover : public KeptMapTest {
 protected:
  RootRollover() {
    after_.now = network_.now;
    after_.signer = MappedNetwork::make_signer(after_.root, network_.now);
  }
  documents::NetworkMap announcing(std::int64_t version) const {
    documents::NetworkMap map = network_.map(version);
    map.next_root = documents::NextRoot{
        after_.root.certificate,
        x509::certify_next_root(network_.root, after_.root.certificate, network_.now).value()};
    return map;
  }
  Bytes of_next(std::int64_t version) const { return after_.sign(after_.map(version)); }
  // The party's files after it passed to the next root.
  void pass() const {
    const auto kept = open();
    ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
    ASSERT_TRUE(kept->take(of_next(3)));
  }
  static void write(const std::filesystem::path& file, std::string_view text) {
    ASSERT_TRUE(storage::write_file(file, as_bytes(text), storage::FileMode::kPublic));
  }
  auto open_setting_aside(const x509::Certificate& root) const {
    return KeptMap::open(file_, root, clock_, KeptMap::Spoilt::kSetAside);
  }

  MappedNetwork after_;
};

TEST_F(RootRollover, TakesAMapOfTheNextRootOnlyWhereTheLastOneNamedIt) {
  const auto kept = open();
  EXPECT_EQ(code_of(kept->take(of_next(2))), ErrorCode::kCertificateUnknown) << "no map names it";
  ASSERT_TRUE(kept->take(signed_map(1)));
  EXPECT_EQ(code_of(kept->take(of_next(2))), ErrorCode::kCertificateUnknown) << "this map does not name it";
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  EXPECT_EQ(code_of(kept->take(of_next(1))), ErrorCode::kConflict) << "versions go on over roots";
  EXPECT_EQ(code_of(kept->take(of_next(2))), ErrorCode::kConflict);
  EXPECT_EQ(kept->take(of_next(3)).value(), KeptMap::Taken::kNewer);
  EXPECT_EQ(kept->current().value()->anchor->root(), after_.root.certificate);
}

TEST_F(RootRollover, TrustsTheOldRootNoLongerAlsoAfterARestart) {
  {
    const auto kept = open();
    ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
    ASSERT_TRUE(kept->take(of_next(3)));
    EXPECT_EQ(code_of(kept->take(signed_map(4))), ErrorCode::kCertificateUnknown);
  }
  const auto again = open();
  EXPECT_EQ(version_of(*again), 3);
  EXPECT_EQ(code_of(again->take(signed_map(4))), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(again->take(of_next(4)).value(), KeptMap::Taken::kNewer);
}

TEST_F(RootRollover, DoesNotComeBackToTheOldRootByAFileThatIsPutInItsPlace) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  ASSERT_TRUE(kept->take(of_next(3)));
  std::filesystem::remove(file_);
  std::filesystem::remove(roots_file_);
  ASSERT_TRUE(open()->take(signed_map(9)));
  EXPECT_EQ(code_of(kept->look_again()), ErrorCode::kConflict);
  EXPECT_EQ(kept->current().value()->anchor->root(), after_.root.certificate);
}

TEST_F(RootRollover, IsNotForgottenWithTheFileOfTheMapBeItSpoiltGoneOrPutBack) {
  pass();
  const Bytes of_old_root = [&] {
    const MappedNetwork& before = network_;
    const std::filesystem::path elsewhere = folder_.path() / "elsewhere.json";
    const auto kept = sample_take(KeptMap::open(elsewhere, before.root.certificate, clock_));
    sample_take(kept->take(network_.sign(announcing(2))));
    return storage::read_file(elsewhere, 1 << 20).value();
  }();
  for (const std::string& text :
       {std::string("{\"type\":\"kept-network-map\""), std::string(), std::string(as_text(of_old_root))}) {
    std::filesystem::remove(file_);
    if (!text.empty()) write(file_, text);
    const auto kept = sample_take(open_setting_aside(network_.root.certificate));
    EXPECT_EQ(kept->root(), after_.root.certificate) << text.substr(0, 30);
    EXPECT_THAT(kept->other_roots(), testing::ElementsAre(network_.root.certificate));
    EXPECT_EQ(code_of(kept->take(signed_map(9))), ErrorCode::kCertificateUnknown);
    EXPECT_EQ(kept->take(of_next(4)).value(), KeptMap::Taken::kNewer);
  }
  EXPECT_EQ(version_of(*open()), 4);
}

TEST_F(RootRollover, RefusesAMapOfTheOldRootThatIsPutBackWhereNothingIsSetAside) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  const Bytes backup = storage::read_file(file_, 1 << 20).value();
  ASSERT_TRUE(kept->take(of_next(3)));
  write(file_, as_text(backup));
  const auto refused = KeptMap::open(file_, network_.root.certificate, clock_);
  ASSERT_EQ(code_of(refused), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("another succeeded"));
}

TEST_F(RootRollover, WritesTheRootsOfAMapThatVerifiesWhereTheirFileIsSpoiltOrGone) {
  pass();
  const Bytes roots = storage::read_file(roots_file_, 1 << 20).value();
  for (const bool is_gone : {true, false}) {
    std::filesystem::remove(roots_file_);
    if (!is_gone) write(roots_file_, "{");
    EXPECT_EQ(open()->root(), after_.root.certificate);
    EXPECT_EQ(storage::read_file(roots_file_, 1 << 20).value(), roots) << is_gone;
  }
}

TEST_F(RootRollover, RefusesSpoiltRootsWithoutAMapThatSaysThem) {
  pass();
  write(roots_file_, "{");
  for (const bool is_gone : {false, true}) {
    write(file_, "{");
    if (is_gone) std::filesystem::remove(file_);
    const auto refused = open_setting_aside(network_.root.certificate);
    ASSERT_FALSE(refused) << "it would be the root before";
    EXPECT_THAT(refused.error().detail, testing::HasSubstr(roots_file_.string()));
  }
}

TEST_F(RootRollover, RefusesRootsWhoseLinksDoNotVerify) {
  pass();
  std::string text = to_text(storage::read_file(roots_file_, 1 << 20).value());
  const MappedNetwork stranger;
  const std::string next = base64_encode(after_.root.certificate.der());
  ASSERT_NE(text.find(next), std::string::npos);
  text.replace(text.find(next), next.size(), base64_encode(stranger.root.certificate.der()));
  write(roots_file_, text);
  std::filesystem::remove(file_);
  EXPECT_EQ(code_of(open_setting_aside(network_.root.certificate)), ErrorCode::kMalformed);
}

TEST_F(RootRollover, BeginsAnewForAPartyThatIsGivenARootOfAnotherNetwork) {
  pass();
  const MappedNetwork stranger;
  EXPECT_EQ(code_of(KeptMap::open(file_, stranger.root.certificate, clock_)), ErrorCode::kConflict);
  const auto kept = sample_take(open_setting_aside(stranger.root.certificate));
  EXPECT_EQ(kept->root(), stranger.root.certificate);
  EXPECT_TRUE(std::filesystem::exists(roots_file_.string() + ".spoilt"));
  EXPECT_TRUE(kept->take(stranger.sign(stranger.map())));
}

TEST_F(RootRollover, IsWithdrawnByALaterMapThatNamesNoNextRoot) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  ASSERT_TRUE(kept->take(signed_map(3)));
  EXPECT_EQ(code_of(kept->take(of_next(4))), ErrorCode::kCertificateUnknown);
}

TEST_F(RootRollover, GoesOnForAPartyThatIsGivenTheNewRootSince) {
  {
    const auto kept = open();
    ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
    ASSERT_TRUE(kept->take(of_next(3)));
  }
  const auto given_the_new_root = open_under(after_.root.certificate);
  EXPECT_EQ(version_of(*given_the_new_root), 3);
  ASSERT_TRUE(given_the_new_root->take(of_next(4)));
  EXPECT_EQ(version_of(*open()), 4);
}

TEST_F(RootRollover, RemembersTheRootsPassedAndTheNextOneForTheSakeOfTheCas) {
  const auto kept = open();
  EXPECT_THAT(kept->other_roots(), testing::IsEmpty());
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  EXPECT_EQ(kept->root(), network_.root.certificate);
  EXPECT_THAT(kept->other_roots(), testing::ElementsAre(after_.root.certificate));
  EXPECT_EQ(kept->current().value()->anchor->other_roots(), kept->other_roots());
  ASSERT_TRUE(kept->take(of_next(3)));
  EXPECT_EQ(kept->root(), after_.root.certificate);
  EXPECT_THAT(kept->other_roots(), testing::ElementsAre(network_.root.certificate));
  EXPECT_EQ(kept->current().value()->anchor->other_roots(), kept->other_roots());
  for (const auto& given : {network_.root.certificate, after_.root.certificate}) {
    const auto again = open_under(given);
    EXPECT_EQ(again->root(), after_.root.certificate);
    EXPECT_THAT(again->other_roots(), testing::ElementsAre(network_.root.certificate));
  }
}

TEST_F(RootRollover, KeepsItsRootWhenTheMapIsOver) {
  const auto kept = open();
  ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
  ASSERT_TRUE(kept->take(of_next(3)));
  clock_.advance(days(31));
  EXPECT_EQ(code_of(kept->current()), ErrorCode::kExpired);
  EXPECT_EQ(kept->root(), after_.root.certificate);
  EXPECT_EQ(open()->root(), after_.root.certificate);
}

TEST_F(RootRollover, ReadsAFileOfBeforeThatDoesNotSayWhichRootWasFirst) {
  {
    const auto kept = open();
    ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
    ASSERT_TRUE(kept->take(of_next(3)));
  }
  std::string file = to_text(storage::read_file(file_, 1 << 20).value());
  const std::string first = ",\"first\":\"" + base64_encode(network_.root.certificate.der()) + "\"";
  ASSERT_NE(file.find(first), std::string::npos);
  file.erase(file.find(first), first.size());
  ASSERT_TRUE(storage::write_file(file_, as_bytes(file), storage::FileMode::kPublic));
  EXPECT_THAT(open()->other_roots(), testing::ElementsAre(network_.root.certificate));
  const auto given_the_new_root = open_under(after_.root.certificate);
  EXPECT_EQ(version_of(*given_the_new_root), 3);
  EXPECT_THAT(given_the_new_root->other_roots(), testing::IsEmpty());
}

TEST_F(RootRollover, RefusesAFileWhoseFirstRootDidNotCertifyTheSecond) {
  {
    const auto kept = open();
    ASSERT_TRUE(kept->take(network_.sign(announcing(2))));
    ASSERT_TRUE(kept->take(of_next(3)));
  }
  std::string file = to_text(storage::read_file(file_, 1 << 20).value());
  const std::string first = base64_encode(network_.root.certificate.der());
  const MappedNetwork stranger;
  file.replace(file.find(first), first.size(), base64_encode(stranger.root.certificate.der()));
  ASSERT_TRUE(storage::write_file(file_, as_bytes(file), storage::FileMode::kPublic));
  EXPECT_FALSE(KeptMap::open(file_, after_.root.certificate, clock_));
}

TEST_F(RootRollover, RefusesAFileThatNamesARootWithoutALink) {
  MappedNetwork thief;
  thief.now = network_.now;
  ASSERT_TRUE(open_under(thief.root.certificate)->take(thief.sign(thief.map(9))));
  const std::string stolen = to_text(storage::read_file(file_, 1 << 20).value());
  const std::string der = base64_encode(thief.root.certificate.der());
  const std::string root = "{\"certificate\":\"" + der + "\",\"link\":\"" + der + "\"}";
  std::string forged = stolen;
  forged.replace(forged.find("\"roots\":[]"), 10, "\"roots\":[" + root + "]");
  ASSERT_TRUE(storage::write_file(file_, as_bytes(forged), storage::FileMode::kPublic));
  EXPECT_FALSE(KeptMap::open(file_, network_.root.certificate, clock_));
}

TEST_F(KeptMapTest, HoldsForThreadsThatTakeAndAskAtOnce) {
  const auto kept = open();
  std::vector<Bytes> maps;
  for (int version = 1; version <= 8; ++version) maps.push_back(signed_map(version));
  ASSERT_TRUE(kept->take(maps[0]));
  {
    std::jthread taking([&] {
      for (const Bytes& map : maps) static_cast<void>(kept->take(map));
    });
    std::int64_t last = 0;
    while (last < 8) {
      const std::int64_t seen = version_of(*kept);
      ASSERT_GE(seen, last);
      last = seen;
    }
  }
  EXPECT_EQ(version_of(*open()), 8);
}

}  // namespace
}  // namespace countersign::network
