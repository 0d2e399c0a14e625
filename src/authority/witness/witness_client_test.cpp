// SPDX-License-Identifier: Apache-2.0
// A log and its witnesses, over real HTTP servers.
#include "authority/witness/witness_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "authority/witness/testing/scripted_witness.h"
#include "authority/witness/testing/slow_listener.h"

namespace countersign::authority {
namespace {

using documents::WitnessState;
using std::chrono::milliseconds;
using testing::HasSubstr;
using WhenSilent = StartCheck::WhenSilent;
constexpr ErrorCode kSuccess{-1};

struct WitnessClientTest : testing::Test {
  WitnessClientTest() {
    log.grow(5);
    options.policy = {.needed = 2, .when_away = WhenAway::kPending, .within = milliseconds(60'000)};
    options.when_silent_at_start = WhenSilent::kWait;
    options.rounds = {milliseconds(10), milliseconds(50), milliseconds(500)};
    options.retries = {milliseconds(5), milliseconds(20), milliseconds(5)};
    options.limits = {milliseconds(300), milliseconds(500)};
    options.look_every = milliseconds(20);
  }
  void TearDown() override { client.reset(); }

  // Begins to ask these, or what `known` has become since.
  void begin(std::vector<KnownWitness> witnesses) {
    set(std::move(witnesses));
    client.reset();
    client = take(WitnessClient::open({log,
                                       [this] {
                                         ++looks;
                                         const std::lock_guard lock(mutex);
                                         return known;
                                       },
                                       *database,
                                       [this](const AuditEntry& entry) -> Result<void> {
                                         if (recording_fails) return fail(ErrorCode::kUnavailable, "locked");
                                         const std::lock_guard lock(mutex);
                                         recorded.push_back(entry);
                                         return ok();
                                       },
                                       clock, metrics, options}));
    client->start();
  }
  void set(std::vector<KnownWitness> witnesses) {
    const std::lock_guard lock(mutex);
    known = std::move(witnesses);
  }
  bool looks_again() {
    return comes_true([this, before = looks.load()] { return looks > before + 1; });
  }
  void grow(std::uint64_t by) {
    log.grow(by);
    client->log_grew();
  }
  ErrorCode may_sign() {
    const auto allowed = client->may_sign();
    return allowed ? kSuccess : allowed.error().code;
  }
  bool comes_to(ErrorCode code) {
    return comes_true([&] { return may_sign() == code; });
  }
  // The size of what was kept, after its cosignatures were verified.
  std::uint64_t witnessed_size(std::size_t at_least) {
    const auto note = take(log.witnessed_checkpoint());
    if (!note) return 0;
    std::vector<checkpoint::VerifierKey> keys;
    for (const KnownWitness& each : known) keys.push_back(each.key);
    const auto verified = take(checkpoint::verify_checkpoint(*note, log.key(), keys));
    EXPECT_GE(verified.cosignatures.size(), at_least);
    return verified.checkpoint.size;
  }
  bool is_witnessed(std::uint64_t size, std::size_t at_least = 2) {
    return comes_true([&] { return witnessed_size(at_least) >= size; });
  }

  ManualClock clock;
  TemporaryFolder folder;
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "authority.db"));
  http::Metrics metrics;
  TestLog log;
  TestWitness osaka{"osaka-1.example/witness", clock, {&log}};
  TestWitness busan{"busan-1.example/witness", clock, {&log}};
  WitnessClientOptions options;
  std::atomic<bool> recording_fails = false;
  std::atomic<int> looks = 0;  // at who is a witness
  std::mutex mutex;            // guards what follows
  std::vector<KnownWitness> known;
  std::vector<AuditEntry> recorded;
  std::unique_ptr<WitnessClient> client;
};

TEST_F(WitnessClientTest, GathersTheCosignaturesOfBothOnEachCheckpoint) {
  options.rounds.pause = milliseconds(100);
  const auto began = std::chrono::steady_clock::now();
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  EXPECT_EQ(client->state_of(4, clock.now()), WitnessState::kWitnessed);
  EXPECT_EQ(client->state_of(5, clock.now()), WitnessState::kPending);
  EXPECT_EQ(client->state_of(5, clock.now() - std::chrono::minutes(2)), WitnessState::kUnwitnessed);
  for (int i = 0; i < 20; ++i) {
    grow(3);
    std::this_thread::sleep_for(milliseconds(2));
  }
  ASSERT_TRUE(is_witnessed(65));
  EXPECT_EQ(may_sign(), kSuccess);
  const auto rounds = 1 + (std::chrono::steady_clock::now() - began) / options.rounds.pause;
  EXPECT_LE(osaka.questions, rounds) << "the newest only";
  EXPECT_TRUE(comes_true(
      [&] { return metrics.text().find("countersign_log_witnessed_size 65") != std::string::npos; }));
  EXPECT_THAT(metrics.text(), HasSubstr("countersign_log_may_sign 1"));
}

TEST_F(WitnessClientTest, KeepsNothingThatFewerThanNeededCosigned) {
  busan.stop();
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 5; }));
  grow(4);
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 9; })) << "who is there is told what is new";
  EXPECT_FALSE(take(log.witnessed_checkpoint()));
  busan.start();
  EXPECT_TRUE(is_witnessed(9));
}

TEST_F(WitnessClientTest, KeepsWhatMoreThanNeededCosigned) {
  options.policy.needed = 1;
  begin({osaka.known(), busan.known()});
  EXPECT_TRUE(comes_true([&] {
    const auto note = take(log.witnessed_checkpoint());
    return note && take(checkpoint::parse_note(*note)).signatures.size() == 3;
  }));
}

TEST_F(WitnessClientTest, BeginsWithWhatWasWitnessedBefore) {
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  osaka.stop();
  busan.stop();
  begin({osaka.known(), busan.known()});
  EXPECT_EQ(client->state_of(4, clock.now()), WitnessState::kWitnessed);
  begin({osaka.known()});
  EXPECT_EQ(client->state_of(4, clock.now()), WitnessState::kPending) << "one of them is no witness any more";
}

TEST_F(WitnessClientTest, KeepsLaterWhatCouldNotBeKept) {
  log.keeping_fails = true;
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 5 && busan.size_of(log) == 5; }));
  EXPECT_EQ(client->state_of(4, clock.now()), WitnessState::kPending);
  log.keeping_fails = false;
  EXPECT_TRUE(is_witnessed(5));
}

TEST_F(WitnessClientTest, FollowsTheListOfWitnesses) {
  begin({osaka.known()});
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 5; }));
  set({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  set({busan.known()});
  EXPECT_TRUE(comes_true([&] {
    const int before = osaka.questions;
    grow(1);
    return comes_true([&] { return busan.size_of(log) == log.size(); }) && osaka.questions == before;
  })) << "who left is not asked";
}

TEST_F(WitnessClientTest, DoesNotReportAWitnessThatAnswersAfterItLeft) {
  options.limits.answer = std::chrono::minutes(1);
  std::promise<void> asked;
  std::promise<void> answer;
  ScriptedWitness* self = nullptr;
  ScriptedWitness late([&](const checkpoint::AddCheckpoint& question) {
    asked.set_value();
    answer.get_future().wait();
    return ScriptedWitness::cosign(self->key, ScriptedWitness::text_of(question), clock.now());
  });
  self = &late;
  begin({osaka.known(), busan.known(), late.known()});
  asked.get_future().wait();
  set({osaka.known(), busan.known()});
  ASSERT_TRUE(looks_again());
  answer.set_value();
  const std::string of_late = "{witness=\"scripted.example\"";
  ASSERT_TRUE(comes_true([&] {
    return metrics.text().find("countersign_log_witness_answers_total" + of_late) != std::string::npos;
  }));
  ASSERT_TRUE(looks_again());
  EXPECT_EQ(metrics.text().find("countersign_log_witness_size" + of_late), std::string::npos);
}

TEST_F(WitnessClientTest, HasTheCosignatureOfAWitnessThatRestartedBetweenStoreAndAnswer) {
  osaka.answers_to_lose = 1;
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 5; }));
  osaka.stop();
  osaka.start();
  EXPECT_TRUE(is_witnessed(5));
  EXPECT_EQ(may_sign(), kSuccess);
}

// --- slow, dead and lying witnesses

TEST_F(WitnessClientTest, IsNotHeldUpByAWitnessThatIsSlow) {
  options.limits = {milliseconds(300), milliseconds(600'000)};
  const SlowListener slow;
  begin({{witness_key("slow.example").verifier(), slow.url()}, osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  for (std::uint64_t size = 6; size <= 10; ++size) {
    grow(1);
    ASSERT_TRUE(is_witnessed(size));
  }
  EXPECT_TRUE(comes_true([&] { return slow.sent() > 0; }));
}

TEST_F(WitnessClientTest, CountsNoCosignatureThatIsNone) {
  struct Row {
    const char* name;
    std::function<http::Response(const checkpoint::NoteSigner& key, const std::string& text)> answer;
  };
  const Row rows[] = {{"another key",
                       [this](const auto&, const std::string& text) {
                         return ScriptedWitness::cosign(witness_key("scripted.example"), text, clock.now());
                       }},
                      {"an old time",
                       [this](const checkpoint::NoteSigner& key, const std::string& text) {
                         return ScriptedWitness::cosign(key, text, clock.now() - std::chrono::hours(1));
                       }},
                      {"another origin", [this](const checkpoint::NoteSigner& key, const std::string&) {
                         TestLog other("other.example/log");
                         other.grow(5);
                         return ScriptedWitness::cosign(key, other.newest().note.text, clock.now());
                       }}};
  for (const Row& row : rows) {
    ScriptedWitness* self = nullptr;
    ScriptedWitness liar([&](const checkpoint::AddCheckpoint& question) {
      return row.answer(self->key, ScriptedWitness::text_of(question));
    });
    self = &liar;
    begin({osaka.known(), liar.known()});
    ASSERT_TRUE(comes_true([&] { return liar.questions >= 3; })) << row.name;
    EXPECT_FALSE(take(log.witnessed_checkpoint())) << row.name;
    EXPECT_EQ(may_sign(), ErrorCode::kUnavailable) << row.name << ": two are to agree";
    client.reset();
  }
}

TEST_F(WitnessClientTest, IsNotStoppedByAWitnessThatClaimsMore) {
  ScriptedWitness liar([](const auto&) { return ScriptedWitness::knows(1'000'000); });
  begin({osaka.known(), busan.known(), liar.known()});
  ASSERT_TRUE(is_witnessed(5));
  ASSERT_TRUE(comes_true([&] { return liar.questions >= 3; }));
  EXPECT_EQ(may_sign(), kSuccess);
  grow(1);
  EXPECT_TRUE(is_witnessed(6));
}

TEST_F(WitnessClientTest, WaitsForOneThatClaimsMoreWhereNobodyElseAnswers) {
  ScriptedWitness liar([](const auto&) { return ScriptedWitness::knows(1'000'000); });
  osaka.stop();
  options.when_silent_at_start = WhenSilent::kConfirm;
  begin({osaka.known(), liar.known()});
  ASSERT_TRUE(comes_true([&] { return liar.questions >= 3; }));
  EXPECT_EQ(may_sign(), ErrorCode::kUnavailable);
  set({osaka.known()});
  EXPECT_TRUE(comes_to(kSuccess)) << "the operator takes it off the list";
}

// --- another history of our own log

TEST_F(WitnessClientTest, StopsWhereAForkWasShownToOneWitness) {
  TestLog fork = log;
  fork.grow(4, "other ");
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  // Somebody else signs with our key.
  ASSERT_EQ(busan.desk->add_checkpoint(body_from(fork, 5)).status, 200);
  grow(7);
  ASSERT_TRUE(comes_to(ErrorCode::kConflict));
  EXPECT_THAT(client->may_sign().error().detail, HasSubstr("busan-1.example/witness"));
  EXPECT_THAT(client->may_sign().error().detail, HasSubstr("countersign log repair"));
  ASSERT_TRUE(comes_true([&] {
    const std::lock_guard lock(mutex);
    return !recorded.empty();
  }));
  EXPECT_EQ(recorded.at(0).act, "log-contradicted");
  EXPECT_TRUE(
      comes_true([&] { return metrics.text().find("countersign_log_contradicted 1") != std::string::npos; }));
  EXPECT_FALSE(take(busan.store().conflicts()).empty()) << "the witness keeps its evidence, too";
  // No restart makes the log forget it, whoever answers.
  busan.stop();
  options.when_silent_at_start = WhenSilent::kConfirm;
  begin({osaka.known()});
  EXPECT_EQ(may_sign(), ErrorCode::kConflict);
}

TEST_F(WitnessClientTest, IsNotStoppedByACheckpointThatOnlyAReceiptHas) {
  log.commit(1);
  ScriptedWitness merchant([](const auto&) { return ScriptedWitness::knows(6); }, log.checkpoint_at(6));
  begin({osaka.known(), busan.known(), merchant.known()});
  ASSERT_TRUE(is_witnessed(5));
  ASSERT_TRUE(comes_true([&] { return merchant.questions > 0; }));
  log.store();
  client->log_grew();
  ASSERT_TRUE(is_witnessed(6));
  EXPECT_EQ(may_sign(), kSuccess);
  EXPECT_TRUE(take(Contradictions::open(*database)).of(log.key().name).value().empty());
}

TEST_F(WitnessClientTest, NotesDownLaterWhatCouldNotBeNotedDown) {
  TestLog fork = log;
  fork.grow(4, "other ");
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  const auto execute = [this](const char* statement) {
    take(database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute(statement, {}));
      return ok();
    }));
  };
  execute(
      "CREATE TRIGGER full BEFORE INSERT ON log_contradictions BEGIN SELECT RAISE(ABORT, 'no room'); END");
  recording_fails = true;
  ASSERT_EQ(busan.desk->add_checkpoint(body_from(fork, 5)).status, 200);
  grow(7);
  ASSERT_TRUE(comes_to(ErrorCode::kConflict)) << "whether or not it can be kept";
  execute("DROP TRIGGER full");
  const auto kept = take(Contradictions::open(*database));
  EXPECT_TRUE(comes_true([&] { return take(kept.of(log.key().name)).size() == 1; }));
  recording_fails = false;
  EXPECT_TRUE(comes_true([&] {
    const std::lock_guard lock(mutex);
    return recorded.size() == 1;
  }));
}

TEST_F(WitnessClientTest, GoesOnOnceItHasWhatWasShownWhoeverAnswers) {
  TestLog ahead = log;
  ahead.grow(4);
  options.retries.longest = std::chrono::hours(1);
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  ASSERT_EQ(may_sign(), kSuccess);
  ASSERT_EQ(busan.desk->add_checkpoint(body_from(ahead, 5)).status, 200);
  grow(1);
  ASSERT_TRUE(comes_to(ErrorCode::kConflict));
  grow(3);  // the very entries
  EXPECT_TRUE(comes_to(kSuccess)) << "though busan is not asked again for an hour";
}

TEST_F(WitnessClientTest, DoesNotSignAfterAStartWithAnOlderStore) {
  begin({osaka.known(), busan.known()});
  grow(4);
  ASSERT_TRUE(is_witnessed(9));
  client.reset();
  log.go_back_to(5);
  // The store that was put back has its own memory of what was witnessed.
  take(log.keep_witnessed(5, log.checkpoint_at(5)));
  options.when_silent_at_start = WhenSilent::kConfirm;
  busan.stop();
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_to(ErrorCode::kConflict)) << "one that answers is enough";
  EXPECT_THAT(client->may_sign().error().detail, HasSubstr("size 9"));
}

TEST_F(WitnessClientTest, SignsAgainOnceTheNewerStoreIsBack) {
  begin({osaka.known(), busan.known()});
  grow(4);
  ASSERT_TRUE(is_witnessed(9));
  client.reset();
  log.go_back_to(5);
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_to(ErrorCode::kConflict));
  grow(4);  // the very entries that it had
  EXPECT_TRUE(comes_to(kSuccess));
  EXPECT_TRUE(is_witnessed(9));
}

TEST_F(WitnessClientTest, DoesNotSignAgainOnceOtherEntriesAreThere) {
  begin({osaka.known(), busan.known()});
  grow(4);
  ASSERT_TRUE(is_witnessed(9));
  client.reset();
  log.go_back_to(5);
  log.grow(8, "other ");
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_to(ErrorCode::kConflict));
  log.grow(8, "other ");
  const int before = osaka.questions;
  client->log_grew();
  ASSERT_TRUE(comes_true([&] { return osaka.questions > before + 2; }));
  EXPECT_EQ(may_sign(), ErrorCode::kConflict);
}

// --- a start without witnesses

TEST_F(WitnessClientTest, WaitsAtTheStartUntilEnoughAnswer) {
  busan.stop();
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(comes_true([&] { return osaka.size_of(log) == 5; }));
  EXPECT_EQ(may_sign(), ErrorCode::kUnavailable);
  busan.start();
  EXPECT_TRUE(comes_to(kSuccess));
}

TEST_F(WitnessClientTest, SignsWithoutAnswersWhereThatIsConfigured) {
  osaka.stop();
  busan.stop();
  options.when_silent_at_start = WhenSilent::kConfirm;
  begin({osaka.known(), busan.known()});
  EXPECT_EQ(may_sign(), ErrorCode::kUnavailable) << "each is asked once";
  EXPECT_TRUE(comes_to(kSuccess));
}

TEST_F(WitnessClientTest, ShowsAnEmptyLogAsWell) {
  log.go_back_to(0);
  begin({osaka.known(), busan.known()});
  EXPECT_TRUE(comes_to(kSuccess));
  grow(1);
  EXPECT_TRUE(is_witnessed(1));
}

TEST_F(WitnessClientTest, NoticesThatAnEmptyStoreIsNotTheBeginning) {
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  client.reset();
  log.go_back_to(0);
  begin({osaka.known(), busan.known()});
  EXPECT_TRUE(comes_to(ErrorCode::kConflict));
}

// --- witnesses that are away

TEST_F(WitnessClientTest, StopsConfirmingWhereTheWitnessesAreAwayForTooLong) {
  options.policy.when_away = WhenAway::kStop;
  options.policy.within = milliseconds(300);
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  osaka.stop();
  busan.stop();
  EXPECT_EQ(may_sign(), kSuccess) << "nothing waits";
  grow(1);
  EXPECT_TRUE(comes_to(ErrorCode::kUnavailable));
  osaka.start();
  busan.start();
  EXPECT_TRUE(comes_to(kSuccess));
  EXPECT_TRUE(is_witnessed(6));
}

TEST_F(WitnessClientTest, StopsConfirmingAlsoWhereThePublisherHangs) {
  options.policy.when_away = WhenAway::kStop;
  options.policy.within = milliseconds(300);
  begin({osaka.known(), busan.known()});
  ASSERT_TRUE(is_witnessed(5));
  log.commit(1);
  client->log_grew();
  EXPECT_TRUE(comes_to(ErrorCode::kUnavailable)) << "what is confirmed waits, stored or not";
  log.store();
  EXPECT_TRUE(comes_to(kSuccess));
  EXPECT_TRUE(is_witnessed(6));
}

TEST_F(WitnessClientTest, EndsWhileWitnessesAreSilent) {
  const SlowListener slow;
  begin({{witness_key("slow.example").verifier(), slow.url()}, osaka.known()});
  ASSERT_TRUE(comes_true([&] { return slow.sent() > 0; }));
  const auto began = std::chrono::steady_clock::now();
  client->close();
  client.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

}  // namespace
}  // namespace countersign::authority
