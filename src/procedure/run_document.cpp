// SPDX-License-Identifier: Apache-2.0
#include "procedure/run_document.h"

#include <array>

#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::procedure {
namespace {

using documents::ObjectReader;
using documents::Outcome;

constexpr documents::JsonLimits kRunLimits{.bytes = kMaxRun, .depth = 9, .members = 400'000};
constexpr std::size_t kMaxWord = 200;
constexpr std::size_t kMostQuestions = 512;

constexpr std::array kPhases{std::pair{Phase::kForward, std::string_view("forward")},
                             std::pair{Phase::kBackward, std::string_view("backward")},
                             std::pair{Phase::kComplete, std::string_view("complete")},
                             std::pair{Phase::kTakenBack, std::string_view("taken-back")}};
constexpr std::array kStates{ActState::kOpen, ActState::kAsked, ActState::kRefused, ActState::kSilent,
                             ActState::kDone};
constexpr std::array kReasons{Reason::kRefused, Reason::kSilent, Reason::kContradiction, Reason::kWrongAmount,
                              Reason::kNoEffect};
constexpr std::array kOutcomes{Outcome::kDone, Outcome::kNothing, Outcome::kRefused};

// Microseconds: a deadline must not move by being stored.
std::int64_t microseconds_of(TimePoint time) {
  return time.time_since_epoch().count();
}

Result<TimePoint> read_moment(ObjectReader& reader, std::string_view member) {
  TRY(const std::int64_t since_epoch, reader.integer(member, 0, kLargestInteger));
  return TimePoint(TimePoint::duration(since_epoch));
}

template <typename Known, typename Name>
auto read_choice(ObjectReader& reader, std::string_view member, const Known& known, Name name)
    -> Result<typename Known::value_type> {
  TRY(const std::string text, reader.text(member, kMaxWord));
  for (const auto& each : known)
    if (name(each) == text) return each;
  return fail(ErrorCode::kUnsupported, "run." + std::string(member) + ": not known");
}

// --- writing

boost::json::object write_ground(const Ground& ground) {
  return {{"confirmation", ground.confirmation},
          {"digest", hex_encode(ground.digest)},
          {"amount", documents::write_amount(ground.amount)}};
}

boost::json::object write_answer(const Answer& answer) {
  boost::json::object object;
  object["digest"] = hex_encode(answer.digest);
  object["outcome"] = boost::json::string_view(documents::outcome_name(answer.outcome));
  object["code"] = documents::text_or_null(answer.code);
  object["reference"] = documents::text_or_null(answer.reference);
  object["amount"] = nullptr;
  if (answer.amount) object["amount"] = documents::write_amount(*answer.amount);
  object["details"] = documents::write_details(answer.details);
  return object;
}

boost::json::object write_act(const ActProgress& act) {
  boost::json::object object;
  object["state"] = boost::json::string_view(state_name(act.state));
  object["due"] = microseconds_of(act.due);
  object["granted"] = act.granted;
  object["byHand"] = act.by_hand;
  boost::json::array rounds;
  for (const Round& round : act.rounds) {
    boost::json::object each{{"request", hex_encode(round.request)}, {"answer", nullptr}};
    if (round.answer) each["answer"] = write_answer(*round.answer);
    rounds.push_back(std::move(each));
  }
  object["rounds"] = std::move(rounds);
  return object;
}

// --- reading

Result<Ground> read_ground(ObjectReader ground) {
  Ground out;
  TRY(out.confirmation, documents::read_uuid(ground, "confirmation", '4'));
  TRY(out.digest, ground.digest("digest"));
  TRY(ObjectReader amount, ground.object("amount"));
  TRY(out.amount, documents::read_whole_amount(std::move(amount)));
  TRY(ground.finish());
  return out;
}

Result<Answer> read_answer(ObjectReader& reader) {
  Answer answer;
  TRY(answer.digest, reader.digest("digest"));
  TRY(answer.outcome, read_choice(reader, "outcome", kOutcomes, documents::outcome_name));
  TRY(answer.code, reader.text_or_null("code", kMaxWord));
  TRY(answer.reference, reader.text_or_null("reference", kMaxWord));
  TRY(std::optional<ObjectReader> amount, reader.object_or_null("amount"));
  if (amount) {
    TRY(answer.amount, documents::read_whole_amount(std::move(*amount)));
  }
  TRY(answer.details, documents::read_details(reader));
  TRY(reader.finish());
  return answer;
}

Result<Round> read_round(ObjectReader& reader) {
  Round round;
  TRY(round.request, reader.digest("request"));
  TRY(std::optional<ObjectReader> answer, reader.object_or_null("answer"));
  if (answer) {
    TRY(round.answer, read_answer(*answer));
  }
  TRY(reader.finish());
  return round;
}

Result<ActProgress> read_act(ObjectReader& step, std::string_view member) {
  TRY(ObjectReader reader, step.object(member));
  ActProgress act;
  const auto name = [](ActState state) { return state_name(state); };
  TRY(act.state, read_choice(reader, "state", kStates, name));
  TRY(act.due, read_moment(reader, "due"));
  TRY(act.granted, reader.integer("granted", 0, documents::kMostRounds));
  TRY(act.by_hand, reader.boolean("byHand"));
  TRY(std::vector<ObjectReader> rounds, reader.objects("rounds", documents::kMostRounds));
  for (ObjectReader& each : rounds) {
    TRY(Round round, read_round(each));
    act.rounds.push_back(std::move(round));
  }
  TRY(reader.finish());
  if ((act.state == ActState::kOpen) != act.rounds.empty() && !act.by_hand)
    return fail(ErrorCode::kMalformed,
                "run." + std::string(member) + ": its state is not that of its rounds");
  return act;
}

Result<StepProgress> read_step(ObjectReader& reader) {
  StepProgress step;
  TRY(step.did, read_act(reader, "did"));
  TRY(step.undid, read_act(reader, "undid"));
  TRY(step.place, reader.integer("place", 0, kLargestInteger));
  TRY(step.passed, reader.boolean("passed"));
  TRY(reader.finish());
  return step;
}

Result<Question> read_question(ObjectReader& reader, std::size_t steps) {
  if (steps == 0) return fail(ErrorCode::kMalformed, "run.questions: of no step");
  Question question;
  TRY(const std::int64_t step, reader.integer("step", 0, static_cast<std::int64_t>(steps) - 1));
  question.step = static_cast<std::size_t>(step);
  TRY(question.act, read_choice(reader, "act", std::array{Act::kDo, Act::kUndo}, documents::act_name));
  TRY(question.reason, read_choice(reader, "reason", kReasons, reason_name));
  TRY(question.since, read_moment(reader, "since"));
  TRY(reader.finish());
  return question;
}

Result<std::string> read_reverses(ObjectReader& reader) {
  TRY(std::string reverses, reader.text_or_null("reverses", kMaxWord));
  if (!reverses.empty() && !documents::is_uuid(reverses, '4'))
    return fail(ErrorCode::kMalformed, "run.reverses: not a lower-case UUID of version 4");
  return reverses;
}

}  // namespace

Bytes write_run(const Run& run) {
  boost::json::object object = documents::begin_document("run");
  object["ground"] = write_ground(run.ground);
  object["procedure"] = hex_encode(run.procedure);
  object["reverses"] = documents::text_or_null(run.reverses);
  object["cancelled"] = nullptr;
  if (run.cancelled) object["cancelled"] = write_ground(*run.cancelled);
  for (const auto& [phase, name] : kPhases)
    if (phase == run.phase) object["phase"] = boost::json::string_view(name);
  boost::json::array steps;
  for (const StepProgress& step : run.steps)
    steps.push_back(boost::json::object{{"did", write_act(step.did)},
                                        {"undid", write_act(step.undid)},
                                        {"place", step.place},
                                        {"passed", step.passed}});
  object["steps"] = std::move(steps);
  boost::json::array questions;
  for (const Question& question : run.questions)
    questions.push_back(
        boost::json::object{{"step", question.step},
                            {"act", boost::json::string_view(documents::act_name(question.act))},
                            {"reason", boost::json::string_view(reason_name(question.reason))},
                            {"since", microseconds_of(question.since)}});
  object["questions"] = std::move(questions);
  return to_bytes(documents::write_json(object));
}

Result<Run> parse_run(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "run", kRunLimits));
  TRY(reader.expect("run", 1));
  Run run;
  TRY(ObjectReader ground, reader.object("ground"));
  TRY(run.ground, read_ground(std::move(ground)));
  TRY(run.procedure, reader.digest("procedure"));
  TRY(run.reverses, read_reverses(reader));
  TRY(std::optional<ObjectReader> cancelled, reader.object_or_null("cancelled"));
  if (cancelled) {
    TRY(run.cancelled, read_ground(std::move(*cancelled)));
  }
  TRY(const auto phase, read_choice(reader, "phase", kPhases, [](const auto& each) { return each.second; }));
  run.phase = phase.first;
  TRY(std::vector<ObjectReader> steps, reader.objects("steps", documents::kMostSteps));
  for (ObjectReader& each : steps) {
    TRY(StepProgress step, read_step(each));
    run.steps.push_back(std::move(step));
  }
  TRY(std::vector<ObjectReader> questions, reader.objects("questions", kMostQuestions));
  for (ObjectReader& each : questions) {
    TRY(Question question, read_question(each, run.steps.size()));
    run.questions.push_back(question);
  }
  TRY(reader.finish());
  return run;
}

}  // namespace countersign::procedure
