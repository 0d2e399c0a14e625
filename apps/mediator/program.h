// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "apps/command_line.h"
#include "config.h"
#include "link/dialer.h"
#include "mediator/http_gateway.h"
#include "mediator/installation.h"

namespace countersign::app {

// What `main` runs after the command line was read.
using Command = std::function<Result<void>(const MediatorConfig&)>;

// What subcommands take from the command line.
struct Options {
  std::vector<std::string> browsers;
  bool for_system = false;
  bool with_pairings = false;
  std::string id;
  std::string link;
};

void add_install_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command);
void add_pairing_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command);
void add_purchase_commands(CLI::App& cli, const std::shared_ptr<Options>& options, Command& command);
// Serves the extension that started this program with these arguments.
Result<void> serve_browser(const MediatorConfig& config, const std::vector<std::string>& arguments);

// Links is what this PC knows of terminals, and how it reaches them.
struct Links {
  SystemClock clock;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<link::PairingStore> store;
  std::unique_ptr<link::LinkDialer> dialer;
};
Result<std::unique_ptr<Links>> open_links(const MediatorConfig& config);
Result<mediator::HttpGatewayOptions> gateway_options(const MediatorConfig& config);
// kUnavailable when messages could be swapped to disk.
Result<void> check_memory();

mediator::Installation installation_of(const MediatorConfig& config, bool for_system);
// How this PC is equipped for purchases.
mediator::Equipment equipment_of(const MediatorConfig& config);

}  // namespace countersign::app
