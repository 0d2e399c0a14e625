// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace countersign {

// ManualClock stands at a time until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = from_unix_seconds(1'795'000'000)) : now_(start) {}  // 2026-11-18
  TimePoint now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }
  void set(TimePoint time) { now_ = time; }

 private:
  TimePoint now_;
};

}  // namespace countersign
