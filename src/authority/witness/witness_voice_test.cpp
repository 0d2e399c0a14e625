// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_voice.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/scripted_witness.h"
#include "authority/witness/testing/slow_listener.h"
#include "sample/mapped_network.h"

namespace countersign::authority {
namespace {

using Kind = WitnessAnswer::Kind;
using std::chrono::milliseconds;

struct WitnessVoiceTest : testing::Test {
  WitnessVoiceTest() { log_.grow(5); }
  WitnessVoice voice_to(const KnownWitness& witness) {
    return take(WitnessVoice::open(witness, log_, clock_, {milliseconds(500), milliseconds(1000)}));
  }

  ManualClock clock_;
  TestLog log_;
  TestWitness witness_{"osaka-1.example/witness", clock_, {&log_}};
  WitnessVoice voice_ = voice_to(witness_.known());
};

TEST_F(WitnessVoiceTest, BringsACosignature) {
  const WitnessAnswer answer = voice_.ask(log_.newest());
  ASSERT_EQ(answer.kind, Kind::kCosigned) << answer.detail;
  EXPECT_EQ(answer.cosigned_size, 5U);
  EXPECT_TRUE(checkpoint::verify_cosignature(log_.newest().note.text, answer.cosignature, witness_.key()));
}

TEST_F(WitnessVoiceTest, GoesOnWhereTheWitnessIs) {
  ASSERT_EQ(voice_.ask(log_.newest()).kind, Kind::kCosigned);
  log_.grow(7);
  ASSERT_EQ(voice_.ask(log_.newest()).kind, Kind::kCosigned);
  EXPECT_EQ(witness_.questions, 2);
  log_.grow(1);
  WitnessVoice another = voice_to(witness_.known());
  ASSERT_EQ(another.ask(log_.newest()).kind, Kind::kCosigned);
  EXPECT_EQ(witness_.questions, 4) << "the first says which size the witness knows";
}

TEST_F(WitnessVoiceTest, AsksAgainAboutWhatWasKeptWithoutAnAnswer) {
  witness_.answers_to_lose = 1;
  EXPECT_EQ(voice_.ask(log_.newest()).kind, Kind::kFails);
  EXPECT_EQ(witness_.size_of(log_), 5U);
  witness_.stop();
  witness_.start();
  const WitnessAnswer answer = voice_.ask(log_.newest());
  EXPECT_EQ(answer.kind, Kind::kCosigned) << answer.detail;
}

TEST_F(WitnessVoiceTest, SaysThatTheWitnessDoesNotKnowTheLog) {
  TestWitness stranger("stranger.example", clock_, {});
  WitnessVoice to_stranger = voice_to(stranger.known());
  const WitnessAnswer answer = to_stranger.ask(log_.newest());
  EXPECT_EQ(answer.kind, Kind::kRefuses);
  EXPECT_NE(answer.detail.find("404"), std::string::npos) << answer.detail;
}

TEST_F(WitnessVoiceTest, SaysThatNobodyAnswers) {
  witness_.stop();
  EXPECT_EQ(voice_.ask(log_.newest()).kind, Kind::kFails);
}

TEST_F(WitnessVoiceTest, IsShownALargerCheckpointThanTheLogHas) {
  log_.grow(4);
  ASSERT_EQ(voice_.ask(log_.newest()).kind, Kind::kCosigned);
  log_.go_back_to(5);
  const WitnessAnswer answer = voice_.ask(log_.newest());
  EXPECT_EQ(answer.kind, Kind::kKnowsOther);
  EXPECT_EQ(answer.known_size, 9U);
  const WitnessAnswer shown = voice_.show();
  ASSERT_EQ(shown.kind, Kind::kAhead) << shown.detail;
  EXPECT_EQ(take(checkpoint::verify_checkpoint(shown.shown, log_.key())).checkpoint.size, 9U);
}

TEST_F(WitnessVoiceTest, IsShownACheckpointOfAnotherTree) {
  struct Row {
    const char* name;
    std::uint64_t size;  // of the log, when it is asked again
  };
  const Row rows[] = {{"of the same size", 9}, {"of a smaller one", 12}};
  for (const Row& row : rows) {
    TestLog log;
    log.grow(5);
    TestLog fork = log;
    fork.grow(4, "other ");
    log.grow(row.size - 5);
    TestWitness witness("w.example", clock_, {&log});
    ASSERT_EQ(witness.desk->add_checkpoint(body_from(fork, 0)).status, 200);
    WitnessVoice voice = take(WitnessVoice::open(witness.known(), log, clock_));
    EXPECT_EQ(voice.ask(log.newest()).kind, Kind::kKnowsOther) << row.name;
    const WitnessAnswer shown = voice.show();
    EXPECT_EQ(shown.kind, Kind::kBeside) << row.name << ": " << shown.detail;
  }
}

// What receipts carry is signed before the publisher stores a checkpoint.
TEST_F(WitnessVoiceTest, IsShownWhatIsCommittedAndNotPublishedYet) {
  const auto published = log_.newest();
  log_.commit(4);
  ScriptedWitness liar([](const auto&) { return ScriptedWitness::knows(9); }, log_.checkpoint_at(9));
  WitnessVoice to_liar = voice_to(liar.known());
  EXPECT_EQ(to_liar.ask(published).kind, Kind::kKnowsOther);
  EXPECT_EQ(to_liar.show().kind, Kind::kFails) << "it is of our tree";
}

TEST_F(WitnessVoiceTest, IsShownNothingWhereTheWitnessHasNothing) {
  EXPECT_EQ(voice_.show().kind, Kind::kKnowsOther);
}

TEST_F(WitnessVoiceTest, BelievesNoCheckpointThatTheLogDidNotSign) {
  TestLog impostor(log_.key().name);
  impostor.grow(50);
  ScriptedWitness liar([](const auto&) { return ScriptedWitness::knows(50); }, impostor.checkpoint_at(50));
  WitnessVoice to_liar = voice_to(liar.known());
  EXPECT_EQ(to_liar.ask(log_.newest()).kind, Kind::kKnowsOther);
  EXPECT_EQ(to_liar.show().kind, Kind::kKnowsOther) << "it is as if it showed none";
}

TEST_F(WitnessVoiceTest, SaysThatAWitnessRefusesWhatItHasItself) {
  ScriptedWitness liar([](const auto&) { return http::text_response(422, ""); }, log_.checkpoint_at(3));
  WitnessVoice to_liar = voice_to(liar.known());
  EXPECT_EQ(to_liar.ask(log_.newest()).kind, Kind::kKnowsOther);
  EXPECT_EQ(to_liar.show().kind, Kind::kFails);
}

TEST_F(WitnessVoiceTest, TakesTheConflictOfTheProtocolsFirstVersion) {
  ScriptedWitness old([](const auto&) { return ScriptedWitness::knows(5); });
  WitnessVoice to_old = voice_to(old.known());
  const WitnessAnswer answer = to_old.ask(log_.newest());
  EXPECT_EQ(answer.kind, Kind::kKnowsOther) << answer.detail;
  EXPECT_EQ(answer.known_size, 5U);
  EXPECT_EQ(old.questions, 2);
}

// Whoever certified the server: what counts is signed by the witness's own key.
TEST_F(WitnessVoiceTest, AsksOverTlsWhoeverCertifiedTheServer) {
  const sample::MappedNetwork elsewhere;
  sample::Particulars particulars;
  particulars.names.ip = {"127.0.0.1"};
  const x509::Issuer issued = sample::issue(
      elsewhere.osaka, x509::Role::kAuthorityServer,
      take(x509::Name::from_text("CN=Service,OU=authority,OU=osaka-1,OU=jp,O=Countersign Demo")),
      elsewhere.now, particulars);
  ScriptedWitness* self = nullptr;
  ScriptedWitness witness(
      [&](const checkpoint::AddCheckpoint& question) {
        return ScriptedWitness::cosign(self->key, ScriptedWitness::text_of(question), clock_.now());
      },
      "", x509::Signer{issued.certificate, issued.key, {elsewhere.osaka.certificate}});
  self = &witness;
  WitnessVoice voice = voice_to(witness.known());
  const WitnessAnswer answer = voice.ask(log_.newest());
  EXPECT_EQ(answer.kind, Kind::kCosigned) << answer.detail;
}

struct LiarRow {
  const char* name;
  // What is answered to a question about the log's checkpoint.
  std::function<http::Response(const ScriptedWitness&, const checkpoint::AddCheckpoint&, TimePoint now)>
      answer;
};
void PrintTo(const LiarRow& row, std::ostream* stream) {
  *stream << row.name;
}

class LyingWitness : public testing::TestWithParam<LiarRow> {};

TEST_P(LyingWitness, CountsForNothing) {
  const ManualClock clock;
  TestLog log;
  log.grow(5);
  ScriptedWitness* self = nullptr;
  ScriptedWitness liar([&](const checkpoint::AddCheckpoint& question) {
    return GetParam().answer(*self, question, clock.now());
  });
  self = &liar;
  WitnessVoice voice = take(WitnessVoice::open(liar.known(), log, clock));
  const WitnessAnswer answer = voice.ask(log.newest());
  EXPECT_EQ(answer.kind, Kind::kFails);
  EXPECT_NE(answer.detail, "");
}

using Question = checkpoint::AddCheckpoint;
INSTANTIATE_TEST_SUITE_P(Rows, LyingWitness,
                         testing::
                             ValuesIn(std::
                                          vector<
                                              LiarRow>{{"WithAnotherKey",
                                                        [](const ScriptedWitness&, const Question& question,
                                                           TimePoint now) {
                                                          return ScriptedWitness::cosign(
                                                              witness_key("scripted.example"),
                                                              ScriptedWitness::text_of(question), now);
                                                        }},
                                                       {"WithAnotherName",
                                                        [](const ScriptedWitness&, const Question& question,
                                                           TimePoint now) {
                                                          return ScriptedWitness::cosign(
                                                              witness_key("other.example"),
                                                              ScriptedWitness::text_of(question), now);
                                                        }},
                                                       {"WithAnotherKeyUnderItsOwnId",
                                                        [](const ScriptedWitness& self,
                                                           const Question& question, TimePoint now) {
                                                          auto made = take(
                                                              witness_key("scripted.example")
                                                                  .cosign(ScriptedWitness::text_of(question),
                                                                          now));
                                                          made.id = self.key.verifier().id;
                                                          return http::text_response(
                                                              200,
                                                              checkpoint::write_signature_lines({&made, 1}));
                                                        }},
                                                       {"WithAnOldTime",
                                                        [](const ScriptedWitness& self,
                                                           const Question& question, TimePoint now) {
                                                          return ScriptedWitness::cosign(
                                                              self.key, ScriptedWitness::text_of(question),
                                                              now - Seconds(61));
                                                        }},
                                                       {"WithATimeToCome",
                                                        [](const ScriptedWitness& self,
                                                           const Question& question, TimePoint now) {
                                                          return ScriptedWitness::cosign(
                                                              self.key, ScriptedWitness::text_of(question),
                                                              now + Seconds(61));
                                                        }},
                                                       {"OfAnotherLog",
                                                        [](const ScriptedWitness& self, const Question&,
                                                           TimePoint now) {
                                                          return ScriptedWitness::cosign(
                                                              self.key,
                                                              TestLog("other.example/log").newest().note.text,
                                                              now);
                                                        }},
                                                       {"OfAnotherCheckpoint",
                                                        [](const ScriptedWitness& self, const Question& question, TimePoint now) {
                                                          std::string text =
                                                              ScriptedWitness::text_of(question);
                                                          text[text.find("\n5\n") + 1] = '4';
                                                          return ScriptedWitness::cosign(self.key, text, now);
                                                        }},
                                                       {"WithoutALine",
                                                        [](const auto&, const auto&, TimePoint) {
                                                          return http::text_response(200, "");
                                                        }},
                                                       {"WithoutALineOfItsOwnKind",
                                                        [](const ScriptedWitness& self, const Question&, TimePoint) {
                                                          const checkpoint::NoteSignature line{
                                                              self.key.verifier().name,
                                                              self.key.verifier().id, Bytes(3, 1)};
                                                          return http::text_response(
                                                              200,
                                                              checkpoint::write_signature_lines({&line, 1}));
                                                        }},
                                                       {"ThatNamesAnotherSizeEachTime",
                                                        [](const ScriptedWitness& self, const auto&,
                                                           TimePoint) {
                                                          return ScriptedWitness::knows(
                                                              static_cast<std::uint64_t>(self.questions % 3));
                                                        }},
                                                       {"ThatNamesNoSize",
                                                        [](const auto&, const auto&, TimePoint) {
                                                          http::Response response = ScriptedWitness::knows(5);
                                                          response.body = to_bytes("five\n");
                                                          return response;
                                                        }},
                                                       {"ThatNamesASizeOfAnotherType",
                                                        [](const auto&, const auto&, TimePoint) {
                                                          return http::text_response(409, "5\n");
                                                        }},
                                                       {"ThatSendsAway",
                                                        [](const auto&, const auto&, TimePoint) {
                                                          http::Response response =
                                                              http::text_response(307, "");
                                                          response.headers["Location"] =
                                                              "http://127.0.0.1:1/";
                                                          return response;
                                                        }},
                                                       {"WithoutEnd",
                                                        [](const auto&, const auto&, TimePoint) {
                                                          return http::text_response(
                                                              200, std::string(1 << 20, 'x'));
                                                        }}}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(WitnessVoiceTest, GivesUpAWitnessThatAnswersByteByByte) {
  const SlowListener slow;
  WitnessVoice to_slow = take(
      WitnessVoice::open({witness_.key(), slow.url()}, log_, clock_, {milliseconds(500), milliseconds(400)}));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(to_slow.ask(log_.newest()).kind, Kind::kFails);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_GT(slow.sent(), 0);
}

}  // namespace
}  // namespace countersign::authority
