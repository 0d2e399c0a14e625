// SPDX-License-Identifier: Apache-2.0
// countersign-merchant: the gateway of one merchant, beside any shop software. Holds the merchant's key.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "commands.h"

namespace {

int complain(const countersign::Error& error) {
  fmt::print(stderr, "countersign-merchant: {}: {}\n", countersign::error_name(error.code), error.detail);
  return 1;
}

int run(int argc, char** argv) {
  using namespace countersign;
  CLI::App app("Merchant gateway of a Countersign network.", "countersign-merchant");
  std::string config_file;
  bool only_check = false;
  app::Command command;
  app.add_option("--config", config_file, "Configuration, see etc/merchant.toml.")->required();
  app.add_flag("--check-config", only_check, "Read the configuration, report what is wrong, and end.");
  app::add_commands(app, command);
  CLI11_PARSE(app, argc, argv);

  const auto config = app::load_config(config_file);
  if (!config) return complain(config.error());
  start_log("countersign-merchant", config.value().log_level);
  if (only_check) {
    fmt::print("{}: correct\n", config_file);
    return 0;
  }
  if (!command) {
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  const auto done = command(config.value());
  return done ? 0 : complain(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& fault) {
    fmt::print(stderr, "countersign-merchant: {}\n", fault.what());
    return 1;
  }
}
