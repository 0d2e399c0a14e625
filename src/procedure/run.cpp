// SPDX-License-Identifier: Apache-2.0
#include "procedure/run.h"

#include <algorithm>

#include "procedure/course.h"

namespace countersign::procedure {

using documents::Outcome;

Result<Plan> read_plan(BytesView json) {
  TRY(documents::Procedure procedure, documents::parse_procedure(json));
  return Plan{std::move(procedure), documents::procedure_digest(json)};
}

bool say_the_same(const Answer& a, const Answer& b) {
  return a.outcome == b.outcome && a.code == b.code && a.reference == b.reference && a.amount == b.amount &&
         a.details == b.details;
}

const Answer* accepted_answer(const ActProgress& act) {
  for (const Round& round : act.rounds)
    if (round.answer && round.answer->outcome != Outcome::kRefused) return &*round.answer;
  return nullptr;
}

std::string_view state_name(ActState state) {
  switch (state) {
    case ActState::kOpen:
      return "open";
    case ActState::kAsked:
      return "asked";
    case ActState::kRefused:
      return "refused";
    case ActState::kSilent:
      return "silent";
    case ActState::kDone:
      return "done";
  }
  return "";
}

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::kRefused:
      return "refused";
    case Reason::kSilent:
      return "silent";
    case Reason::kContradiction:
      return "contradiction";
    case Reason::kWrongAmount:
      return "wrong_amount";
    case Reason::kNoEffect:
      return "no_effect";
  }
  return "";
}

RunState state_of(const Run& run) {
  if (!run.questions.empty()) return RunState::kAsking;
  switch (run.phase) {
    case Phase::kForward:
      return RunState::kGoing;
    case Phase::kBackward:
      return RunState::kTakingBack;
    case Phase::kComplete:
      return RunState::kComplete;
    case Phase::kTakenBack:
      return RunState::kTakenBack;
  }
  return RunState::kAsking;
}

std::string_view state_name(RunState state) {
  switch (state) {
    case RunState::kGoing:
      return "going";
    case RunState::kTakingBack:
      return "taking_back";
    case RunState::kAsking:
      return "asking";
    case RunState::kComplete:
      return "complete";
    case RunState::kTakenBack:
      return "taken_back";
  }
  return "";
}

Run begin_run(const Plan& plan, const Ground& ground) {
  Run run;
  run.ground = ground;
  run.procedure = plan.digest;
  run.steps.resize(plan.procedure.steps.size());
  return run;
}

Result<void> check_run(const Plan& plan, const Run& run) {
  if (run.procedure == plan.digest && run.steps.size() == plan.procedure.steps.size()) return ok();
  return fail(ErrorCode::kConflict, "run: of another procedure");
}

Result<Run> begin_reversal(const Plan& plan, const Run& first, const std::vector<Run>& earlier,
                           const Ground& ground) {
  TRY(check_run(plan, first));
  if (!first.reverses.empty()) return fail(ErrorCode::kConflict, "reversal: of a reversal");
  if (state_of(first) != RunState::kComplete)
    return fail(ErrorCode::kConflict, "reversal: of a run that is not complete");
  if (ground.confirmation == first.ground.confirmation)
    return fail(ErrorCode::kConflict, "reversal: under the confirmation that it takes back");
  Amount given_back = ground.amount;
  for (const Run& each : earlier) {
    if (each.reverses != first.ground.confirmation || each.ground.confirmation == ground.confirmation)
      return fail(ErrorCode::kConflict, "reversal: of another run, or the same one again");
    if (state_of(each) != RunState::kTakenBack)
      return fail(ErrorCode::kConflict, "reversal: an earlier one is not over");
    TRY(given_back, add(given_back, each.ground.amount));
  }
  if (given_back.currency != first.ground.amount.currency ||
      given_back.minor_units > first.ground.amount.minor_units)
    return fail(ErrorCode::kAmountMismatch, "reversal: of more than is left");
  if (ground.amount.minor_units == 0 && first.ground.amount.minor_units != 0)
    return fail(ErrorCode::kAmountMismatch, "reversal: of nothing");

  Run run;
  run.ground = ground;
  run.procedure = plan.digest;
  run.reverses = first.ground.confirmation;
  run.phase = Phase::kBackward;
  run.steps = first.steps;
  for (StepProgress& step : run.steps) step.undid = {};
  if (!step_to_undo(plan, run)) run.phase = Phase::kTakenBack;
  return run;
}

}  // namespace countersign::procedure
