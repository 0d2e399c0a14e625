// SPDX-License-Identifier: Apache-2.0
#include "procedure/happening.h"

#include <algorithm>

#include "procedure/course.h"

namespace countersign::procedure {
namespace {

using documents::Outcome;

auto conflict(std::string_view what) {
  return fail(ErrorCode::kConflict, "run: " + std::string(what));
}

std::int64_t last_place(const Run& run) {
  return std::ranges::max(run.steps, {}, &StepProgress::place).place;
}

// Whether the step surely has had no effect: every round was refused.
bool was_refused_throughout(const ActProgress& act) {
  return std::ranges::all_of(act.rounds, [](const Round& round) {
    return round.answer && round.answer->outcome == Outcome::kRefused;
  });
}

void forget_questions(Run& run, std::size_t step, Act act, std::initializer_list<Reason> reasons) {
  std::erase_if(run.questions, [&](const Question& each) {
    return each.step == step && each.act == act && std::ranges::find(reasons, each.reason) != reasons.end();
  });
}

// One change of a run, with all that follows from it.
class Change {
 public:
  Change(const Plan& plan, Run& run, TimePoint now) : plan_(plan), run_(run), now_(now) {}

  Result<Reception> take(const Asked& asked);
  Result<Reception> take(const Answered& answered);
  Result<Reception> take(TimeCame);
  Result<Reception> take(const Decided& decided);
  Result<Reception> take(const Cancelled& cancelled);
  void draw_consequences();

 private:
  bool is_wanted(const Asked& asked) const;
  Result<std::size_t> asked_step(const documents::StepResult& result) const;
  Reception take_answer(std::size_t step, Act act, std::size_t round, const Answer& answer);
  void take_done(std::size_t step, Act act, const Answer& answer);
  void take_refused(std::size_t step, Act act, bool is_newest);
  bool contradicts(const ActProgress& progress, std::size_t round, const Answer& answer) const;
  bool is_of_wrong_amount(std::size_t step, Act act, const Answer& answer) const;
  void give_place(StepProgress& step) {
    if (step.place == 0) step.place = last_place(run_) + 1;
  }
  void ask_person(std::size_t step, Act act, Reason reason) {
    const bool asked = std::ranges::any_of(run_.questions, [&](const Question& each) {
      return each.step == step && each.act == act && each.reason == reason;
    });
    if (!asked) run_.questions.push_back({step, act, reason, now_});
  }
  void judge_failed_step(std::size_t step);
  Result<void> turn_back();
  void end_if_all_is_over();

  const Plan& plan_;
  Run& run_;
  TimePoint now_;
};

// --- requests and time

bool Change::is_wanted(const Asked& asked) const {
  if (!run_.questions.empty()) return false;
  const ActProgress& progress = progress_of(run_.steps[asked.step], asked.act);
  if (progress.state != ActState::kOpen && progress.due > now_) return false;
  if (asked.act == Act::kUndo)
    return run_.phase == Phase::kBackward && step_to_undo(plan_, run_) == asked.step &&
           progress.state != ActState::kAsked && !has_failed(plan_, asked.step, asked.act, progress);
  return run_.phase == Phase::kForward && std::ranges::count(steps_to_do(plan_, run_), asked.step) == 1;
}

Result<Reception> Change::take(const Asked& asked) {
  if (asked.step >= run_.steps.size() || asked.round < 1) return conflict("a request of no step");
  ActProgress& progress = progress_of(run_.steps[asked.step], asked.act);
  const auto round = static_cast<std::size_t>(asked.round);
  if (round <= progress.rounds.size()) {
    if (progress.rounds[round - 1].request == asked.request) return Reception::kRepeated;
    return conflict("another request of the same round");
  }
  if (round != progress.rounds.size() + 1 || !is_wanted(asked))
    return conflict("a request that is not wanted");
  progress.rounds.push_back({asked.request, {}});
  progress.state = ActState::kAsked;
  progress.due = now_ + planned_act(plan_, asked.step, asked.act).deadline;
  return Reception::kTaken;
}

Result<Reception> Change::take(TimeCame) {
  Reception reception = Reception::kRepeated;
  for (StepProgress& step : run_.steps)
    for (const Act act : {Act::kDo, Act::kUndo}) {
      ActProgress& progress = progress_of(step, act);
      if (progress.state != ActState::kAsked || progress.due > now_) continue;
      progress.state = ActState::kSilent;
      if (act == Act::kDo) give_place(step);
      reception = Reception::kTaken;
    }
  return reception;
}

// --- answers

Result<std::size_t> Change::asked_step(const documents::StepResult& result) const {
  if (result.of.subject != run_.ground.confirmation || result.of.confirmation != run_.ground.digest)
    return conflict("a result for another transaction");
  if (result.of.procedure != run_.procedure) return conflict("a result for another procedure");
  const auto step = documents::find_step(plan_.procedure, result.of.step);
  if (!step) return fail(ErrorCode::kNotFound, "run: a result of no step");
  const documents::ProcedureStep& planned = plan_.procedure.steps[*step];
  if (!(documents::service_of(plan_.procedure, planned).subject == result.service))
    return fail(ErrorCode::kForbidden, "run: a result of " + result.service.text() + ", which was not asked");
  const ActProgress& progress = progress_of(run_.steps[*step], result.of.act);
  const bool of_reversal_before = result.of.act == Act::kDo && !run_.reverses.empty();
  if (of_reversal_before || result.of.round < 1 ||
      static_cast<std::size_t>(result.of.round) > progress.rounds.size())
    return fail(ErrorCode::kNotFound, "run: a result of what was never asked");
  if (progress.rounds[static_cast<std::size_t>(result.of.round) - 1].request != result.request)
    return conflict("a result for another request");
  return *step;
}

Result<Reception> Change::take(const Answered& answered) {
  TRY(const std::size_t step, asked_step(answered.result));
  const documents::StepResult& result = answered.result;
  return take_answer(
      step, result.of.act, static_cast<std::size_t>(result.of.round) - 1,
      {answered.digest, result.outcome, result.code, result.reference, result.amount, result.details});
}

// Two answers exclude each other where one round was answered differently, where two rounds had an effect in
// two places, and where a service refuses what it had done in an earlier round.
bool Change::contradicts(const ActProgress& progress, std::size_t round, const Answer& answer) const {
  for (std::size_t i = 0; i < progress.rounds.size(); ++i) {
    const auto& other = progress.rounds[i].answer;
    if (!other) continue;
    if (i == round && !say_the_same(*other, answer)) return true;
    const bool both_done = other->outcome != Outcome::kRefused && answer.outcome != Outcome::kRefused;
    if (both_done && (other->outcome != answer.outcome || other->reference != answer.reference)) return true;
    if (other->outcome != Outcome::kRefused && answer.outcome == Outcome::kRefused && i < round) return true;
    if (other->outcome == Outcome::kRefused && answer.outcome != Outcome::kRefused && i > round) return true;
  }
  return false;
}

// A charging service says how much it moved, and moves what was asked for; nobody moves more. What is undone
// within a run is what was moved.
bool Change::is_of_wrong_amount(std::size_t step, Act act, const Answer& answer) const {
  if (answer.outcome != Outcome::kDone) return false;
  const documents::ProcedureStep& planned = plan_.procedure.steps[step];
  const bool charges = documents::service_of(plan_.procedure, planned).kind == documents::kChargingKind;
  if (!answer.amount) return charges;
  const Answer* const done = accepted_answer(run_.steps[step].did);
  const bool undoes_what_was_moved =
      act == Act::kUndo && run_.reverses.empty() && done != nullptr && done->amount;
  const Amount& asked = undoes_what_was_moved ? *done->amount : run_.ground.amount;
  if (answer.amount->currency != asked.currency || answer.amount->minor_units > asked.minor_units)
    return true;
  return charges && answer.amount->minor_units != asked.minor_units;
}

Reception Change::take_answer(std::size_t step, Act act, std::size_t round, const Answer& answer) {
  ActProgress& progress = progress_of(run_.steps[step], act);
  const bool is_newest = round + 1 == progress.rounds.size();
  const bool is_late = progress.state != ActState::kAsked || !is_newest;
  if (const auto& known = progress.rounds[round].answer; known && say_the_same(*known, answer))
    return Reception::kRepeated;
  const bool contradiction = contradicts(progress, round, answer);
  if (contradiction) ask_person(step, act, Reason::kContradiction);
  if (progress.rounds[round].answer) return Reception::kContradiction;  // the first answer is kept
  progress.rounds[round].answer = answer;
  if (answer.outcome == Outcome::kRefused)
    take_refused(step, act, is_newest);
  else
    take_done(step, act, answer);
  if (contradiction) return Reception::kContradiction;
  return is_late ? Reception::kLate : Reception::kTaken;
}

void Change::take_done(std::size_t step, Act act, const Answer& answer) {
  StepProgress& whole = run_.steps[step];
  ActProgress& progress = progress_of(whole, act);
  if (is_of_wrong_amount(step, act, answer)) ask_person(step, act, Reason::kWrongAmount);
  const bool was_done = progress.state == ActState::kDone;
  progress.state = ActState::kDone;
  forget_questions(run_, step, act, {Reason::kRefused, Reason::kSilent});
  if (act == Act::kDo) {
    give_place(whole);
    // It was said before that there is nothing to undo, and that there never will be.
    const Answer* const undone = accepted_answer(whole.undid);
    if (!was_done && undone != nullptr && undone->outcome == Outcome::kNothing)
      ask_person(step, Act::kUndo, Reason::kContradiction);
    return;
  }
  const Answer* const done = accepted_answer(whole.did);
  if (answer.outcome == Outcome::kNothing && done != nullptr) ask_person(step, act, Reason::kNoEffect);
}

void Change::take_refused(std::size_t step, Act act, bool is_newest) {
  StepProgress& whole = run_.steps[step];
  ActProgress& progress = progress_of(whole, act);
  const bool waits_for_it = progress.state == ActState::kAsked || progress.state == ActState::kSilent;
  if (is_newest && waits_for_it) {
    progress.state = ActState::kRefused;
    forget_questions(run_, step, act, {Reason::kSilent});  // asked anew, as a refusal
  }
  if (act == Act::kDo && progress.state == ActState::kRefused && was_refused_throughout(progress) &&
      whole.undid.state == ActState::kOpen)
    whole.place = 0;
}

// --- people

Result<void> Change::turn_back() {
  if (!run_.reverses.empty() || run_.phase != Phase::kForward)
    return conflict("does not go forward, where it could be turned back");
  if (is_past_return(plan_, run_)) return conflict("is past the point of no return");
  run_.phase = Phase::kBackward;
  std::erase_if(run_.questions, [](const Question& each) {
    return each.act == Act::kDo && (each.reason == Reason::kRefused || each.reason == Reason::kSilent);
  });
  return ok();
}

Result<Reception> Change::take(const Cancelled& cancelled) {
  if (run_.cancelled) {
    if (*run_.cancelled == cancelled.ground) return Reception::kRepeated;
    return conflict("is cancelled by another confirmation");
  }
  TRY(turn_back());
  run_.cancelled = cancelled.ground;
  return Reception::kTaken;
}

Result<Reception> Change::take(const Decided& decided) {
  if (decided.step >= run_.steps.size() || !has_question(run_, decided.step, decided.act))
    return conflict("a decision that nobody asked for");
  const auto all = {Reason::kRefused, Reason::kSilent, Reason::kContradiction, Reason::kWrongAmount,
                    Reason::kNoEffect};
  StepProgress& whole = run_.steps[decided.step];
  ActProgress& progress = progress_of(whole, decided.act);
  switch (decided.decision) {
    case Decision::kTakeBack: {
      TRY(turn_back());
      forget_questions(run_, decided.step, decided.act, all);
      return Reception::kTaken;
    }
    case Decision::kAskAgain: {
      if (!has_failed(plan_, decided.step, decided.act, progress) ||
          static_cast<std::int64_t>(progress.rounds.size()) >= documents::kMostRounds)
        return conflict("asking again decides nothing here");
      progress.granted += static_cast<std::int64_t>(progress.rounds.size()) + 1 -
                          most_rounds(plan_, decided.step, decided.act, progress);
      progress.due = now_;
      forget_questions(run_, decided.step, decided.act, all);
      return Reception::kTaken;
    }
    case Decision::kStands: {
      const std::size_t before = run_.questions.size();
      forget_questions(run_, decided.step, decided.act,
                       {Reason::kContradiction, Reason::kWrongAmount, Reason::kNoEffect});
      if (run_.questions.size() == before) return conflict("nothing is known that could stand");
      return Reception::kTaken;
    }
    case Decision::kSettled: {
      if (progress.state != ActState::kDone) {
        progress.state = ActState::kDone;
        progress.by_hand = true;
        if (decided.act == Act::kDo) give_place(whole);
      }
      forget_questions(run_, decided.step, decided.act, all);
      return Reception::kTaken;
    }
  }
  return conflict("a decision that nobody knows");
}

// --- what follows

void Change::judge_failed_step(std::size_t step) {
  StepProgress& whole = run_.steps[step];
  const documents::ProcedureStep& planned = plan_.procedure.steps[step];
  const bool is_silent = whole.did.state == ActState::kSilent;
  const Reason reason = is_silent ? Reason::kSilent : Reason::kRefused;
  switch (planned.otherwise) {
    case documents::Otherwise::kGoOn:
      whole.passed = true;
      return;
    case documents::Otherwise::kPerson:
      ask_person(step, Act::kDo, reason);
      return;
    case documents::Otherwise::kUndo:
      // Turning back is closed where this very step, silent, may have been the point of no return.
      if (!turn_back()) ask_person(step, Act::kDo, reason);
      return;
  }
}

void Change::end_if_all_is_over() {
  // Done after all, when the way back had passed it by already.
  if (run_.phase == Phase::kTakenBack && step_to_undo(plan_, run_)) run_.phase = Phase::kBackward;
  if (run_.phase == Phase::kForward && std::ranges::all_of(run_.steps, is_over))
    run_.phase = Phase::kComplete;
  if (run_.phase == Phase::kBackward && !awaits_an_answer(run_, Act::kDo) && !step_to_undo(plan_, run_))
    run_.phase = Phase::kTakenBack;
}

void Change::draw_consequences() {
  for (std::size_t i = 0; i < run_.steps.size(); ++i) {
    StepProgress& step = run_.steps[i];
    if (run_.phase == Phase::kForward && !is_over(step) && has_failed(plan_, i, Act::kDo, step.did) &&
        !has_question(run_, i, Act::kDo))
      judge_failed_step(i);
    if (plan_.procedure.steps[i].undo && has_failed(plan_, i, Act::kUndo, step.undid) &&
        !has_question(run_, i, Act::kUndo))
      ask_person(i, Act::kUndo, step.undid.state == ActState::kSilent ? Reason::kSilent : Reason::kRefused);
  }
  end_if_all_is_over();
}

}  // namespace

Result<Reception> apply(const Plan& plan, Run& run, const Happening& happening, TimePoint now) {
  TRY(check_run(plan, run));
  Run changed = run;
  Change change(plan, changed, now);
  TRY(const Reception reception, std::visit([&](const auto& what) { return change.take(what); }, happening));
  change.draw_consequences();
  run = std::move(changed);
  return reception;
}

}  // namespace countersign::procedure
