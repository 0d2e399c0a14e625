// SPDX-License-Identifier: Apache-2.0
// countersign-wallet: the purchaser's terminal. Keys lie in a PKCS#11 token; this program asks it to sign.
#include "commands.h"

namespace countersign::app {

void add_pin_option(CLI::App* leaf, const Options& options) {
  leaf->add_option("--pin-file", options->pin_file,
                   "Read the PIN from this file's first line instead of asking");
}

}  // namespace countersign::app

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli{"The purchaser's wallet."};
  std::string config_file = "wallet.toml";
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/wallet.toml")->capture_default_str();
  app::Command command;
  const auto options = std::make_shared<app::CommonOptions>();
  app::add_enrolment_commands(cli, options, command);
  app::add_payment_commands(cli, options, command);
  app::add_holder_commands(cli, options, command);
  app::add_data_commands(cli, options, command);
  app::add_receive_command(cli, options, command);
  app::add_serve_command(cli, options, command);
  cli.require_subcommand(0, 1);
  cli.fallthrough();
  return app::run_configured<app::WalletConfig>(
      {"countersign-wallet", cli, config_file, command, app::load_config}, argc, argv);
}
