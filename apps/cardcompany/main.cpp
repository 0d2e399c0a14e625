// SPDX-License-Identifier: Apache-2.0
// countersign-cardcompany: accounts with limits, and decisions over payments that merchants ask about.
#include "commands.h"

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli("Card company of a Countersign network.", "countersign-cardcompany");
  std::string config_file;
  app::Command command;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/cardcompany.toml")->required();
  app::add_commands(cli, command);
  return app::run_configured<app::CardCompanyConfig>(
      {"countersign-cardcompany", cli, config_file, command, app::load_config}, argc, argv);
}
