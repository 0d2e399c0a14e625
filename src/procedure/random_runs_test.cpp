// SPDX-License-Identifier: Apache-2.0
// Thousands of procedures that nobody thought of, in worlds in which services do what they should not and the
// program that runs them ends at any instant. Seeds are fixed; a failure names its own.
#include <map>
#include <random>

#include "procedure/course.h"
#include "procedure/procedure_world.h"
#include "procedure/run_document.h"

namespace countersign::procedure {
namespace {

using documents::Otherwise;
using documents::PlannedAct;
using documents::ProcedureStep;

using Chance = std::mt19937_64;

bool happens(Chance& chance, int percent) {
  return static_cast<int>(chance() % 100) < percent;
}
std::size_t below(Chance& chance, std::size_t most) {
  return chance() % most;
}

// A procedure without faults: steps wait for earlier ones, and what follows from the point of no return
// holds.
documents::Procedure draw_procedure(Chance& chance) {
  documents::Procedure procedure = documents::sample_procedure();
  const std::size_t count = 1 + below(chance, 7);
  procedure.steps.clear();
  for (std::size_t i = 0; i < count; ++i) {
    ProcedureStep step;
    step.name = "step-" + std::to_string(i);
    step.service = procedure.services[below(chance, procedure.services.size())].name;
    step.act = {"do", Seconds(10 + below(chance, 500)), 1 + static_cast<std::int64_t>(below(chance, 3))};
    step.undo =
        PlannedAct{"undo", Seconds(10 + below(chance, 500)), 1 + static_cast<std::int64_t>(below(chance, 3))};
    for (std::size_t before = 0; before < i; ++before)
      if (happens(chance, 30)) step.after.push_back("step-" + std::to_string(before));
    step.needs = {};
    step.otherwise = std::array{Otherwise::kUndo, Otherwise::kUndo, Otherwise::kPerson,
                                Otherwise::kGoOn}[below(chance, 4)];
    procedure.steps.push_back(std::move(step));
  }
  for (ProcedureStep& step : procedure.steps)
    if (step.service == "card") step.needs = {documents::Need::kAmount};
  std::erase_if(procedure.services, [&](const documents::ProcedureService& service) {
    return std::ranges::find(procedure.steps, service.name, &ProcedureStep::service) == procedure.steps.end();
  });
  procedure.point_of_no_return.clear();
  if (happens(chance, 60)) {
    const std::size_t point = below(chance, count);
    procedure.point_of_no_return = procedure.steps[point].name;
    const auto before = documents::steps_before(procedure, point);
    for (std::size_t i = 0; i < count; ++i) {
      ProcedureStep& step = procedure.steps[i];
      const bool is_behind = documents::steps_before(procedure, i).contains(point);
      if (i == point && step.otherwise == Otherwise::kGoOn) step.otherwise = Otherwise::kUndo;
      if (i != point && !before.contains(i) && step.otherwise == Otherwise::kUndo)
        step.otherwise = Otherwise::kPerson;
      if ((i == point || is_behind) && happens(chance, 60)) step.undo.reset();
    }
  }
  return procedure;
}

// A service's own books: what it did under each key, once, whatever it says of it.
struct Books {
  std::map<std::string, int> effects;  // by subject, step and act
  std::map<std::string, Outcome> decided;
};

struct Character {
  int refuses = 0, is_silent = 0, is_late = 0, answers_twice = 0, differs = 0, has_no_effect = 0;
};

Character draw_character(Chance& chance) {
  if (happens(chance, 30)) return {};  // all goes well
  return {static_cast<int>(below(chance, 40)), static_cast<int>(below(chance, 40)),
          static_cast<int>(below(chance, 40)), static_cast<int>(below(chance, 30)),
          static_cast<int>(below(chance, 12)), static_cast<int>(below(chance, 12))};
}

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed)
      : chance_(seed),
        plan_(plan_of(draw_procedure(chance_))),
        character_(draw_character(chance_)),
        crashes_(happens(chance_, 50) ? 25 : 0),
        run_(begin_run(plan_, ground_of(kFirst))) {}

  // Until nothing is asked, answered or waited for any more.
  void go() {
    for (int turn = 0; turn < 4000; ++turn) {
      crash();
      if (makes_requests() || delivers()) continue;
      if (happens(chance_, 2) && cancels()) continue;
      const Next upcoming = next(plan_, run_, now_).value();
      if (!upcoming.wake_at) return;
      now_ = std::max(now_ + Seconds(1), *upcoming.wake_at);
      ASSERT_TRUE(apply(plan_, run_, TimeCame{}, now_));
      check_always();
    }
    FAIL() << "it never ends";
  }

  // A person decides something about each open question, until there are none.
  void have_persons_decide() {
    for (int turn = 0; turn < 400 && !run_.questions.empty(); ++turn) {
      const Question question = run_.questions[below(chance_, run_.questions.size())];
      const auto decision = std::array{Decision::kAskAgain, Decision::kSettled, Decision::kStands,
                                       Decision::kTakeBack}[below(chance_, 4)];
      const bool taken = apply(plan_, run_, Decided{question.step, question.act, decision}, now_).has_value();
      if (!taken && turn > 200) {
        ASSERT_TRUE(apply(plan_, run_, Decided{question.step, question.act, Decision::kSettled}, now_));
      }
      check_always();
      go();
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  // What is left when nothing moves: complete, taken back, or a person is asked, with a reason.
  void check_end() const {
    const RunState state = state_of(run_);
    EXPECT_TRUE(state == RunState::kComplete || state == RunState::kTakenBack || state == RunState::kAsking)
        << state_name(state) << " " << as_text(write_run(run_));
    if (state == RunState::kAsking) {
      EXPECT_FALSE(run_.questions.empty());
    }
    if (state == RunState::kComplete) {
      EXPECT_TRUE(std::ranges::all_of(run_.steps, is_over));
    }
    if (state == RunState::kTakenBack)
      for (std::size_t i = 0; i < run_.steps.size(); ++i)
        if (plan_.procedure.steps[i].undo && run_.steps[i].place != 0) {
          EXPECT_EQ(run_.steps[i].undid.state, ActState::kDone);
        }
    for (const auto& [key, count] : books_.effects) EXPECT_LE(count, 1) << key;
    check_order_of_undoing();
  }

  const Run& run() const { return run_; }
  RunState state() const { return state_of(run_); }

  // The way back of what is complete.
  void reverse() {
    const Run first = run_;
    auto reversal = begin_reversal(plan_, first, {}, ground_of(kSecond, 1000));
    ASSERT_TRUE(reversal) << reversal.error().detail;
    run_ = std::move(reversal).value();
    undone_.clear();
    go();
  }

 private:
  struct Letter {
    StepResult result;
    TimePoint arrives;
  };

  // The program ends and begins again with what it stored.
  void crash() {
    if (!happens(chance_, crashes_)) return;
    run_ = parse_run(write_run(run_)).value();
  }

  bool makes_requests() {
    const Next upcoming = next(plan_, run_, now_).value();
    for (const Wanted& wanted : upcoming.requests) {
      if (happens(chance_, crashes_)) return true;  // ended before the request was stored: it is wanted again
      const Asked asked{wanted.step, wanted.of.act, wanted.of.round,
                        digest_of(documents::event_id(wanted.of))};
      const auto taken = apply(plan_, run_, asked, now_);
      EXPECT_TRUE(taken) << taken.error().detail;
      if (!taken) return false;
      EXPECT_TRUE(requested_.insert(documents::event_id(wanted.of)).second) << "asked twice in one round";
      EXPECT_FALSE(done_.contains(effect_of(wanted.of))) << "asked for what it was told is done";
      note_undo(wanted);
      serve(wanted.of);
      if (happens(chance_, 20)) serve(wanted.of);  // delivered twice: at least once is what is promised
      check_always();
    }
    return !upcoming.requests.empty();
  }

  void note_undo(const Wanted& wanted) {
    if (wanted.of.act != Act::kUndo) return;
    EXPECT_TRUE(plan_.procedure.steps[wanted.step].undo) << "undone although it cannot be";
    if (wanted.of.round == 1) undone_.push_back(wanted.step);
    for (const StepProgress& step : run_.steps)
      EXPECT_NE(step.did.state, ActState::kAsked) << "undone too early";
  }

  static std::string effect_of(const documents::StepRound& of) {
    return of.subject + "/" + of.step + "/" + std::string(documents::act_name(of.act));
  }

  // The service takes a request: decides once for each key, and says so sooner or later, or never, or twice.
  void serve(const documents::StepRound& of) {
    const std::string key = effect_of(of);
    const bool decided = books_.decided.contains(key) && books_.decided[key] != Outcome::kRefused;
    if (!decided) {
      const std::string done_key = of.subject + "/" + of.step + "/do";
      Outcome outcome = happens(chance_, character_.refuses) ? Outcome::kRefused : Outcome::kDone;
      if (outcome == Outcome::kDone && of.act == Act::kUndo && run_.reverses.empty() &&
          !books_.effects.contains(done_key))
        outcome = Outcome::kNothing;
      if (outcome == Outcome::kDone) ++books_.effects[key];
      books_.decided[key] = outcome;
    }
    if (happens(chance_, character_.is_silent)) return;
    StepResult result = result_of(of, books_.decided[key]);
    if (happens(chance_, character_.has_no_effect)) result.amount = Amount{1, "KRW"};
    if (result.outcome != Outcome::kDone) result.amount.reset();
    const Seconds delay(happens(chance_, character_.is_late) ? 2000 : below(chance_, 9));
    letters_.push_back({result, now_ + delay});
    if (happens(chance_, character_.answers_twice)) letters_.push_back({result, now_ + delay + Seconds(1)});
    if (!happens(chance_, character_.differs)) return;
    result = result_of(of, result.outcome == Outcome::kDone ? Outcome::kRefused : Outcome::kDone);
    letters_.push_back({result, now_ + delay + Seconds(1)});
  }

  StepResult result_of(const documents::StepRound& of, Outcome outcome) const {
    const ProcedureStep& planned = plan_.procedure.steps[*documents::find_step(plan_.procedure, of.step)];
    const documents::ProcedureService& service = documents::service_of(plan_.procedure, planned);
    StepResult out{.service = service.subject,
                   .time = now_,
                   .of = of,
                   .request = digest_of(documents::event_id(of)),
                   .after = {},
                   .outcome = outcome,
                   .code = {},
                   .reference = {},
                   .amount = {},
                   .details = {}};
    if (outcome == Outcome::kRefused) out.code = "declined";
    if (outcome == Outcome::kDone) {
      out.reference = of.step;
      if (service.kind == documents::kChargingKind) out.amount = run_.ground.amount;
    }
    return out;
  }

  // One letter that is due, in whatever order.
  bool delivers() {
    std::vector<std::size_t> due;
    TimePoint earliest = TimePoint::max();
    for (std::size_t i = 0; i < letters_.size(); ++i) {
      if (letters_[i].arrives <= now_) due.push_back(i);
      earliest = std::min(earliest, letters_[i].arrives);
    }
    if (due.empty()) {
      // What arrives before the next deadline arrives first; what comes after the end comes at last.
      const auto wake = next(plan_, run_, now_).value().wake_at;
      if (letters_.empty() || (wake && *wake < earliest)) return false;
      now_ = earliest;
      return true;
    }
    const std::size_t chosen = due[below(chance_, due.size())];
    const StepResult result = letters_[chosen].result;
    letters_.erase(letters_.begin() + static_cast<std::ptrdiff_t>(chosen));
    const Sha256Digest digest =
        digest_of(documents::event_id(result.of) + std::string(documents::outcome_name(result.outcome)));
    if (result.of.subject != run_.ground.confirmation) {
      EXPECT_FALSE(apply(plan_, run_, Answered{result, digest}, now_)) << "of another transaction";
      return true;
    }
    const auto taken = apply(plan_, run_, Answered{result, digest}, now_);
    EXPECT_TRUE(taken) << taken.error().detail;
    if (taken && taken.value() != Reception::kContradiction && result.outcome != Outcome::kRefused)
      done_.insert(effect_of(result.of));
    if (happens(chance_, 20)) {
      EXPECT_NE(apply(plan_, run_, Answered{result, digest}, now_).value(), Reception::kTaken)
          << "taken twice";
    }
    check_always();
    return true;
  }

  bool cancels() {
    const auto taken = apply(plan_, run_, Cancelled{ground_of(kThird)}, now_);
    return taken && taken.value() == Reception::kTaken;
  }

  void check_always() const {
    const Bytes stored = write_run(run_);
    const auto read = parse_run(stored);
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_EQ(write_run(read.value()), stored);
    for (std::size_t i = 0; i < run_.steps.size(); ++i) {
      if (!plan_.procedure.steps[i].undo) {
        ASSERT_TRUE(run_.steps[i].undid.rounds.empty());
      }
      if (run_.phase == Phase::kBackward && run_.reverses.empty() && run_.questions.empty() &&
          !plan_.procedure.point_of_no_return.empty() &&
          plan_.procedure.steps[i].name == plan_.procedure.point_of_no_return) {
        const auto& rounds = run_.steps[i].did.rounds;
        const bool first_word_was_refusal =
            std::ranges::all_of(rounds, [](const Round& round) { return round.answer.has_value(); });
        ASSERT_TRUE(first_word_was_refusal || run_.steps[i].did.by_hand)
            << "turned back past the point of no return";
      }
    }
  }

  // Steps were undone in the reverse of the order in which they were done: a later place is undone first.
  // What turned out to have been done only on the way back is left out.
  void check_order_of_undoing() const {
    for (std::size_t i = 1; i < undone_.size(); ++i) {
      const std::int64_t before = run_.steps[undone_[i - 1]].place, after = run_.steps[undone_[i]].place;
      if (before == 0 || after == 0) continue;
      if (came_late(undone_[i])) continue;
      EXPECT_GT(before, after) << "step " << undone_[i] << " after " << undone_[i - 1];
    }
  }
  bool came_late(std::size_t step) const {
    return run_.steps[step].did.by_hand ||
           std::ranges::any_of(run_.steps[step].did.rounds, [](const Round& round) {
             return round.answer && round.answer->outcome == Outcome::kRefused;
           });
  }

  Chance chance_;
  Plan plan_;
  Character character_;
  int crashes_;
  Run run_;
  TimePoint now_ = parse_time("2026-11-22T08:31:00Z").value();
  std::vector<Letter> letters_;
  Books books_;
  std::set<std::string> requested_;
  std::set<std::string> done_;  // effects that the run was told of
  std::vector<std::size_t> undone_;
};

TEST(RandomRuns, EndCompleteTakenBackOrWithAPersonAskedAndNothingIsDoneTwice) {
  std::map<RunState, int> ends;
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld world(seed);
    world.go();
    world.check_end();
    ++ends[world.state()];
    if (HasFailure()) return;
  }
  for (const RunState state : {RunState::kComplete, RunState::kTakenBack, RunState::kAsking})
    EXPECT_GT(ends[state], 100) << state_name(state);
}

TEST(RandomRuns, EndWhateverPersonsDecide) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld world(seed);
    world.go();
    world.have_persons_decide();
    world.check_end();
    EXPECT_NE(world.state(), RunState::kAsking);
    if (HasFailure()) return;
  }
}

TEST(RandomRuns, AreTakenBackAsFarAsItGoes) {
  int reversed = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld world(seed);
    world.go();
    if (world.state() != RunState::kComplete) continue;
    world.reverse();
    world.check_end();
    ++reversed;
    if (HasFailure()) return;
  }
  EXPECT_GT(reversed, 200);
}

}  // namespace
}  // namespace countersign::procedure
