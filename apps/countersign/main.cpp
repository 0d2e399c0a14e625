// SPDX-License-Identifier: Apache-2.0
// countersign: verifies, compares, inspects and prints evidence, offline, has it stamped anew before it ages,
// and copies, checks and mends public logs, for anyone. Holds nothing.
#include <exception>
#include <iostream>

#include "commands.h"

namespace countersign::app {
namespace {

// An empty value, such as of a variable that nobody set, does not stand for an option that was left out.
void refuse_empty_values(CLI::App& command) {
  for (CLI::Option* option : command.get_options())
    option->check([](const std::string& value) { return std::string(value.empty() ? "is empty" : ""); });
  for (CLI::App* subcommand : command.get_subcommands({})) refuse_empty_values(*subcommand);
}

}  // namespace
}  // namespace countersign::app

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli{
      "Verifies, compares and inspects evidence of transactions, offline; looks after copies of public "
      "logs."};
  cli.require_subcommand(1);
  app::Command command;
  app::add_verify_command(cli, command);
  app::add_compare_command(cli, command);
  app::add_inspect_command(cli, command);
  app::add_receipt_commands(cli, command);
  app::add_log_commands(cli, command);
  app::refuse_empty_values(cli);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = cli.exit(error);
    return code == 0 ? 0 : app::kUnusable;
  }
  try {
    const Result<int> code = command();
    if (code) return code.value();
    std::cerr << "countersign: " << code.error().detail << " (" << error_name(code.error().code) << ")\n";
  } catch (const std::exception& error) {
    std::cerr << "countersign: " << error.what() << " (internal)\n";
  }
  return app::kUnusable;
}
