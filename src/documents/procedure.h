// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "documents/step_needs.h"

namespace countersign::documents {

// ProcedureService is one of those that a procedure asks.
struct ProcedureService {
  std::string name;    // within the procedure
  std::string kind;    // "charging", "billing", "brokerage", "logistics", or one that the operator registered
  x509::Name subject;  // of its certificate
  std::string url;     // https prefix that events are posted to
};

// ProcedurePerson is asked where no service can go on.
struct ProcedurePerson {
  std::string name;  // 1–100
  std::string email;
};

// PlannedAct is what a step does, or what undoes it.
struct PlannedAct {
  std::string does;         // "capture", "refund"
  Seconds deadline{};       // for the answer of one round: 1 s – 90 days
  std::int64_t rounds = 1;  // 1–20: asked anew so often before it counts as failed
};

// What happens when a step has failed.
enum class Otherwise {
  kUndo,    // what was done before is undone
  kPerson,  // a person is asked
  kGoOn,    // it is passed over
};
std::string_view otherwise_name(Otherwise otherwise);  // "undo", "person", "go-on"

struct ProcedureStep {
  std::string name;
  std::string service;
  PlannedAct act;
  std::optional<PlannedAct> undo;  // none: it cannot be undone
  std::vector<std::string> after;  // steps that it waits for; side by side with all others
  std::vector<std::string> takes;  // steps before it whose results its request carries
  std::vector<Need> needs;
  Otherwise otherwise = Otherwise::kPerson;
};

// Procedure is what a merchant wants to be done on the ground of a confirmation: type "procedure", version 1
// (docs/protocols/procedures.md).
struct Procedure {
  std::string name;
  std::int64_t revision = 1;  // grows with each change
  x509::Name merchant;
  std::vector<ProcedureService> services;  // 1–16
  std::vector<ProcedurePerson> persons;    // 1–8, the first is asked first
  std::vector<ProcedureStep> steps;        // 1–32
  std::string point_of_no_return;          // a step, or empty: once it may have been done, nothing is undone
                                           // but by a reversal
};
inline constexpr std::size_t kMaxProcedure = 64 << 10;
inline constexpr std::size_t kMostSteps = 32;

// ProcedureFault is a contradiction between members that are each well formed.
struct ProcedureFault {
  std::string where;  // "step charge"
  std::string what;
};
// faults_of tells all of them; empty for a procedure that can be run.
std::vector<ProcedureFault> faults_of(const Procedure& procedure);

// read_procedure reads the form alone (kMalformed, kTooLarge, kUnsupported), for who shows faults_of it.
Result<Procedure> read_procedure(BytesView json);
// parse_procedure also refuses faults (kConflict); the detail names them all.
Result<Procedure> parse_procedure(BytesView json);
Result<Bytes> write_procedure(const Procedure& procedure);
// The digest by which runs and events name a procedure.
Sha256Digest procedure_digest(BytesView json);

// Positions of all steps that must be over before that one may begin, its predecessors' included. Itself is
// among them only where a procedure goes round in circles.
std::set<std::size_t> steps_before(const Procedure& procedure, std::size_t step);
// Position of a step by its name.
std::optional<std::size_t> find_step(const Procedure& procedure, std::string_view name);
// The service that a step asks; it exists in a procedure without faults.
const ProcedureService& service_of(const Procedure& procedure, const ProcedureStep& step);

}  // namespace countersign::documents
