// SPDX-License-Identifier: Apache-2.0
#include "procedure/happening.h"

#include "procedure/procedure_world.h"

namespace countersign::procedure {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

TEST(ProcedureRun, AsksInOrderAndSideBySideAndIsComplete) {
  RunWorld world;
  world.ask();
  EXPECT_THAT(world.asked, ElementsAre("charge"));
  world.do_all({"charge"});
  EXPECT_THAT(world.asked, ElementsAre("charge", "invoice", "broker"));
  world.do_all({"broker"});
  EXPECT_EQ(world.asked.size(), 3U) << "the invoice is waited for";
  world.do_all({"invoice", "ship"});
  EXPECT_THAT(world.asked, ElementsAre("charge", "invoice", "broker", "ship"));
  EXPECT_EQ(world.state(), RunState::kComplete);
  EXPECT_FALSE(next(world.plan, world.run, world.now).value().wake_at);
}

TEST(ProcedureRun, ChainsEachRequestToTheResultsBeforeIt) {
  RunWorld world;
  world.do_all({"charge", "invoice", "broker"});
  const auto digest = [&](std::string_view name) {
    return accepted_answer(world.run.steps[world.step(name)].did)->digest;
  };
  ASSERT_EQ(world.requests.size(), 4U);
  EXPECT_THAT(world.requests[0].after, ElementsAre());
  EXPECT_THAT(world.requests[1].after, ElementsAre(digest("charge")));
  EXPECT_THAT(world.requests[3].after, ElementsAre(digest("invoice"), digest("broker")));
  ASSERT_EQ(world.requests[1].given.size(), 1U);
  EXPECT_EQ(world.requests[1].given[0].reference, "charge-1");
  EXPECT_EQ(world.requests[3].answer_by, world.now + hours(72));
}

TEST(ProcedureRun, WantsTheSameUntilItIsToldThatItWasAsked) {
  RunWorld world;
  const Next first = next(world.plan, world.run, world.now).value();
  ASSERT_EQ(first.requests.size(), 1U);
  EXPECT_EQ(next(world.plan, world.run, world.now).value().requests[0].of, first.requests[0].of);
  const Asked asked{0, Act::kDo, 1, {7}};
  EXPECT_EQ(apply(world.plan, world.run, asked, world.now).value(), Reception::kTaken);
  EXPECT_EQ(apply(world.plan, world.run, asked, world.now).value(), Reception::kRepeated);
  EXPECT_TRUE(next(world.plan, world.run, world.now).value().requests.empty());
  EXPECT_EQ(next(world.plan, world.run, world.now).value().wake_at, world.now + Seconds(600));
}

TEST(ProcedureRun, RefusesRequestsThatNobodyWants) {
  RunWorld world;
  world.ask();
  const procedure::Run before = world.run;
  const std::vector<std::pair<const char*, Asked>> rows{
      {"another request of the round", {0, Act::kDo, 1, {9}}},
      {"a second round in time", {0, Act::kDo, 2, {9}}},
      {"a step too early", {1, Act::kDo, 1, {9}}},
      {"an undo while it goes forward", {0, Act::kUndo, 1, {9}}},
      {"no step", {9, Act::kDo, 1, {9}}},
      {"round 0", {0, Act::kDo, 0, {9}}},
      {"an undo of what has none", {3, Act::kUndo, 1, {9}}}};
  for (const auto& [name, asked] : rows) {
    const auto refused = apply(world.plan, world.run, asked, world.now);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict) << name;
  }
  EXPECT_EQ(world.run.steps[0].did.rounds.size(), before.steps[0].did.rounds.size());
}

TEST(ProcedureRun, EndsAtOnceWhereTheFirstStepIsRefused) {
  RunWorld world;
  world.ask();
  EXPECT_EQ(world.answer("charge", Act::kDo, Outcome::kRefused).value(), Reception::kTaken);
  EXPECT_EQ(world.state(), RunState::kTakenBack);
  world.ask();
  EXPECT_THAT(world.asked, ElementsAre("charge")) << "nothing is undone that was not done";
}

TEST(ProcedureRun, UndoesInReverseOrderOfCompletion) {
  for (const bool broker_first : {true, false}) {
    RunWorld world;
    world.do_all({"charge"});
    if (broker_first)
      world.do_all({"broker", "invoice"});
    else
      world.do_all({"invoice", "broker"});
    world.asked.clear();
    ASSERT_TRUE(world.answer("ship", Act::kDo, Outcome::kRefused));
    world.wait(hours(72));  // it may be asked twice
    ASSERT_TRUE(world.answer("ship", Act::kDo, Outcome::kRefused, 2));
    world.ask();
    EXPECT_EQ(world.state(), RunState::kTakingBack);
    EXPECT_EQ(world.asked.size(), 2U) << "one after the other";
    if (broker_first)
      world.do_all({"invoice", "broker", "charge"}, Act::kUndo);
    else
      world.do_all({"broker", "invoice", "charge"}, Act::kUndo);
    EXPECT_EQ(world.state(), RunState::kTakenBack);
    EXPECT_THAT(world.asked, broker_first
                                 ? ElementsAre("ship/2", "invoice/undo", "broker/undo", "charge/undo")
                                 : ElementsAre("ship/2", "broker/undo", "invoice/undo", "charge/undo"));
  }
}

TEST(ProcedureRun, ChainsEachUndoToWhatItUndoesAndToTheOneBefore) {
  RunWorld world;
  world.do_all({"charge", "broker", "invoice"});
  ASSERT_TRUE(apply(world.plan, world.run, Cancelled{ground_of(kSecond)}, world.now).error().code ==
              ErrorCode::kConflict)
      << "the parcel may be on its way";
  world.wait(hours(72));
  ASSERT_TRUE(world.answer("ship", Act::kDo, Outcome::kRefused));
  ASSERT_TRUE(world.answer("ship", Act::kDo, Outcome::kRefused, 2));
  world.requests.clear();
  world.do_all({"invoice", "broker", "charge"}, Act::kUndo);
  ASSERT_EQ(world.requests.size(), 3U);
  const auto done = [&](const char* name) {
    return accepted_answer(world.run.steps[world.step(name)].did)->digest;
  };
  const auto undone = [&](const char* name) {
    return accepted_answer(world.run.steps[world.step(name)].undid)->digest;
  };
  EXPECT_THAT(world.requests[0].after, ElementsAre(done("invoice")));
  EXPECT_THAT(world.requests[1].after, ElementsAre(done("broker"), undone("invoice")));
  EXPECT_THAT(world.requests[2].after, ElementsAre(done("charge"), undone("broker")));
  EXPECT_EQ(world.requests[2].given.at(0).reference, "charge-1");
}

TEST(ProcedureRun, WaitsForWhatIsUnderWayBeforeItUndoes) {
  RunWorld world;
  world.do_all({"charge"});
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused));
  world.now += hours(1);
  world.ask();
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused, 2));
  EXPECT_EQ(world.state(), RunState::kTakingBack);
  world.asked.clear();
  world.ask();
  EXPECT_TRUE(world.asked.empty()) << "the broker may answer yet";
  ASSERT_TRUE(world.answer("broker", Act::kDo, Outcome::kDone));
  world.do_all({"broker", "charge"}, Act::kUndo);
  EXPECT_THAT(world.asked, ElementsAre("broker/undo", "charge/undo"));
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, UndoesWhatNobodyAnsweredToo) {
  RunWorld world;
  world.ask();
  world.wait(Seconds(600));
  EXPECT_THAT(world.asked, ElementsAre("charge", "charge/undo")) << "it may have been done";
  EXPECT_EQ(world.answer("charge", Act::kUndo, Outcome::kNothing).value(), Reception::kTaken);
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, AsksAnewWhenNobodyAnsweredInTime) {
  RunWorld world;
  world.do_all({"charge"});
  world.do_all({"broker"});
  world.wait(hours(1));
  EXPECT_EQ(world.asked.back(), "invoice/2");
  EXPECT_EQ(world.answer("invoice", Act::kDo, Outcome::kDone, 1).value(), Reception::kLate);
  EXPECT_EQ(world.state(), RunState::kGoing);
  world.ask();
  EXPECT_EQ(world.asked.back(), "ship");
  EXPECT_EQ(world.answer("invoice", Act::kDo, Outcome::kDone, 2).value(), Reception::kLate)
      << "the same effect, said of both rounds";
  EXPECT_EQ(world.state(), RunState::kGoing);
}

TEST(ProcedureRun, PassesOverWhatMayFail) {
  RunWorld world;
  world.do_all({"charge"});
  ASSERT_TRUE(world.answer("broker", Act::kDo, Outcome::kRefused));
  world.do_all({"invoice", "ship"});
  EXPECT_EQ(world.state(), RunState::kComplete);
  EXPECT_TRUE(world.run.steps[world.step("broker")].passed);
}

TEST(ProcedureRun, UndoesALateSuccessOfWhatWasPassedOver) {
  RunWorld world;
  world.do_all({"charge"});
  world.wait(hours(1));  // invoice asked anew, broker passed over
  EXPECT_EQ(world.answer("broker", Act::kDo, Outcome::kDone).value(), Reception::kLate);
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused, 2));
  world.asked.clear();
  world.do_all({"broker", "invoice", "charge"}, Act::kUndo);  // the invoice's first round was never answered
  EXPECT_THAT(world.asked, ElementsAre("broker/undo", "invoice/undo", "charge/undo"));
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, AsksAPersonWhereThePointOfNoReturnMayBePassed) {
  RunWorld world;
  world.do_all({"charge", "broker", "invoice"});
  world.wait(hours(72));
  world.wait(hours(72));
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.reason(), Reason::kSilent);
  EXPECT_EQ(world.decide("ship", Act::kDo, Decision::kTakeBack).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(world.decide("ship", Act::kDo, Decision::kAskAgain));
  world.ask();
  EXPECT_EQ(world.asked.back(), "ship/3");
  ASSERT_TRUE(world.answer("ship", Act::kDo, Outcome::kDone, 3));
  EXPECT_EQ(world.state(), RunState::kComplete);
}

TEST(ProcedureRun, GoesOnByItselfWhenALateAnswerSettlesTheQuestion) {
  RunWorld world;
  world.do_all({"charge", "broker", "invoice"});
  world.wait(hours(72));
  world.wait(hours(72));
  ASSERT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.answer("ship", Act::kDo, Outcome::kDone, 1).value(), Reception::kLate);
  EXPECT_EQ(world.state(), RunState::kComplete);
}

TEST(ProcedureRun, LetsAPersonSettleWhatWasDoneByHand) {
  RunWorld world;
  world.do_all({"charge", "broker", "invoice"});
  world.wait(hours(72));
  world.wait(hours(72));
  EXPECT_TRUE(world.decide("ship", Act::kDo, Decision::kSettled));
  EXPECT_EQ(world.state(), RunState::kComplete);
  EXPECT_TRUE(world.run.steps[world.step("ship")].did.by_hand);
}

TEST(ProcedureRun, AsksAPersonWhenACompensationFailsAndWaits) {
  RunWorld world;
  world.do_all({"charge", "broker"});
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused));
  world.now += hours(1);
  world.ask();
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused, 2));
  world.ask();
  EXPECT_EQ(world.asked.back(), "broker/undo");
  ASSERT_TRUE(world.answer("broker", Act::kUndo, Outcome::kRefused));
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.reason(), Reason::kRefused);
  world.ask();
  EXPECT_EQ(world.asked.back(), "broker/undo") << "what was done before waits";
  EXPECT_TRUE(world.decide("broker", Act::kUndo, Decision::kSettled));
  world.do_all({"charge"}, Act::kUndo);
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, TakesTheSameAnswerTwiceAndChangesNothing) {
  RunWorld world;
  world.ask();
  const StepResult result = world.result("charge", Act::kDo, Outcome::kDone);
  EXPECT_EQ(world.tell(result).value(), Reception::kTaken);
  EXPECT_EQ(world.tell(result).value(), Reception::kRepeated);
  StepResult signed_again = result;
  signed_again.time += Seconds(5);
  EXPECT_EQ(world.tell(signed_again).value(), Reception::kRepeated);
  EXPECT_EQ(world.state(), RunState::kGoing);
}

TEST(ProcedureRun, TellsAPersonOfASecondDifferentAnswer) {
  RunWorld world;
  world.ask();
  ASSERT_TRUE(world.answer("charge", Act::kDo, Outcome::kDone));
  StepResult other = world.result("charge", Act::kDo, Outcome::kDone);
  other.reference = "charge-2";
  EXPECT_EQ(world.tell(other).value(), Reception::kContradiction);
  EXPECT_EQ(world.tell(world.result("charge", Act::kDo, Outcome::kRefused)).value(),
            Reception::kContradiction);
  EXPECT_EQ(world.run.questions.size(), 1U);
  EXPECT_EQ(world.reason(), Reason::kContradiction);
  world.ask();
  EXPECT_THAT(world.asked, ElementsAre("charge")) << "nothing new while a person is asked";
  EXPECT_EQ(accepted_answer(world.run.steps[0].did)->reference, "charge-1");
  EXPECT_TRUE(world.decide("charge", Act::kDo, Decision::kStands));
  world.ask();
  EXPECT_EQ(world.asked.size(), 3U);
}

TEST(ProcedureRun, TellsAPersonOfARefusalAfterWhichItWasDoneAllTheSame) {
  RunWorld world;
  world.ask();
  ASSERT_TRUE(world.answer("charge", Act::kDo, Outcome::kRefused));
  EXPECT_EQ(world.answer("charge", Act::kDo, Outcome::kDone).value(), Reception::kContradiction);
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_TRUE(world.decide("charge", Act::kDo, Decision::kSettled));
  EXPECT_EQ(world.state(), RunState::kTakingBack);
  world.ask();
  EXPECT_EQ(world.asked.back(), "charge/undo") << "it was done, so it is undone";
}

TEST(ProcedureRun, TellsAPersonOfAnEffectInTwoPlaces) {
  RunWorld world;
  world.do_all({"charge", "broker"});
  world.wait(hours(1));
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kDone, 1));
  StepResult second = world.result("invoice", Act::kDo, Outcome::kDone, 2);
  second.reference = "invoice-2";
  EXPECT_EQ(world.tell(second).value(), Reception::kContradiction);
  EXPECT_EQ(world.reason(), Reason::kContradiction);
}

TEST(ProcedureRun, TellsAPersonOfACaptureOfAnotherAmount) {
  struct Row {
    const char* name;
    std::optional<Amount> amount;
  };
  for (const Row& row :
       {Row{"above", Amount{62001, "KRW"}}, Row{"below", Amount{61999, "KRW"}},
        Row{"nothing", Amount{0, "KRW"}}, Row{"currency", Amount{62000, "USD"}}, Row{"unsaid", {}}}) {
    RunWorld world;
    world.ask();
    StepResult result = world.result("charge", Act::kDo, Outcome::kDone);
    result.amount = row.amount;
    ASSERT_TRUE(world.tell(result)) << row.name;
    EXPECT_EQ(world.state(), RunState::kAsking) << row.name;
    EXPECT_EQ(world.reason(), Reason::kWrongAmount) << row.name;
    ASSERT_TRUE(world.decide("charge", Act::kDo, Decision::kTakeBack)) << row.name;
    world.ask();
    EXPECT_EQ(world.asked.back(), "charge/undo") << row.name;
  }
}

TEST(ProcedureRun, TellsAPersonOfASuccessThatHadNoEffect) {
  RunWorld world;
  world.do_all({"charge"});
  ASSERT_TRUE(apply(world.plan, world.run, Cancelled{ground_of(kSecond)}, world.now));
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused));
  ASSERT_TRUE(world.answer("broker", Act::kDo, Outcome::kRefused));
  world.ask();
  ASSERT_TRUE(world.answer("charge", Act::kUndo, Outcome::kNothing));
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.reason(), Reason::kNoEffect);
  EXPECT_TRUE(world.decide("charge", Act::kUndo, Decision::kStands));
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, TellsAPersonOfWhatIsDoneAfterThereWasNothingToUndo) {
  RunWorld world;
  world.ask();
  world.wait(Seconds(600));
  ASSERT_TRUE(world.answer("charge", Act::kUndo, Outcome::kNothing));
  ASSERT_EQ(world.state(), RunState::kTakenBack);
  ASSERT_TRUE(world.answer("charge", Act::kDo, Outcome::kDone));
  EXPECT_EQ(world.state(), RunState::kAsking);
  EXPECT_EQ(world.reason(), Reason::kContradiction);
}

TEST(ProcedureRun, RefusesResultsThatAreNotItsOwn) {
  RunWorld world;
  world.ask();
  struct Row {
    const char* name;
    std::function<void(StepResult&)> spoil;
    ErrorCode code;
  };
  const std::vector<Row> rows{
      {"another transaction", [](StepResult& r) { r.of.subject = kSecond; }, ErrorCode::kConflict},
      {"another confirmation", [](StepResult& r) { r.of.confirmation = {1}; }, ErrorCode::kConflict},
      {"another procedure", [](StepResult& r) { r.of.procedure = {1}; }, ErrorCode::kConflict},
      {"another request", [](StepResult& r) { r.request = {1}; }, ErrorCode::kConflict},
      {"another service", [](StepResult& r) { r.service = documents::sample_service("Parcels"); },
       ErrorCode::kForbidden},
      {"no step", [](StepResult& r) { r.of.step = "pay"; }, ErrorCode::kNotFound},
      {"a round that was not asked", [](StepResult& r) { r.of.round = 2; }, ErrorCode::kNotFound},
      {"an undo that was not asked", [](StepResult& r) { r.of.act = Act::kUndo; }, ErrorCode::kNotFound}};
  for (const Row& row : rows) {
    StepResult result = world.result("charge", Act::kDo, Outcome::kDone);
    row.spoil(result);
    const auto refused = world.tell(result);
    ASSERT_FALSE(refused) << row.name;
    EXPECT_EQ(refused.error().code, row.code) << row.name;
  }
  EXPECT_EQ(world.run.steps[0].did.state, ActState::kAsked);
}

TEST(ProcedureRun, IsCancelledWhileNothingIsPastReturnAndOnceOnly) {
  RunWorld world;
  world.do_all({"charge", "broker"});
  const Cancelled cancelled{ground_of(kSecond)};
  EXPECT_EQ(apply(world.plan, world.run, cancelled, world.now).value(), Reception::kTaken);
  EXPECT_EQ(apply(world.plan, world.run, cancelled, world.now).value(), Reception::kRepeated);
  EXPECT_EQ(apply(world.plan, world.run, Cancelled{ground_of(kThird)}, world.now).error().code,
            ErrorCode::kConflict);
  ASSERT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused));
  world.do_all({"broker", "charge"}, Act::kUndo);
  EXPECT_EQ(world.state(), RunState::kTakenBack);
}

TEST(ProcedureRun, TakesNoDecisionThatNobodyAskedFor) {
  RunWorld world;
  world.ask();
  for (const Decision decision :
       {Decision::kAskAgain, Decision::kSettled, Decision::kStands, Decision::kTakeBack})
    EXPECT_EQ(world.decide("charge", Act::kDo, decision).error().code, ErrorCode::kConflict);
}

TEST(ProcedureRun, GoesOnUnderItsOwnProcedureAlone) {
  RunWorld world;
  documents::Procedure changed = documents::sample_procedure();
  changed.revision = 2;
  const Plan later = plan_of(changed);
  EXPECT_EQ(next(later, world.run, world.now).error().code, ErrorCode::kConflict);
  EXPECT_EQ(apply(later, world.run, TimeCame{}, world.now).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(next(world.plan, world.run, world.now));
}

}  // namespace
}  // namespace countersign::procedure
