// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_rules.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/test_log.h"

namespace countersign::authority {
namespace {

using Conflict = CheckpointConflict;

// A log of 12 entries, and one with the same key that differs from entry 6 on.
struct Histories {
  Histories() {
    log.grow(6);
    other = std::make_unique<TestLog>(log);
    log.grow(6);
    other->grow(6, "other ");
  }
  static checkpoint::Checkpoint at(TestLog& of, std::uint64_t size) {
    return {of.key().name, size, take(of.root_at(size))};
  }
  static WitnessedLog held(TestLog& of, std::uint64_t size) {
    return {at(of, size), of.checkpoint_at(size), from_unix_seconds(1'795'000'000)};
  }
  TestLog log;
  std::unique_ptr<TestLog> other;
};

struct JudgeRow {
  const char* name;
  std::optional<std::uint64_t> held;  // size of the log that was cosigned last
  std::uint64_t old_size;             // as the question has it
  std::uint64_t size;                 // that is offered
  bool of_other;                      // of the other history
  std::optional<std::uint64_t> proof_from;
  int status;
  Conflict conflict;
};
void PrintTo(const JudgeRow& row, std::ostream* stream) {
  *stream << row.name;
}

class JudgeCheckpoint : public testing::TestWithParam<JudgeRow> {};

TEST_P(JudgeCheckpoint, AsTheProtocolHasIt) {
  const JudgeRow& row = GetParam();
  Histories histories;
  TestLog& offering = row.of_other ? *histories.other : histories.log;
  std::optional<WitnessedLog> held;
  if (row.held) held = Histories::held(histories.log, *row.held);
  checkpoint::AddCheckpoint question{row.old_size, {}, offering.checkpoint_at(row.size)};
  if (row.proof_from) question.proof = take(offering.prove_consistency(*row.proof_from, row.size));
  const WitnessJudgement judged = judge_checkpoint(held, question, Histories::at(offering, row.size));
  EXPECT_EQ(judged.status, row.status);
  EXPECT_EQ(judged.conflict, row.conflict);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, JudgeCheckpoint,
    testing::ValuesIn(std::vector<JudgeRow>{
        {"TheFirst", {}, 0, 9, false, {}, 200, Conflict::kNone},
        {"TheFirstOfAnEmptyTree", {}, 0, 0, false, {}, 200, Conflict::kNone},
        {"TheFirstFromASizeThatIsNotKnown", {}, 4, 9, false, 4, 409, Conflict::kNone},
        {"TheFirstWithAProof", {}, 0, 9, false, 4, 422, Conflict::kNone},
        {"WhatFollows", 5, 5, 9, false, 5, 200, Conflict::kNone},
        {"WhatFollowsAnEmptyTree", 0, 0, 9, false, {}, 200, Conflict::kNone},
        {"WhatFollowsAnEmptyTreeWithAProof", 0, 0, 9, false, 4, 422, Conflict::kNone},
        {"TheSameAgain", 9, 9, 9, false, {}, 200, Conflict::kNone},
        {"TheSameAgainWithAProof", 9, 9, 9, false, 5, 422, Conflict::kNone},
        {"ASmallerOneFromItsOwnSize", 9, 7, 7, false, {}, 409, Conflict::kNone},
        {"ASmallerOneFromTheKnownSize", 9, 9, 7, false, {}, 400, Conflict::kNone},
        {"ALargerOneFromNothing", 9, 0, 12, false, {}, 409, Conflict::kNone},
        {"ALargerOneFromASmallerSize", 9, 5, 12, false, 5, 409, Conflict::kNone},
        {"ALargerOneWithoutAProof", 9, 9, 12, false, {}, 422, Conflict::kUnproven},
        {"ALargerOneWithAnotherProof", 9, 9, 12, false, 8, 422, Conflict::kUnproven},
        {"ALargerOneOfAnotherHistory", 9, 9, 12, true, 9, 422, Conflict::kUnproven},
        {"ALargerOneOfAnotherHistoryBeforeTheyPart", 6, 6, 12, true, 6, 200, Conflict::kNone},
        {"TheSameSizeOfAnotherHistory", 9, 9, 9, true, {}, 422, Conflict::kFork},
        {"TheSameSizeOfAnotherHistoryFromNothing", 9, 0, 9, true, {}, 409, Conflict::kFork},
        {"TheSameSizeOfAnotherHistoryFromBeyond", 9, 10, 9, true, {}, 400, Conflict::kFork},
        {"ASmallerOneOfAnotherHistory", 9, 9, 8, true, {}, 400, Conflict::kNone}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(JudgeEmptyTree, RefusesAnEmptyTreeWithARootOfItsOwn) {
  Histories histories;
  checkpoint::Checkpoint empty = Histories::at(histories.log, 0);
  empty.root[0] ^= 1;
  const WitnessJudgement judged = judge_checkpoint({}, {0, {}, ""}, empty);
  EXPECT_EQ(judged.status, 422);
  EXPECT_EQ(judged.conflict, Conflict::kFork);
}

TEST(CosignatureTime, IsOfTheSecondAndNeverBeforeTheLast) {
  Histories histories;
  WitnessedLog held = Histories::held(histories.log, 9);
  const TimePoint now = held.time;
  EXPECT_EQ(take(cosignature_time(now + std::chrono::milliseconds(700), {})), now);
  EXPECT_EQ(take(cosignature_time(now + Seconds(5), held)), now + Seconds(5));
  EXPECT_EQ(take(cosignature_time(now - Seconds(60), held)), now);
}

TEST(CosignatureTime, RefusesAClockThatWentBack) {
  Histories histories;
  const WitnessedLog held = Histories::held(histories.log, 9);
  const auto time = cosignature_time(held.time - Seconds(61), held);
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().code, ErrorCode::kClockSkew);
}

}  // namespace
}  // namespace countersign::authority
