// SPDX-License-Identifier: Apache-2.0
// countersign-authority: the certification authority of one data centre, and the commands of its operator.
#include <iostream>

#include "base/log.h"
#include "commands.h"

int main(int argc, char** argv) {
  using namespace countersign;
  CLI::App cli{"The certification authority of one data centre."};
  cli.option_defaults()->always_capture_default();
  std::string config_file = "/etc/countersign/authority.toml";
  bool check_only = false;
  cli.add_option("--config", config_file, "Configuration (TOML); see etc/authority.toml");
  cli.add_flag("--check-config", check_only, "Read the configuration, say whether it is in order, and end");
  app::Command command;
  app::add_init_commands(cli, config_file, command);
  app::add_serve_command(cli, config_file, command);
  app::add_application_commands(cli, config_file, command);
  app::add_certificate_commands(cli, config_file, command);
  app::add_directory_commands(cli, config_file, command);
  app::add_holder_commands(cli, config_file, command);
  app::add_party_commands(cli, config_file, command);
  app::add_purchasing_commands(cli, config_file, command);
  app::add_service_commands(cli, config_file, command);
  app::add_key_commands(cli, config_file, command);
  app::add_network_commands(cli, config_file, command);
  app::add_ldap_commands(cli, config_file, command);
  app::add_log_commands(cli, config_file, command);
  app::add_maintenance_commands(cli, config_file, command);
  app::add_procedure_commands(cli, command);
  app::add_witness_commands(cli, config_file, command);
  cli.require_subcommand(0, 1);
  cli.fallthrough();
  CLI11_PARSE(cli, argc, argv);

  if (check_only) {
    command = [&]() -> Result<void> {
      TRY(app::load_config(config_file));
      std::cout << config_file << ": in order\n";
      return ok();
    };
  }
  if (!command) {
    std::cout << cli.help();
    return 2;
  }
  start_log("countersign-authority", LogLevel::kInfo);
  return app::end_with("countersign-authority", command);
}
