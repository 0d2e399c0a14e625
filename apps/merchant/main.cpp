// SPDX-License-Identifier: Apache-2.0
// countersign-merchant: the gateway of one merchant, beside any shop software. Holds the merchant's key.
#include "commands.h"

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli("Merchant gateway of a Countersign network.", "countersign-merchant");
  std::string config_file;
  app::Command command;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/merchant.toml")->required();
  app::add_commands(cli, command);
  return app::run_configured<app::MerchantConfig>(
      {"countersign-merchant", cli, config_file, command, app::load_config}, argc, argv);
}
