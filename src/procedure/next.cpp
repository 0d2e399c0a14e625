// SPDX-License-Identifier: Apache-2.0
#include "procedure/next.h"

#include <algorithm>

#include "procedure/course.h"

namespace countersign::procedure {
namespace {

using documents::find_step;
using documents::GivenResult;

void add_digest(std::vector<Sha256Digest>& digests, const Answer* answer) {
  if (answer != nullptr && std::ranges::find(digests, answer->digest) == digests.end())
    digests.push_back(answer->digest);
}

// The last word on an act, refusals included.
const Answer* last_answer(const ActProgress& act) {
  if (const Answer* accepted = accepted_answer(act)) return accepted;
  for (auto round = act.rounds.rbegin(); round != act.rounds.rend(); ++round)
    if (round->answer) return &*round->answer;
  return nullptr;
}

void add_given(std::vector<GivenResult>& given, const Plan& plan, const Run& run, std::size_t step) {
  const Answer* const answer = accepted_answer(run.steps[step].did);
  if (answer == nullptr || answer->reference.empty()) return;  // done by hand: nothing to give
  given.push_back({plan.procedure.steps[step].name, answer->digest, answer->reference, answer->details});
}

Wanted wanted(const Plan& plan, const Run& run, std::size_t step, Act act, TimePoint now) {
  const ActProgress& progress = progress_of(run.steps[step], act);
  Wanted out;
  out.of = {run.ground.confirmation,
            run.ground.digest,
            run.procedure,
            plan.procedure.steps[step].name,
            act,
            static_cast<std::int64_t>(progress.rounds.size()) + 1};
  out.step = step;
  out.answer_by = now + planned_act(plan, step, act).deadline;
  return out;
}

// Rests on the results of the steps that it waited for.
Wanted to_do(const Plan& plan, const Run& run, std::size_t step, TimePoint now) {
  Wanted out = wanted(plan, run, step, Act::kDo, now);
  const documents::ProcedureStep& planned = plan.procedure.steps[step];
  for (const std::string& name : planned.after)
    add_digest(out.after, last_answer(run.steps[*find_step(plan.procedure, name)].did));
  for (const std::string& name : planned.takes)
    add_given(out.given, plan, run, *find_step(plan.procedure, name));
  return out;
}

// Rests on the result that it undoes, and on the one that was undone before it.
Wanted to_undo(const Plan& plan, const Run& run, std::size_t step, TimePoint now) {
  Wanted out = wanted(plan, run, step, Act::kUndo, now);
  add_digest(out.after, last_answer(run.steps[step].did));
  const StepProgress* before = nullptr;
  for (const StepProgress& each : run.steps)
    if (each.undid.state == ActState::kDone && (before == nullptr || each.place < before->place))
      before = &each;
  if (before != nullptr) add_digest(out.after, last_answer(before->undid));
  add_given(out.given, plan, run, step);
  return out;
}

// An act that failed in its newest round is asked anew when that round's time is over.
bool is_time_for(const ActProgress& act, TimePoint now) {
  return act.state == ActState::kOpen || act.due <= now;
}

void look_again_at(Next& next, TimePoint time) {
  next.wake_at = next.wake_at ? std::min(*next.wake_at, time) : time;
}

}  // namespace

Result<Next> next(const Plan& plan, const Run& run, TimePoint now) {
  TRY(check_run(plan, run));
  Next out;
  for (const StepProgress& step : run.steps)
    for (const Act act : {Act::kDo, Act::kUndo})
      if (const ActProgress& progress = progress_of(step, act); progress.state == ActState::kAsked)
        look_again_at(out, progress.due);
  if (!run.questions.empty()) return out;

  const auto consider = [&](std::size_t step, Act act) {
    const ActProgress& progress = progress_of(run.steps[step], act);
    if (!is_time_for(progress, now))
      look_again_at(out, progress.due);
    else
      out.requests.push_back(act == Act::kDo ? to_do(plan, run, step, now) : to_undo(plan, run, step, now));
  };
  if (run.phase == Phase::kForward)
    for (const std::size_t step : steps_to_do(plan, run)) consider(step, Act::kDo);
  if (run.phase == Phase::kBackward)
    if (const auto step = step_to_undo(plan, run); step && run.steps[*step].undid.state != ActState::kAsked)
      consider(*step, Act::kUndo);
  return out;
}

}  // namespace countersign::procedure
