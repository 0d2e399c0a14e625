// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/event.h"
#include "documents/procedure.h"

namespace countersign::procedure {

using documents::Act;

// Plan is a procedure without faults, with the digest by which its runs name it.
struct Plan {
  documents::Procedure procedure;
  Sha256Digest digest{};
};
// Errors as of documents::parse_procedure.
Result<Plan> read_plan(BytesView json);

// Ground is the confirmation that a run is of.
struct Ground {
  std::string confirmation;  // its id
  Sha256Digest digest{};     // SHA-256 of its JSON
  Amount amount;             // its total; of a reversal what is given back
  friend bool operator==(const Ground&, const Ground&) = default;
};

// Answer is what a service said to one round.
struct Answer {
  Sha256Digest digest{};  // of its event
  documents::Outcome outcome = documents::Outcome::kRefused;
  std::string code, reference;
  std::optional<Amount> amount;
  std::vector<documents::Detail> details;
};
// Whether two answers say the same; their digests may differ, since a service may have signed twice.
bool say_the_same(const Answer& a, const Answer& b);

struct Round {
  Sha256Digest request{};  // of its event
  std::optional<Answer> answer;
};

enum class ActState {
  kOpen,     // never asked
  kAsked,    // asked, and still in time
  kRefused,  // by the newest round
  kSilent,   // nobody answered the newest round in time: it may have been done
  kDone,     // by a service, or by a person
};
std::string_view state_name(ActState state);

struct ActProgress {
  ActState state = ActState::kOpen;
  TimePoint due{};            // of the newest round
  std::vector<Round> rounds;  // 1, 2 …
  std::int64_t granted = 0;   // rounds beyond the planned ones, by a person's word
  bool by_hand = false;       // done by a person's word
};
// The answer by which it is done: the first that said so. Null where there is none.
const Answer* accepted_answer(const ActProgress& act);

struct StepProgress {
  ActProgress did, undid;
  std::int64_t place = 0;  // 1, 2 …: when it was done, or may have been; 0 as long as it surely was not
  bool passed = false;     // passed over after it failed
};

// Why a person is asked.
enum class Reason {
  kRefused,        // and the procedure knows no further
  kSilent,         // nobody answered in time: whether it was done is not known
  kContradiction,  // two answers that exclude each other
  kWrongAmount,    // done, but over another amount than was asked for
  kNoEffect,       // said to be done before, and when it was to be undone there was nothing
};
std::string_view reason_name(Reason reason);  // "no_effect"

// Question waits for a person. As long as there is one, nothing new is asked of anybody.
struct Question {
  std::size_t step = 0;
  Act act = Act::kDo;
  Reason reason = Reason::kRefused;
  TimePoint since;
  friend bool operator==(const Question&, const Question&) = default;
};

enum class Phase { kForward, kBackward, kComplete, kTakenBack };

// Run is the procedure of one confirmation, or of one reversal, as far as it has come. A value: whoever keeps
// it stores it whole (run_document.h). It is changed by `apply` alone.
struct Run {
  Ground ground;
  Sha256Digest procedure{};
  std::string reverses;             // of a reversal: the confirmation that it takes back
  std::optional<Ground> cancelled;  // by which confirmation it was cancelled while it ran
  Phase phase = Phase::kForward;
  std::vector<StepProgress> steps;  // as in the procedure
  std::vector<Question> questions;  // open ones
};

// RunState is what others are shown.
enum class RunState { kGoing, kTakingBack, kAsking, kComplete, kTakenBack };
RunState state_of(const Run& run);
std::string_view state_name(RunState state);  // "taking_back"

// begin_run begins what follows from a confirmation.
Run begin_run(const Plan& plan, const Ground& ground);

// begin_reversal begins the way back of a run that is complete, for the whole or a part of its amount: in
// reverse order of completion, leaving out what cannot be undone. `earlier` are all reversals of it so far.
// kConflict for a run of another procedure, one that is not complete, or while an earlier reversal is not
// over; kAmountMismatch for more than is left, another currency, or nothing.
Result<Run> begin_reversal(const Plan& plan, const Run& first, const std::vector<Run>& earlier,
                           const Ground& ground);

// check_run demands that a run is of this plan (kConflict).
Result<void> check_run(const Plan& plan, const Run& run);

}  // namespace countersign::procedure
