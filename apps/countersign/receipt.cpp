// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

namespace countersign::app {

void add_receipt_commands(CLI::App& app, Command& command) {
  CLI::App* group = app.add_subcommand(
      "receipt", "Put a receipt on paper, or keep it good for decades by time-stamps (RFC 3161)");
  group->require_subcommand(1);
  add_print_command(*group, command);
  add_stamp_commands(*group, command);
}

}  // namespace countersign::app
