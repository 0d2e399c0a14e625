// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace countersign::authority {

// BootMoment is a moment by the clock that counts from the start of the machine (CLOCK_BOOTTIME): nobody sets
// it, and it goes on while the machine is suspended. For how old something is; it means nothing to others.
struct BootTime {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootTime>;
  // NOLINTNEXTLINE(readability-identifier-naming): the standard library's clocks have this name.
  static constexpr bool is_steady = true;
};
using BootMoment = std::chrono::time_point<BootTime>;

// BootClock tells it. Services hold `const BootClock&`; pure functions take a BootMoment.
class BootClock {
 public:
  virtual ~BootClock() = default;
  virtual BootMoment now() const = 0;
};

// SystemBootClock is the one place where it is read.
class SystemBootClock final : public BootClock {
 public:
  BootMoment now() const override;
};

}  // namespace countersign::authority
