// SPDX-License-Identifier: Apache-2.0
#include "base/recurring.h"

#include <chrono>
#include <exception>

#include "base/log.h"

namespace countersign {

Recurring::Recurring(std::string name, std::chrono::milliseconds pause, std::function<Result<void>()> work)
    : name_(std::move(name)),
      pause_(pause),
      work_(std::move(work)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Recurring::~Recurring() = default;  // jthread asks to stop and waits

void Recurring::run(const std::stop_token& stop) {
  std::string last_detail;
  while (!stop.stop_requested()) {
    try {
      const auto done = work_();
      // The same trouble again and again is one line.
      if (!done && done.error().detail != last_detail) log_error(name_, done.error());
      last_detail = done ? "" : done.error().detail;
    } catch (const std::exception& fault) {
      log_error(name_, {ErrorCode::kInternal, fault.what()});
    }
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, pause_, [] { return false; });
  }
}

}  // namespace countersign
