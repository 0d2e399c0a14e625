// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <type_traits>

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

}  // namespace countersign::app
