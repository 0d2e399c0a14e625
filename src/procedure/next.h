// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "procedure/run.h"

namespace countersign::procedure {

// Wanted is a request that is to be made: what documents::StepRequest needs beyond names and fields. Once its
// event is made, `apply` is told of it (Asked), in the transaction that stores both.
struct Wanted {
  documents::StepRound of;
  std::size_t step = 0;
  TimePoint answer_by;
  std::vector<Sha256Digest> after;
  std::vector<documents::GivenResult> given;
};

struct Next {
  std::vector<Wanted> requests;
  std::optional<TimePoint> wake_at;  // when `apply` is to be told that time has come, and `next` asked again
};

// next says what is to be asked now, and when to look again. It changes nothing: until the run is told
// otherwise it says the same again. Errors of check_run.
Result<Next> next(const Plan& plan, const Run& run, TimePoint now);

}  // namespace countersign::procedure
