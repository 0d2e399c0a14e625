// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "apps/command_line.h"
#include "config.h"

namespace countersign::app {

// What a subcommand does with the configuration. A failure is printed with its code; the exit status is 1.
using Command = std::function<Result<void>(const MerchantConfig&)>;

// add_commands registers all subcommands; the one that is called leaves its work in `command`.
void add_commands(CLI::App& app, Command& command);

// Those of enterprises that buy: purchasing, purchase-credentials, purchase-orders.
void add_purchase_commands(CLI::App& app, Command& command);

// serve runs the gateway until SIGTERM or SIGINT.
Result<void> serve(const MerchantConfig& config);

}  // namespace countersign::app
