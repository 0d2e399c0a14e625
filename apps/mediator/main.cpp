// SPDX-License-Identifier: Apache-2.0
// countersign-mediator: carries messages between a shop's page, the purchaser's terminal and the shop's
// gateway on the purchaser's PC, and keeps none of them.
#include <iostream>

#include "mediator/process_protection.h"
#include "program.h"

namespace countersign::app {
namespace {

constexpr const char* kProgram = "countersign-mediator";

// What a browser appends to the command line of a launcher: everything behind our own options.
std::vector<std::string> arguments_of_browser(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() > 2 && arguments[0] == "--config")
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  return arguments;
}

Result<void> serve(int argc, char** argv, const std::vector<std::string>& arguments) {
  const bool is_named = std::string_view(argv[1]) == "--config" && argc > 3;
  TRY(const MediatorConfig config, load_config(is_named ? argv[2] : ""));
  start_log(kProgram, config.log_level);
  return serve_browser(config, arguments);
}

int run(int argc, char** argv) {
  const std::vector<std::string> arguments = arguments_of_browser(argc, argv);
  if (mediator::is_started_by_browser(arguments))
    return end_with(kProgram, [&] { return serve(argc, argv, arguments); });

  CLI::App cli{"Carries a purchase between the shop's page and your terminal."};
  std::string config_file;
  bool check_only = false;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/mediator.toml");
  cli.add_flag("--check-config", check_only, "Read the configuration, say whether it is in order, and end");
  cli.set_version_flag("--version", COUNTERSIGN_VERSION);
  Command command;
  const auto options = std::make_shared<Options>();
  add_pairing_commands(cli, options, command);
  add_install_commands(cli, options, command);
  add_purchase_commands(cli, options, command);
  cli.require_subcommand(0, 1);
  cli.fallthrough();
  CLI11_PARSE(cli, argc, argv);
  if (!command && !check_only) {
    std::cout << cli.help();
    return 2;
  }
  return end_with(kProgram, [&]() -> Result<void> {
    TRY(const MediatorConfig config, load_config(config_file));
    if (check_only) {
      TRY(gateway_options(config));
      std::cout << (config.file.empty() ? "defaults" : config.file.string()) << ": in order\n";
      return ok();
    }
    start_log(kProgram, config.log_level);
    return command(config);
  });
}

}  // namespace
}  // namespace countersign::app

int main(int argc, char** argv) {
  using namespace countersign;
  Result<void> is_protected = mediator::protect_process();
  return is_protected ? app::run(argc, argv) : app::end_with(app::kProgram, [&] { return is_protected; });
}
