// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "authority/witness/testing/test_witness.h"
#include "checkpoint/testing/vectors.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

using testing::HasSubstr;

struct WitnessDeskTest : testing::Test {
  WitnessDeskTest() { log_.grow(5); }
  http::Response ask(TestLog& log, std::uint64_t old_size) {
    return witness_.desk->add_checkpoint(body_from(log, old_size));
  }
  int status(TestLog& log, std::uint64_t old_size) { return ask(log, old_size).status; }
  std::string newest() {
    const std::string hash = hex_encode(crypto::sha256(as_bytes(log_.key().name)));
    return to_text(witness_.desk->newest_checkpoint(hash).body);
  }
  std::string counted(const std::string& outcome) {
    const std::string text = witness_.metrics.text();
    const std::string name = "countersign_witness_questions_total{outcome=\"" + outcome + "\"} ";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? ""
                                   : text.substr(at + name.size(), text.find('\n', at) - at - name.size());
  }

  ManualClock clock_;
  TestLog log_;
  TestLog unknown_{"elsewhere.example/log"};
  TestWitness witness_{"osaka-1.example/witness", clock_, {&log_}};
};

TEST_F(WitnessDeskTest, CosignsWhatFollows) {
  EXPECT_EQ(status(log_, 0), 200);
  log_.grow(4);
  clock_.advance(Seconds(7));
  const http::Response answer = ask(log_, 5);
  ASSERT_EQ(answer.status, 200) << to_text(answer.body);
  const auto lines = take(checkpoint::parse_signature_lines(as_text(answer.body)));
  ASSERT_EQ(lines.size(), 1U);
  const auto time = take(checkpoint::verify_cosignature(log_.newest().note.text, lines[0], witness_.key()));
  EXPECT_EQ(time, clock_.now());
  EXPECT_EQ(witness_.size_of(log_), 9U);
  EXPECT_EQ(counted("cosigned"), "2");
}

TEST_F(WitnessDeskTest, ShowsTheNewestWithBothSignatures) {
  ASSERT_EQ(status(log_, 0), 200);
  const auto shown = take(checkpoint::verify_checkpoint(newest(), log_.key(), {&witness_.key(), 1}));
  EXPECT_EQ(shown.checkpoint.size, 5U);
  EXPECT_EQ(shown.cosignatures.size(), 1U);
}

TEST_F(WitnessDeskTest, ShowsNothingOfALogThatItNeverCosigned) {
  const std::string hash = hex_encode(crypto::sha256(as_bytes(log_.key().name)));
  for (const std::string& asked :
       {hash, std::string("AB") + hash.substr(2), hash.substr(2), std::string("x")})
    EXPECT_EQ(witness_.desk->newest_checkpoint(asked).status, 404) << asked;
}

TEST_F(WitnessDeskTest, RefusesALogThatItDoesNotKnow) {
  EXPECT_EQ(status(unknown_, 0), 404);
  EXPECT_EQ(counted("unknown_log"), "1");
}

TEST_F(WitnessDeskTest, RefusesACheckpointThatTheLogDidNotSign) {
  TestLog impostor(log_.key().name);  // with a key of its own
  impostor.grow(5);
  EXPECT_EQ(status(impostor, 0), 403);

  checkpoint::AddCheckpoint forged = question_from(log_, 0);
  checkpoint::Note note = take(checkpoint::parse_note(forged.checkpoint));
  note.signatures[0].payload[5] ^= 1;
  forged.checkpoint = checkpoint::write_note(note);
  EXPECT_EQ(witness_.desk->add_checkpoint(to_bytes(checkpoint::write_add_checkpoint(forged))).status, 403);
  EXPECT_EQ(counted("signature"), "2");
  EXPECT_EQ(witness_.size_of(log_), 0U);
}

TEST_F(WitnessDeskTest, RefusesWhatIsNoQuestion) {
  const std::string good = to_text(body_from(log_, 0));
  struct Row {
    const char* name;
    std::string body;
    int status;
  };
  const Row rows[] = {{"nothing", "", 400},
                      {"no old size", good.substr(good.find('\n') + 1), 400},
                      {"leading zero", "old 00" + good.substr(5), 400},
                      {"extension lines",
                       [&] {
                         std::string body = good;
                         return body.insert(body.find("\n\n", 8) + 1, "extension\n");
                       }(),
                       400},
                      {"endless", good + std::string(80 << 10, 'x'), 413}};
  for (const Row& row : rows)
    EXPECT_EQ(witness_.desk->add_checkpoint(to_bytes(row.body)).status, row.status) << row.name;
  EXPECT_EQ(counted("malformed"), "5");
}

TEST_F(WitnessDeskTest, NamesTheSizeThatItKnows) {
  ASSERT_EQ(status(log_, 0), 200);
  log_.grow(4);
  for (const std::uint64_t old_size : {0, 4, 9}) {
    const http::Response answer = ask(log_, old_size);
    EXPECT_EQ(answer.status, 409) << old_size;
    EXPECT_EQ(answer.header("Content-Type"), "text/x.tlog.size");
    EXPECT_EQ(to_text(answer.body), "5\n");
  }
  EXPECT_EQ(counted("old_size"), "3");
  EXPECT_EQ(status(log_, 10), 400);
}

TEST_F(WitnessDeskTest, KeepsAndRecordsAFork) {
  TestLog fork = log_;
  log_.grow(4);
  fork.grow(4, "other ");
  ASSERT_EQ(status(log_, 0), 200);
  EXPECT_EQ(status(fork, 9), 422);
  EXPECT_EQ(status(fork, 9), 422);
  EXPECT_EQ(status(fork, 0), 409) << "it is told whatever size the log begins with";
  const auto kept = take(witness_.store().conflicts());
  ASSERT_EQ(kept.size(), 1U);
  // Both signatures together are the proof.
  const auto one = take(checkpoint::verify_checkpoint(kept[0].note, log_.key()));
  const auto other = take(checkpoint::verify_checkpoint(kept[0].newest, log_.key()));
  EXPECT_EQ(one.checkpoint.size, other.checkpoint.size);
  EXPECT_NE(one.checkpoint.root, other.checkpoint.root);
  const auto recorded = witness_.recorded();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].act, "witness-fork");
  EXPECT_EQ(recorded[0].object, log_.key().name);
  EXPECT_EQ(counted("fork"), "3");
  EXPECT_THAT(witness_.metrics.text(), HasSubstr("countersign_witness_conflicts{kind=\"fork\"} 1"));
  EXPECT_EQ(newest(), take(witness_.store().newest(log_.key().name))->note);
  EXPECT_EQ(witness_.size_of(log_), 9U);
}

TEST_F(WitnessDeskTest, KeepsACheckpointWhoseProofFails) {
  ASSERT_EQ(status(log_, 0), 200);
  TestLog other = log_;
  other.go_back_to(3);
  other.grow(9, "other ");
  EXPECT_EQ(status(other, 5), 422);
  EXPECT_EQ(take(witness_.store().conflicts()).size(), 1U);
  EXPECT_EQ(witness_.recorded().at(0).act, "witness-unproven");
  // When the log goes on, the other one is seen to be a fork.
  log_.grow(7);
  ASSERT_EQ(status(log_, 5), 200);
  EXPECT_EQ(take(witness_.store().conflicts()).at(0).kind, CheckpointConflict::kFork);
  EXPECT_EQ(witness_.recorded().at(1).act, "witness-fork");
}

TEST_F(WitnessDeskTest, KeepsNothingThatStrangersPutBelowACheckpoint) {
  checkpoint::AddCheckpoint question = question_from(log_, 0);
  checkpoint::Note note = take(checkpoint::parse_note(question.checkpoint));
  for (int i = 0; i < 50; ++i)
    note.signatures.push_back({"stranger" + std::to_string(i), {1, 2, 3, 4}, Bytes(100, 7)});
  question.checkpoint = checkpoint::write_note(note);
  ASSERT_EQ(witness_.desk->add_checkpoint(to_bytes(checkpoint::write_add_checkpoint(question))).status, 200);
  EXPECT_EQ(take(checkpoint::parse_note(newest())).signatures.size(), 2U);
}

TEST_F(WitnessDeskTest, GivesTheSameCosignatureAgainWithinASecond) {
  const std::string first = to_text(ask(log_, 0).body);
  EXPECT_EQ(to_text(ask(log_, 5).body), first);
  clock_.advance(Seconds(1));
  EXPECT_NE(to_text(ask(log_, 5).body), first);
}

TEST_F(WitnessDeskTest, CosignsNothingWithAClockThatWentBack) {
  ASSERT_EQ(status(log_, 0), 200);
  log_.grow(4);
  clock_.advance(-std::chrono::hours(1));
  EXPECT_EQ(status(log_, 5), 503);
  EXPECT_EQ(witness_.size_of(log_), 5U);
  EXPECT_EQ(counted("failed"), "1");
}

TEST_F(WitnessDeskTest, GoesOnWithAnotherKeyWhereItsClockHadBeenAhead) {
  clock_.advance(std::chrono::hours(24));
  ASSERT_EQ(status(log_, 0), 200);
  clock_.advance(-std::chrono::hours(24));
  log_.grow(4);
  ASSERT_EQ(status(log_, 5), 503);
  const auto anew = witness_key(witness_.key().name);
  take(witness_.store().admit_key(anew.verifier(), clock_.now()));
  const auto own = take(x509::Name::from_text("OU=osaka-1,OU=jp,O=Countersign Demo"));
  const CurrentMap none = [] { return fail(ErrorCode::kNotFound, "no map"); };
  http::Metrics metrics;
  const auto desk = take(WitnessDesk::open(
      {anew, witness_.store(), take(WitnessedLogs::create({log_.key().text()}, none, own, clock_)),
       [](const AuditEntry&) { return Result<void>(ok()); }, clock_, metrics}));
  const http::Response answer = desk->add_checkpoint(body_from(log_, 5));
  ASSERT_EQ(answer.status, 200) << to_text(answer.body);
  const auto lines = take(checkpoint::parse_signature_lines(as_text(answer.body)));
  EXPECT_EQ(take(checkpoint::verify_cosignature(log_.newest().note.text, lines.at(0), anew.verifier())),
            clock_.now());
  EXPECT_EQ(witness_.size_of(log_), 9U) << "in the same memory";
}

TEST_F(WitnessDeskTest, CosignsOneOfManyThatComeAtOnce) {
  ASSERT_EQ(status(log_, 0), 200);
  std::vector<Bytes> bodies;
  for (int i = 0; i < 16; ++i) {
    log_.grow(1);
    bodies.push_back(body_from(log_, 5));
  }
  std::vector<std::future<int>> answers;
  for (const Bytes& body : bodies)
    answers.push_back(
        std::async(std::launch::async, [this, &body] { return witness_.desk->add_checkpoint(body).status; }));
  std::vector<std::uint64_t> cosigned;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const int got = answers[i].get();
    if (got == 200) cosigned.push_back(6 + i);
    EXPECT_TRUE(got == 200 || got == 409) << got;
  }
  ASSERT_EQ(cosigned.size(), 1U);
  EXPECT_EQ(witness_.size_of(log_), cosigned[0]);
}

TEST_F(WitnessDeskTest, RemembersOverARestart) {
  ASSERT_EQ(status(log_, 0), 200);
  witness_.stop();
  witness_.start();
  TestLog rolled_back = log_;
  rolled_back.go_back_to(3);
  EXPECT_EQ(status(rolled_back, 0), 409);
  EXPECT_EQ(status(rolled_back, 3), 409);
}

// What transparency-dev's log asked, and what its witness answered with the same key at the same moment.
TEST_F(WitnessDeskTest, AnswersAsAnotherImplementationDoes) {
  using checkpoint::read_vector;
  const auto key = checkpoint::witness_signer();
  const std::string lines = read_vector("signature-lines");
  const auto made = take(checkpoint::parse_signature_lines(lines)).at(0);
  const std::string text = checkpoint::write_checkpoint_text(checkpoint::whole_tree());
  clock_.set(take(checkpoint::verify_cosignature(text, made, key.verifier())));
  const TemporaryFolder folder;
  const auto database = take(storage::open_sqlite(folder.path() / "witness.db"));
  const WitnessStore store = take(WitnessStore::open(*database));
  take(store.admit_key(key.verifier(), clock_.now()));
  const auto own = take(x509::Name::from_text("OU=osaka-1,OU=jp,O=Countersign Demo"));
  const CurrentMap none = [] { return fail(ErrorCode::kNotFound, "no map"); };
  const std::string log_key = checkpoint::log_signer().verifier().text();
  http::Metrics metrics;
  const auto desk =
      take(WitnessDesk::open({key, store, take(WitnessedLogs::create({log_key}, none, own, clock_)),
                              [](const AuditEntry&) { return Result<void>(ok()); }, clock_, metrics}));
  const auto ask = [&](const char* name) { return desk->add_checkpoint(to_bytes(read_vector(name))); };

  EXPECT_EQ(ask("add-checkpoint-first").status, 200);
  const http::Response known = ask("add-checkpoint-first");
  EXPECT_EQ(known.status, 409);
  EXPECT_EQ(to_text(known.body), read_vector("known-size"));
  const http::Response cosigned = ask("add-checkpoint");
  ASSERT_EQ(cosigned.status, 200);
  EXPECT_EQ(to_text(cosigned.body), lines);
}

TEST_F(WitnessDeskTest, DoesNotGoOnWithoutItsMemory) {
  const TemporaryFolder folder;
  const auto database = take(storage::open_sqlite(folder.path() / "witness.db"));
  const auto own = take(x509::Name::from_text("OU=osaka-1,OU=jp,O=Countersign Demo"));
  const CurrentMap none = [] { return fail(ErrorCode::kNotFound, "no map"); };
  http::Metrics metrics;
  const auto open = [&](const checkpoint::NoteSigner& key) {
    return WitnessDesk::open({key, take(WitnessStore::open(*database)),
                              take(WitnessedLogs::create({}, none, own, clock_)),
                              [](const AuditEntry&) { return Result<void>(ok()); }, clock_, metrics});
  };
  EXPECT_EQ(open(witness_key("w.example")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(open(log_.signer()).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::authority
