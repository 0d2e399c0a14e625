// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "documents/json.h"
#include "evidence/inspect.h"

namespace countersign::app {
namespace {

struct InspectArguments {
  std::string file;
  bool json = false;
};

Result<int> inspect(const InspectArguments& arguments) {
  TRY(const Bytes file, read_document(arguments.file));
  const Result<boost::json::value> tree = evidence::inspect(file);
  if (!tree) return fail(tree.error(), arguments.file);
  std::cout << (arguments.json ? documents::write_json(tree.value()) + "\n"
                               : evidence::write_inspection_text(tree.value()));
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& app, Command& command) {
  CLI::App* leaf = app.add_subcommand("inspect", "Show what a file says, without believing it");
  const auto arguments = std::make_shared<InspectArguments>();
  leaf->add_option("file", arguments->file, "A receipt, signed document, certificate or JSON document")
      ->required();
  leaf->add_flag("--json", arguments->json, "Print a tree for programs");
  leaf->callback([arguments, &command] { command = [arguments] { return inspect(*arguments); }; });
}

}  // namespace countersign::app
