// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace countersign {

// RateLimit admits `limit` acts per key (an address, a serial) in each window of `window`. It remembers at
// most 10,000 keys; when these do not suffice, it counts no new ones and refuses their acts until the window
// ends: a flood costs no memory. Thread-safe; forgets when the process ends.
class RateLimit {
 public:
  RateLimit(int limit, Seconds window) : limit_(limit), window_(window) {}
  // Counts one act: kRateLimited beyond the limit.
  Result<void> admit(const std::string& key, TimePoint now);
  // Whether the key has acts left, without counting one. A key that is not remembered has: a flood of others'
  // wrong guesses locks nobody out who guesses nothing.
  Result<void> check(const std::string& key, TimePoint now);
  // Runs `work` unless the key has guessed too often; its failures by kNotFound or kWrongPassword count as
  // guesses.
  template <typename Work>
  auto guard(const std::string& key, TimePoint now, Work&& work) -> decltype(work()) {
    if (auto allowed = check(key, now); !allowed) return fail(allowed.error());
    auto result = work();
    if (result) return result;
    const auto code = result.error().code;
    if (code == ErrorCode::kNotFound || code == ErrorCode::kWrongPassword) {
      if (auto counted = admit(key, now); !counted) return fail(counted.error());
    }
    return result;
  }

 private:
  void start_window(TimePoint now);

  const int limit_;
  const Seconds window_;
  std::mutex mutex_;  // guards what follows
  std::int64_t current_window_ = -1;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace countersign
