// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace countersign::merchant {

// RateLimit admits `most` requests per source within each `window`. It remembers at most 10,000 sources;
// beyond that it refuses newcomers until the window ends, so that a flood costs no memory. Thread-safe;
// forgets at the end of the process.
class RateLimit {
 public:
  RateLimit(int most, Seconds window) : most_(most), window_(window) {}
  // kRateLimited beyond.
  Result<void> admit(std::string_view source, TimePoint now);

 private:
  const int most_;
  const Seconds window_;
  std::mutex mutex_;  // guards what follows
  std::int64_t current_ = -1;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace countersign::merchant
