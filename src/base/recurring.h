// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"

namespace countersign {

// Recurring does one piece of work again and again on a thread of its own, `pause` after it ended, until the
// object goes. What fails is logged under `name` and tried again.
class Recurring {
 public:
  Recurring(std::string name, std::chrono::milliseconds pause, std::function<Result<void>()> work);
  ~Recurring();
  Recurring(const Recurring&) = delete;
  Recurring& operator=(const Recurring&) = delete;

 private:
  void run(const std::stop_token& stop);
  const std::string name_;
  const std::chrono::milliseconds pause_;
  const std::function<Result<void>()> work_;
  std::mutex mutex_;  // of the condition only
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: starts when all else is there
};

}  // namespace countersign
