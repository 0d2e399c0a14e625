// SPDX-License-Identifier: Apache-2.0
// countersign-wallet: the purchaser's terminal. Keys lie in a PKCS#11 token; this program asks it to sign.
#include <iostream>

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
  bool check_only = false;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/wallet.toml")->capture_default_str();
  cli.add_flag("--check-config", check_only, "Read the configuration, say whether it is in order, and end");
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
  CLI11_PARSE(cli, argc, argv);
  if (!command && !check_only) {
    std::cout << cli.help();
    return 2;
  }

  return app::end_with("countersign-wallet", [&]() -> Result<void> {
    TRY(const auto config, app::load_config(config_file));
    if (check_only) {
      std::cout << config_file << ": in order\n";
      return ok();
    }
    start_log("countersign-wallet", config.log_level);
    return command(config);
  });
}
