// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.h"

#include <csignal>
#include <exception>
#include <iostream>

#include "http/message.h"

namespace countersign::app {

int end_with(const std::string& program, const std::function<Result<void>()>& work) {
  (void)std::signal(SIGXFSZ, SIG_IGN);  // a file too large is an error of the write, told like every other
  try {
    const Result<void> done = work();
    if (done) return 0;
    const Error& error = done.error();
    std::cerr << program << ": " << error.detail << " (" << error_name(error.code) << ")\n"
              << http::remedy_of(error.code) << "\n";
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << " (internal)\n";
  }
  return 1;
}

}  // namespace countersign::app
