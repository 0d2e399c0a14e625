// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/command_line.h"
#include "config.h"

namespace countersign::app {

// What `main` runs after the command line was read. A failure is printed with its code, and the exit status
// is 1.
using Command = std::function<Result<void>()>;

// Each registers subcommands; the one that is called leaves its work in `command`. `config_file` is
// --config's value, filled in before the command runs.
void add_init_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_serve_command(CLI::App& app, const std::string& config_file, Command& command);
void add_application_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_certificate_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_directory_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_holder_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_party_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_purchasing_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_service_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_key_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_network_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_network_status_command(CLI::App& group, const std::string& config_file, Command& command);
void add_ldap_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_log_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_maintenance_commands(CLI::App& app, const std::string& config_file, Command& command);
void add_procedure_commands(CLI::App& app, Command& command);
void add_witness_commands(CLI::App& app, const std::string& config_file, Command& command);

}  // namespace countersign::app
