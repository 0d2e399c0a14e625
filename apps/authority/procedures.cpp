// SPDX-License-Identifier: Apache-2.0
// procedure: what a procedure does, in words and drawn, before anybody uses it.
#include <iostream>

#include "commands.h"
#include "procedure/explain.h"
#include "procedure/picture.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

struct ProcedureOptions {
  std::string file, picture;
};

// Every contradiction at once, not the first alone.
Result<void> refuse_faults(const documents::Procedure& procedure) {
  const auto faults = documents::faults_of(procedure);
  if (faults.empty()) return ok();
  for (const documents::ProcedureFault& fault : faults)
    std::cout << fault.where << ": " << fault.what << "\n";
  return fail(ErrorCode::kConflict, "the procedure contradicts itself in " + std::to_string(faults.size()) +
                                        (faults.size() == 1 ? " place" : " places"));
}

Result<void> check(const ProcedureOptions& options) {
  TRY(const Bytes json, storage::read_file(options.file, documents::kMaxProcedure));
  TRY(const documents::Procedure procedure, documents::read_procedure(json));
  TRY(refuse_faults(procedure));
  std::cout << procedure::explain(procedure) << "\nSHA-256 " << hex_encode(documents::procedure_digest(json))
            << "\n";
  if (options.picture.empty()) return ok();
  TRY(storage::write_file(options.picture, as_bytes(procedure::picture(procedure)),
                          storage::FileMode::kPublic));
  std::cout << "drawn in " << options.picture << "\n";
  return ok();
}

}  // namespace

void add_procedure_commands(CLI::App& app, Command& command) {
  CLI::App* group = app.add_subcommand("procedure", "What follows on a merchant's confirmations");
  group->require_subcommand(1);
  group->fallthrough();
  const auto options = std::make_shared<ProcedureOptions>();
  CLI::App* checking = add_leaf(*group, "check", "Explain a procedure, or name every contradiction in it",
                                command, [options] { return check(*options); });
  checking->add_option("file", options->file, "A procedure (JSON); see etc/procedure.json")->required();
  checking->add_option("--picture", options->picture, "Draw it into this file (SVG)");
}

}  // namespace countersign::app
