// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign {

// TimePoint is UTC with microseconds; documents and certificates carry whole seconds.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::seconds;

// Clock tells the time. Services hold `const Clock&`; pure functions take `TimePoint now`.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

// SystemClock is the one place where the system's clock is read.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

inline std::chrono::sys_seconds whole_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}
inline std::int64_t unix_seconds(TimePoint time) {
  return whole_seconds(time).time_since_epoch().count();
}
inline TimePoint from_unix_seconds(std::int64_t seconds) {
  return TimePoint{std::chrono::seconds{seconds}};
}

// RFC 3339 in UTC with whole seconds: "2026-11-22T08:30:00Z". Parsing accepts exactly this form (kMalformed).
std::string format_time(TimePoint time);
Result<TimePoint> parse_time(std::string_view text);

}  // namespace countersign
