// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/start_check.h"

#include <gtest/gtest.h>

namespace countersign::authority {
namespace {

using WhenSilent = StartCheck::WhenSilent;
constexpr ErrorCode kSuccess{-1};

struct Word {
  const char* witness;
  Standing standing;
};
struct StartRow {
  const char* name;
  WhenSilent when_silent;
  std::size_t needed;
  std::vector<Word> words;  // of the witnesses a, b and c
  ErrorCode verdict;
};
void PrintTo(const StartRow& row, std::ostream* stream) {
  *stream << row.name;
}

ErrorCode verdict_of(StartCheck& check) {
  const Result<void> verdict = check.verdict();
  return verdict ? kSuccess : verdict.error().code;
}

class StartCheckVerdict : public testing::TestWithParam<StartRow> {};

TEST_P(StartCheckVerdict, IsWhatTheWitnessesSay) {
  const StartRow& row = GetParam();
  StartCheck check({row.needed, row.when_silent});
  check.expect({"a", "b", "c"});
  for (const Word& word : row.words) check.note(word.witness, word.standing);
  EXPECT_EQ(verdict_of(check), row.verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, StartCheckVerdict,
    testing::ValuesIn(std::vector<StartRow>{
        {"NobodyYet", WhenSilent::kWait, 1, {}, ErrorCode::kUnavailable},
        {"NobodyYetAndSilenceWouldDo", WhenSilent::kConfirm, 1, {}, ErrorCode::kUnavailable},
        {"OneAgrees", WhenSilent::kWait, 1, {{"b", Standing::kAgrees}}, kSuccess},
        {"OneAgreesOfTwo", WhenSilent::kWait, 2, {{"b", Standing::kAgrees}}, ErrorCode::kUnavailable},
        {"OneAgreesAndNoneIsNeeded", WhenSilent::kWait, 0, {{"b", Standing::kAgrees}}, kSuccess},
        {"TwoAgreeOfTwo",
         WhenSilent::kWait,
         2,
         {{"b", Standing::kAgrees}, {"c", Standing::kAgrees}},
         kSuccess},
        {"OneAgreesTwice",
         WhenSilent::kWait,
         2,
         {{"b", Standing::kAgrees}, {"b", Standing::kAgrees}},
         ErrorCode::kUnavailable},
        {"AllAreSilent",
         WhenSilent::kWait,
         1,
         {{"a", Standing::kSilent}, {"b", Standing::kSilent}, {"c", Standing::kSilent}},
         ErrorCode::kUnavailable},
        {"AllAreSilentAndThatWillDo",
         WhenSilent::kConfirm,
         1,
         {{"a", Standing::kSilent}, {"b", Standing::kSilent}, {"c", Standing::kSilent}},
         kSuccess},
        {"TwoAreSilentAndTheThirdWasNotAsked",
         WhenSilent::kConfirm,
         1,
         {{"a", Standing::kSilent}, {"b", Standing::kSilent}},
         ErrorCode::kUnavailable},
        {"OneClaimsMore",
         WhenSilent::kConfirm,
         1,
         {{"a", Standing::kSilent}, {"b", Standing::kClaimsMore}, {"c", Standing::kSilent}},
         ErrorCode::kUnavailable},
        {"OneClaimsMoreAgainstThoseThatAreNeeded",
         WhenSilent::kWait,
         2,
         {{"a", Standing::kAgrees}, {"b", Standing::kClaimsMore}, {"c", Standing::kAgrees}},
         kSuccess},
        {"OneIsAhead",
         WhenSilent::kConfirm,
         1,
         {{"a", Standing::kAgrees}, {"b", Standing::kAhead}, {"c", Standing::kAgrees}},
         ErrorCode::kConflict},
        {"OneIsBeside", WhenSilent::kConfirm, 1, {{"a", Standing::kBeside}}, ErrorCode::kConflict},
        {"OneWasAheadBeforeTheLogWasRepaired",
         WhenSilent::kWait,
         1,
         {{"a", Standing::kAhead}, {"a", Standing::kAgrees}},
         kSuccess},
        {"AStrangerAgrees", WhenSilent::kWait, 1, {{"d", Standing::kAgrees}}, ErrorCode::kUnavailable}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(StartCheck, LetsTheLogSignForGoodButForProofs) {
  StartCheck check({1, WhenSilent::kWait});
  check.expect({"a", "b"});
  check.note("a", Standing::kAgrees);
  ASSERT_EQ(verdict_of(check), kSuccess);
  check.note("a", Standing::kSilent);
  EXPECT_EQ(verdict_of(check), kSuccess);
  check.note("b", Standing::kClaimsMore);
  EXPECT_EQ(verdict_of(check), kSuccess) << "words prove nothing";
  check.note("b", Standing::kAhead);
  EXPECT_EQ(verdict_of(check), ErrorCode::kConflict);
}

TEST(StartCheck, WaitsWhereItIsToWaitAndThereIsNobody) {
  StartCheck waiting({1, WhenSilent::kWait});
  EXPECT_EQ(verdict_of(waiting), ErrorCode::kUnavailable);
  StartCheck confirming({1, WhenSilent::kConfirm});
  EXPECT_EQ(verdict_of(confirming), kSuccess);
}

TEST(StartCheck, AsksThoseWhoAreKnownOnlyAfterTheStart) {
  StartCheck check({1, WhenSilent::kConfirm});
  ASSERT_EQ(verdict_of(check), kSuccess);
  check.expect({"a", "b"});
  EXPECT_EQ(verdict_of(check), ErrorCode::kUnavailable) << "that nobody was known proves nothing";
  check.note("a", Standing::kClaimsMore);
  check.note("b", Standing::kSilent);
  EXPECT_EQ(verdict_of(check), ErrorCode::kUnavailable);
  check.note("b", Standing::kAgrees);
  EXPECT_EQ(verdict_of(check), kSuccess);
}

TEST(StartCheck, AsksAgainWhoseProofIsNone) {
  StartCheck check({1, WhenSilent::kWait});
  check.expect({"a", "b"});
  check.note("a", Standing::kAhead);
  check.note("b", Standing::kBeside);
  check.forget_proofs();
  EXPECT_EQ(verdict_of(check), ErrorCode::kUnavailable) << "neither agrees";
  check.note("a", Standing::kAgrees);
  ASSERT_EQ(verdict_of(check), kSuccess);
  check.note("b", Standing::kBeside);
  check.forget_proofs();
  EXPECT_EQ(verdict_of(check), kSuccess);
}

}  // namespace
}  // namespace countersign::authority
