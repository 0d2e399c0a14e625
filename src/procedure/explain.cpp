// SPDX-License-Identifier: Apache-2.0
#include "procedure/explain.h"

#include <algorithm>
#include <array>

namespace countersign::procedure {
namespace {

using documents::Need;
using documents::Otherwise;
using documents::Procedure;
using documents::ProcedureStep;

std::string joined(const std::vector<std::string>& parts, std::string_view last = " and ") {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) text += i + 1 == parts.size() ? std::string(last) : std::string(", ");
    text += parts[i];
  }
  return text;
}

std::string_view words_for(Need need) {
  switch (need) {
    case Need::kAmount:
      return "the amount";
    case Need::kAuthorization:
      return "the card company's authorization";
    case Need::kArticles:
      return "the articles without their prices";
    case Need::kLines:
      return "the lines with their prices";
    case Need::kDelivery:
      return "recipient and address";
    case Need::kBilling:
      return "in whose name the invoice is";
    case Need::kReferrer:
      return "who brought the purchaser";
  }
  return "";
}

std::string told_to(const ProcedureStep& step) {
  std::vector<std::string> parts;
  parts.reserve(step.needs.size() + step.takes.size());
  for (const Need need : step.needs) parts.emplace_back(words_for(need));
  for (const std::string& name : step.takes) parts.push_back("what came of " + name);
  return parts.empty() ? "nothing of the order" : joined(parts);
}

std::string times(std::int64_t rounds) {
  return rounds == 1 ? "once" : rounds == 2 ? "up to twice" : "up to " + std::to_string(rounds) + " times";
}

// What may have been done when a step fails: all that does not wait for it.
std::string undone_with(const Procedure& procedure, std::size_t step) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < procedure.steps.size(); ++i)
    if (i != step && procedure.steps[i].undo && !documents::steps_before(procedure, i).contains(step))
      parts.push_back(procedure.steps[i].name + " (" + procedure.steps[i].undo->does + ")");
  std::ranges::reverse(parts);
  return joined(parts);
}

std::string when_it_fails(const Procedure& procedure, std::size_t position) {
  const ProcedureStep& step = procedure.steps[position];
  const bool is_point = step.name == procedure.point_of_no_return;
  switch (step.otherwise) {
    case Otherwise::kGoOn:
      return "If it fails, it is passed over and the rest goes on.";
    case Otherwise::kPerson:
      return "If it fails, a person is asked.";
    case Otherwise::kUndo:
      break;
  }
  const std::string undone = undone_with(procedure, position);
  std::string text = undone.empty() ? "If it is refused, everything ends, and nothing is to be undone."
                                    : "If it is refused, everything ends, and what was done by then of " +
                                          undone + " is undone, the last first.";
  if (is_point || !step.undo) return text + " If nobody answers, it may have been done: a person is asked.";
  return text + " If nobody answers, it may have been done: it is undone too (" + step.undo->does + ").";
}

std::string describe_step(const Procedure& procedure, std::size_t position) {
  const ProcedureStep& step = procedure.steps[position];
  const documents::ProcedureService& service = documents::service_of(procedure, step);
  std::string text = std::to_string(position + 1) + ". " + step.name + ": " + step.act.does + ", by " +
                     service.name + " (" + service.kind + ", " + service.subject.text() + ")\n";
  text += step.after.empty() ? "   Begins at once.\n"
                             : "   Begins when " + joined(step.after) +
                                   (step.after.size() == 1 ? " is over.\n" : " are over.\n");
  text += "   Is told " + told_to(step) + ".\n";
  text += "   Is asked " + times(step.act.rounds) + ", with " + duration_text(step.act.deadline) +
          (step.act.rounds == 1 ? " to answer.\n" : " to answer each time.\n");
  if (step.undo)
    text += "   Is undone by " + step.undo->does + ", asked for " + times(step.undo->rounds) + ", with " +
            duration_text(step.undo->deadline) +
            " to answer. If that fails, a person is asked, and what was done before waits.\n";
  else
    text += "   Cannot be undone.\n";
  text += "   " + when_it_fails(procedure, position) + "\n";
  if (step.name == procedure.point_of_no_return)
    text += "   Is the point of no return: from when it may have been done, nothing is undone by itself.\n";
  return text;
}

std::string describe_reversal(const Procedure& procedure) {
  std::vector<std::string> can, cannot;
  for (const ProcedureStep& step : procedure.steps) (step.undo ? can : cannot).push_back(step.name);
  std::string text =
      "Once it is complete, merchant and purchaser can take it back together, in whole or in part. ";
  if (can.empty()) return text + "Nothing can be undone then.\n";
  text += "Then " + joined(can) + (can.size() == 1 ? " is" : " are") + " undone, the last first";
  if (!cannot.empty()) text += "; " + joined(cannot) + (cannot.size() == 1 ? " stays" : " stay") + " as done";
  return text + ".\n";
}

}  // namespace

std::string duration_text(Seconds time) {
  struct Unit {
    Seconds length;
    const char* name;
  };
  constexpr std::array kUnits{Unit{std::chrono::days(1), "day"}, Unit{std::chrono::hours(1), "hour"},
                              Unit{std::chrono::minutes(1), "minute"}, Unit{Seconds(1), "second"}};
  for (const Unit& unit : kUnits) {
    if (time % unit.length != Seconds(0)) continue;
    const std::int64_t count = time / unit.length;
    return std::to_string(count) + " " + unit.name + (count == 1 ? "" : "s");
  }
  return "";
}

std::string explain(const Procedure& procedure) {
  std::string text = "Procedure " + procedure.name + ", revision " + std::to_string(procedure.revision) +
                     ", of " + procedure.merchant.text() + "\n\n";
  for (std::size_t i = 0; i < procedure.steps.size(); ++i) text += describe_step(procedure, i) + "\n";
  std::vector<std::string> persons;
  persons.reserve(procedure.persons.size());
  for (const documents::ProcedurePerson& person : procedure.persons)
    persons.push_back(person.name + " <" + person.email + ">");
  text += "Who is asked: " + joined(persons, ", then ") + ".\n";
  if (procedure.point_of_no_return.empty())
    text += "There is no point of no return: until it is complete, everything can be undone.\n";
  return text + describe_reversal(procedure);
}

}  // namespace countersign::procedure
