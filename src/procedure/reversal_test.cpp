// SPDX-License-Identifier: Apache-2.0
#include "procedure/procedure_world.h"

namespace countersign::procedure {
namespace {

using testing::ElementsAre;

Run complete_run() {
  RunWorld world;
  world.do_all({"charge", "invoice", "broker", "ship"});
  return world.run;
}

RunWorld reversal_of(const Run& first, std::int64_t amount, const std::vector<Run>& earlier = {},
                     std::string_view confirmation = kSecond) {
  RunWorld world;
  world.run = begin_reversal(world.plan, first, earlier, ground_of(confirmation, amount)).value();
  return world;
}

TEST(Reversal, GoesBackAsFarAsItGoesUnderAConfirmationOfItsOwn) {
  RunWorld world = reversal_of(complete_run(), 62000);
  world.do_all({"broker", "invoice", "charge"}, Act::kUndo);
  EXPECT_THAT(world.asked, ElementsAre("broker/undo", "invoice/undo", "charge/undo"))
      << "what was shipped stays, and the last is undone first";
  EXPECT_EQ(world.state(), RunState::kTakenBack);
  EXPECT_EQ(world.requests[0].of.subject, kSecond);
  EXPECT_EQ(world.run.reverses, kFirst);
  ASSERT_EQ(world.requests[2].given.size(), 1U);
  EXPECT_EQ(world.requests[2].given[0].reference, "charge-1") << "what is to be refunded";
}

TEST(Reversal, GivesPartsBackUntilNothingIsLeft) {
  const procedure::Run first = complete_run();
  RunWorld part = reversal_of(first, 24000);
  EXPECT_EQ(begin_reversal(part.plan, first, {part.run}, ground_of(kThird, 1000)).error().code,
            ErrorCode::kConflict)
      << "the first part is not over";
  part.do_all({"broker", "invoice", "charge"}, Act::kUndo);
  ASSERT_EQ(part.state(), RunState::kTakenBack);

  EXPECT_EQ(begin_reversal(part.plan, first, {part.run}, ground_of(kThird, 38001)).error().code,
            ErrorCode::kAmountMismatch);
  RunWorld rest = reversal_of(first, 38000, {part.run}, kThird);
  rest.do_all({"broker", "invoice", "charge"}, Act::kUndo);
  EXPECT_EQ(rest.state(), RunState::kTakenBack) << "each part is an effect of its own";
}

TEST(Reversal, AsksAPersonWhereARefundIsOfAnotherAmount) {
  RunWorld world = reversal_of(complete_run(), 24000);
  world.do_all({"broker", "invoice"}, Act::kUndo);
  StepResult refund = world.result("charge", Act::kUndo, Outcome::kDone);
  refund.amount = Amount{62000, "KRW"};
  ASSERT_TRUE(world.tell(refund));
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.reason(), Reason::kWrongAmount);
  EXPECT_EQ(world.decide("charge", Act::kUndo, Decision::kTakeBack).error().code, ErrorCode::kConflict);
}

TEST(Reversal, TakesNoResultOfTheRunThatItTakesBack) {
  const procedure::Run first = complete_run();
  RunWorld world = reversal_of(first, 62000);
  StepResult late = world.result("charge", Act::kDo, Outcome::kDone);
  EXPECT_EQ(world.tell(late).error().code, ErrorCode::kNotFound);
  late.of.subject = kFirst;
  EXPECT_EQ(world.tell(late).error().code, ErrorCode::kConflict);
}

TEST(Reversal, IsRefusedWhereThereIsNothingToTakeBack) {
  const procedure::Run first = complete_run();
  const Plan plan = plan_of(documents::sample_procedure());
  RunWorld going;
  struct Row {
    const char* name;
    const procedure::Run& first;
    std::vector<procedure::Run> earlier;
    Ground ground;
    ErrorCode code;
  };
  procedure::Run another = reversal_of(first, 100).run;
  another.reverses = kThird;
  const procedure::Run reversal = reversal_of(first, 100).run;
  Ground dollars = ground_of(kSecond);
  dollars.amount.currency = "USD";
  const std::vector<Row> rows{
      {"not complete", going.run, {}, ground_of(kSecond), ErrorCode::kConflict},
      {"a reversal", reversal, {}, ground_of(kThird), ErrorCode::kConflict},
      {"under its own confirmation", first, {}, ground_of(kFirst), ErrorCode::kConflict},
      {"an earlier one of another run", first, {another}, ground_of(kThird, 1), ErrorCode::kConflict},
      {"more than was paid", first, {}, ground_of(kSecond, 62001), ErrorCode::kAmountMismatch},
      {"nothing", first, {}, ground_of(kSecond, 0), ErrorCode::kAmountMismatch},
      {"another currency", first, {}, dollars, ErrorCode::kAmountMismatch}};
  for (const Row& row : rows) {
    const auto refused = begin_reversal(plan, row.first, row.earlier, row.ground);
    ASSERT_FALSE(refused) << row.name;
    EXPECT_EQ(refused.error().code, row.code) << row.name;
  }
  documents::Procedure changed = documents::sample_procedure();
  changed.revision = 2;
  EXPECT_EQ(begin_reversal(plan_of(changed), first, {}, ground_of(kSecond)).error().code,
            ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::procedure
