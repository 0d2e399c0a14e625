// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <type_traits>

#include "base/log.h"
#include "base/result.h"

namespace countersign::app {

// add_leaf registers one subcommand; when it is the one that is called, it leaves its work in `command`.
template <typename Command>
CLI::App* add_leaf(CLI::App& parent, const std::string& name, const std::string& help, Command& command,
                   std::type_identity_t<Command> work) {
  CLI::App* leaf = parent.add_subcommand(name, help);
  leaf->callback([&command, work = std::move(work)] { command = work; });
  return leaf;
}

// end_with does the program's work and answers its exit status: 0, or 1 after it printed what failed, the
// code and what can be done. The outermost catch of a program. A limit on the size of files is met as an
// error of the call, like a full disk, and not as a signal.
int end_with(const std::string& program, const std::function<Result<void>()>& work);

// Configured is a program whose commands work under the settings of one file. What it refers to outlives it.
template <typename Config>
struct Configured {
  std::string name;
  CLI::App& command_line;  // with all commands, and an option for `config_file`
  const std::string& config_file;
  const std::function<Result<void>(const Config&)>& command;  // the one that was called
  Result<Config> (*load)(const std::filesystem::path& file);
};

// run_configured parses the command line and does the called command's work, or with --check-config only
// reads the settings. The exit status as of end_with, that of CLI11 for a wrong command line, 2 after the
// help when nothing was called.
template <typename Config>
int run_configured(const Configured<Config>& program, int argc, char** argv) {
  bool check_only = false;
  program.command_line.add_flag("--check-config", check_only,
                                "Read the configuration, say whether it is in order, and end");
  CLI11_PARSE(program.command_line, argc, argv);
  if (!program.command && !check_only) {
    std::cout << program.command_line.help();
    return 2;
  }
  return end_with(program.name, [&]() -> Result<void> {
    TRY(const Config config, program.load(program.config_file));
    if (check_only) {
      std::cout << program.config_file << ": in order\n";
      return ok();
    }
    start_log(program.name, config.log_level);
    return program.command(config);
  });
}

}  // namespace countersign::app
