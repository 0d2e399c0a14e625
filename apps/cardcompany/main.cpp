// SPDX-License-Identifier: Apache-2.0
// countersign-cardcompany: accounts with limits, and decisions over payments that merchants ask about.
#include <iostream>

#include "commands.h"

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli("Card company of a Countersign network.", "countersign-cardcompany");
  std::string config_file;
  bool check_only = false;
  app::Command command;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/cardcompany.toml")->required();
  cli.add_flag("--check-config", check_only, "Read the configuration, say whether it is in order, and end");
  app::add_commands(cli, command);
  CLI11_PARSE(cli, argc, argv);
  if (!command && !check_only) {
    std::cout << cli.help();
    return 2;
  }

  return app::end_with("countersign-cardcompany", [&]() -> Result<void> {
    TRY(const auto config, app::load_config(config_file));
    if (check_only) {
      std::cout << config_file << ": in order\n";
      return ok();
    }
    start_log("countersign-cardcompany", config.log_level);
    return command(config);
  });
}
