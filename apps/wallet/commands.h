// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/command_line.h"
#include "config.h"

namespace countersign::app {

// What `main` runs after the command line was read.
using Command = std::function<Result<void>(const WalletConfig&)>;

// What subcommands take from the command line; shared by those of one group.
struct CommonOptions {
  std::string pin_file, new_pin_file, password_file, link, id, email, out, root;
  std::string number_file, expiry, bank, holder, company, code;
  bool yes = false;
  bool own_keys = false;
  bool by_code = false;
};
using Options = std::shared_ptr<CommonOptions>;

void add_holder_commands(CLI::App& app, const Options& options, Command& command);
void add_enrolment_commands(CLI::App& app, const Options& options, Command& command);
void add_payment_commands(CLI::App& app, const Options& options, Command& command);
void add_data_commands(CLI::App& app, const Options& options, Command& command);
void add_receive_command(CLI::App& app, const Options& options, Command& command);
void add_serve_command(CLI::App& app, const Options& options, Command& command);

void add_pin_option(CLI::App* leaf, const Options& options);

}  // namespace countersign::app
