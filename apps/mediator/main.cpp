// SPDX-License-Identifier: Apache-2.0
// countersign-mediator: carries messages between a shop's page, the purchaser's terminal and the shop's
// gateway on the purchaser's PC, and keeps none of them.
#include <exception>
#include <iostream>

#include "http/message.h"
#include "mediator/process_protection.h"
#include "program.h"

namespace countersign::app {
namespace {

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
  start_log("countersign-mediator", config.log_level);
  return serve_browser(config, arguments);
}

int report(const Error& error) {
  std::cerr << "countersign-mediator: " << error.detail << " (" << error_name(error.code) << ")\n"
            << http::remedy_of(error.code) << "\n";
  return 1;
}

int run(int argc, char** argv) {
  const Result<void> is_protected = mediator::protect_process();
  if (!is_protected) return report(is_protected.error());
  const std::vector<std::string> arguments = arguments_of_browser(argc, argv);
  if (mediator::is_started_by_browser(arguments)) {
    const Result<void> served = serve(argc, argv, arguments);
    return served ? 0 : report(served.error());
  }

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
  const Result<MediatorConfig> config = load_config(config_file);
  if (!config) return report(config.error());
  if (check_only) {
    const auto gateways = gateway_options(config.value());
    if (!gateways) return report(gateways.error());
    std::cout << (config.value().file.empty() ? "defaults" : config.value().file.string()) << ": in order\n";
    return 0;
  }
  start_log("countersign-mediator", config.value().log_level);
  const Result<void> done = command(config.value());
  return done ? 0 : report(done.error());
}

}  // namespace
}  // namespace countersign::app

int main(int argc, char** argv) {
  try {
    return countersign::app::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "countersign-mediator: " << error.what() << " (internal)\n";
  }
  return 1;
}
