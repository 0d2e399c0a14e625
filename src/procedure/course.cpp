// SPDX-License-Identifier: Apache-2.0
#include "procedure/course.h"

#include <algorithm>

namespace countersign::procedure {

const ActProgress& progress_of(const StepProgress& step, Act act) {
  return act == Act::kDo ? step.did : step.undid;
}

ActProgress& progress_of(StepProgress& step, Act act) {
  return act == Act::kDo ? step.did : step.undid;
}

const documents::PlannedAct& planned_act(const Plan& plan, std::size_t step, Act act) {
  const documents::ProcedureStep& planned = plan.procedure.steps[step];
  return act == Act::kDo ? planned.act : *planned.undo;
}

std::int64_t most_rounds(const Plan& plan, std::size_t step, Act act, const ActProgress& progress) {
  return std::min(planned_act(plan, step, act).rounds + progress.granted, documents::kMostRounds);
}

bool has_failed(const Plan& plan, std::size_t step, Act act, const ActProgress& progress) {
  if (progress.state != ActState::kRefused && progress.state != ActState::kSilent) return false;
  return static_cast<std::int64_t>(progress.rounds.size()) >= most_rounds(plan, step, act, progress);
}

bool is_over(const StepProgress& step) {
  return step.did.state == ActState::kDone || step.passed;
}

bool has_question(const Run& run, std::size_t step, Act act) {
  return std::ranges::any_of(run.questions,
                             [&](const Question& each) { return each.step == step && each.act == act; });
}

bool awaits_an_answer(const Run& run, Act act) {
  return std::ranges::any_of(run.steps, [act](const StepProgress& step) {
    return progress_of(step, act).state == ActState::kAsked;
  });
}

std::vector<std::size_t> steps_to_do(const Plan& plan, const Run& run) {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    const StepProgress& step = run.steps[i];
    if (is_over(step) || step.did.state == ActState::kAsked || has_failed(plan, i, Act::kDo, step.did))
      continue;
    const bool may_begin = std::ranges::all_of(plan.procedure.steps[i].after, [&](const std::string& name) {
      return is_over(run.steps[*documents::find_step(plan.procedure, name)]);
    });
    if (may_begin) ready.push_back(i);
  }
  return ready;
}

std::optional<std::size_t> step_to_undo(const Plan& plan, const Run& run) {
  if (awaits_an_answer(run, Act::kDo)) return std::nullopt;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    const StepProgress& step = run.steps[i];
    if (step.place == 0 || !plan.procedure.steps[i].undo || step.undid.state == ActState::kDone) continue;
    if (!last || step.place > run.steps[*last].place) last = i;
  }
  return last;
}

bool is_past_return(const Plan& plan, const Run& run) {
  if (plan.procedure.point_of_no_return.empty()) return false;
  const std::size_t point = *documents::find_step(plan.procedure, plan.procedure.point_of_no_return);
  return run.steps[point].place != 0 || run.steps[point].did.state == ActState::kAsked;
}

}  // namespace countersign::procedure
