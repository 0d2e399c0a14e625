// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/procedure_samples.h"
#include "procedure/happening.h"
#include "procedure/next.h"

// For tests: a run with what moves it by hand.
namespace countersign::procedure {

using documents::Outcome;
using documents::StepResult;

inline constexpr std::string_view kFirst = "f3d1c2b4-5a69-4788-9abc-def012345678";
inline constexpr std::string_view kSecond = "0d2f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6";
inline constexpr std::string_view kThird = "1e3f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6";

inline Plan plan_of(const documents::Procedure& procedure) {
  return read_plan(documents::write_procedure(procedure).value()).value();
}

inline Sha256Digest digest_of(std::string_view text) {
  return documents::event_digest(as_bytes(text));
}

inline Ground ground_of(std::string_view confirmation, std::int64_t amount = 62000) {
  return {std::string(confirmation), digest_of(confirmation), {amount, "KRW"}};
}

// Moves one run: asks what `next` wants, answers as the test says, and lets time pass.
class RunWorld {
 public:
  explicit RunWorld(const documents::Procedure& procedure = documents::sample_procedure())
      : plan(plan_of(procedure)), run(begin_run(plan, ground_of(kFirst))) {}

  Plan plan;
  Run run;
  TimePoint now = parse_time("2026-11-22T08:31:00Z").value();
  std::vector<std::string> asked;  // "charge", "charge/undo", "invoice/2"

  std::size_t step(std::string_view name) const { return documents::find_step(plan.procedure, name).value(); }

  // Makes all requests that are wanted now.
  void ask() {
    const Next upcoming = next(plan, run, now).value();
    for (const Wanted& wanted : upcoming.requests) {
      const Asked request{wanted.step, wanted.of.act, wanted.of.round,
                          digest_of(documents::event_id(wanted.of))};
      const auto taken = apply(plan, run, request, now);
      ASSERT_TRUE(taken) << taken.error().detail;
      std::string line = wanted.of.step;
      if (wanted.of.act == Act::kUndo) line += "/undo";
      if (wanted.of.round > 1) line += "/" + std::to_string(wanted.of.round);
      asked.push_back(std::move(line));
      requests.push_back(wanted);
    }
  }

  StepResult result(std::string_view name, Act act, Outcome outcome, std::int64_t round = 1) const {
    const documents::ProcedureStep& planned = plan.procedure.steps[step(name)];
    const documents::ProcedureService& service = documents::service_of(plan.procedure, planned);
    const documents::StepRound of{
        run.ground.confirmation, run.ground.digest, run.procedure, std::string(name), act, round};
    StepResult out{.service = service.subject,
                   .time = now,
                   .of = of,
                   .request = digest_of(documents::event_id(of)),
                   .after = {},
                   .outcome = outcome,
                   .code = outcome == Outcome::kRefused ? "declined" : "",
                   .reference = outcome == Outcome::kDone ? std::string(name) + "-1" : "",
                   .amount = {},
                   .details = {}};
    if (outcome == Outcome::kDone && service.kind == documents::kChargingKind) out.amount = run.ground.amount;
    return out;
  }
  Result<Reception> tell(const StepResult& result) {
    return apply(plan, run, Answered{result, digest_of(text_of(result))}, now);
  }
  Result<Reception> answer(std::string_view name, Act act, Outcome outcome, std::int64_t round = 1) {
    return tell(result(name, act, outcome, round));
  }
  // Asks, and has all of these done.
  void do_all(std::initializer_list<std::string_view> names, Act act = Act::kDo) {
    for (const std::string_view name : names) {
      ask();
      const auto taken = answer(name, act, Outcome::kDone);
      ASSERT_TRUE(taken) << name << ": " << taken.error().detail;
    }
    ask();
  }
  void wait(Seconds time) {
    now += time;
    ASSERT_TRUE(apply(plan, run, TimeCame{}, now));
    ask();
  }
  Result<Reception> decide(std::string_view name, Act act, Decision decision) {
    return apply(plan, run, Decided{step(name), act, decision}, now);
  }
  RunState state() const { return state_of(run); }
  Reason reason() const { return run.questions.at(0).reason; }

  std::vector<Wanted> requests;

 private:
  static std::string text_of(const StepResult& result) {
    return documents::event_id(result.of) + std::string(documents::outcome_name(result.outcome)) +
           result.reference + result.code + format_time(result.time) +
           (result.amount ? std::to_string(result.amount->minor_units) : std::string());
  }
};

}  // namespace countersign::procedure
