// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "procedure/run.h"

// How far a run has come, in the questions that `apply` and `next` both ask.
namespace countersign::procedure {

const ActProgress& progress_of(const StepProgress& step, Act act);
ActProgress& progress_of(StepProgress& step, Act act);
// What the plan says of an act; an undo exists where it is asked for.
const documents::PlannedAct& planned_act(const Plan& plan, std::size_t step, Act act);

// Rounds that may be asked in all.
std::int64_t most_rounds(const Plan& plan, std::size_t step, Act act, const ActProgress& progress);
// Refused or silent, and no round is left.
bool has_failed(const Plan& plan, std::size_t step, Act act, const ActProgress& progress);
// Done, or passed over: what waits for it may begin.
bool is_over(const StepProgress& step);
bool has_question(const Run& run, std::size_t step, Act act);

// Which steps may be asked now to be done, in a run that goes forward.
std::vector<std::size_t> steps_to_do(const Plan& plan, const Run& run);
// Which step is undone next, in a run that goes backward: the one that was done last of those that can be and
// have not been. None while a step's answer is still waited for, and none when all is undone.
std::optional<std::size_t> step_to_undo(const Plan& plan, const Run& run);
// Whether an answer is still waited for.
bool awaits_an_answer(const Run& run, Act act);
// Whether the step behind which nothing is undone was done, or may have been.
bool is_past_return(const Plan& plan, const Run& run);

}  // namespace countersign::procedure
