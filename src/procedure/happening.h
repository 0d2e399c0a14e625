// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "procedure/run.h"

// What may happen to a run. Whatever comes in, and in whichever order, twice or late, leaves it consistent.
namespace countersign::procedure {

// Asked: the event of a request that `next` wanted was made. It counts from here on, also if the program ends
// before it is sent.
struct Asked {
  std::size_t step = 0;
  Act act = Act::kDo;
  std::int64_t round = 1;
  Sha256Digest request{};  // digest of the event
};

// Answered: a result that was verified and compared with its request (documents::check_answers).
struct Answered {
  documents::StepResult result;
  Sha256Digest digest{};
};

// TimeCame: it is as late as `now` says.
struct TimeCame {};

// What a person may decide about a step that there is a question about.
enum class Decision {
  kAskAgain,  // the service once more: where it refused or was silent
  kSettled,   // it was done, by hand or after all
  kStands,    // what is known of it holds, whatever was said besides
  kTakeBack,  // everything is undone, where that is possible still
};
struct Decided {
  std::size_t step = 0;
  Act act = Act::kDo;
  Decision decision = Decision::kSettled;
};

// Cancelled: merchant and purchaser took the order back while its run went on, confirmed by this.
struct Cancelled {
  Ground ground;
};

using Happening = std::variant<Asked, Answered, TimeCame, Decided, Cancelled>;

// What became of it.
enum class Reception {
  kTaken,
  kRepeated,       // known already: nothing changed
  kLate,           // an answer of a round that was given up: it counts all the same
  kContradiction,  // kept beside what it contradicts, and a person is asked
};

// apply takes what happened into the run. On an error the run is as it was: kConflict for another procedure
// or transaction, for a request that was not wanted or was made differently, a decision that nobody asked
// for, a way back that is closed; kForbidden for the answer of another service; kNotFound for an answer to
// what was never asked.
Result<Reception> apply(const Plan& plan, Run& run, const Happening& happening, TimePoint now);

}  // namespace countersign::procedure
