// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/recent_map.h"

namespace countersign {

// RepeatedEvents says which of many like events are worth a line of the log: of each key (a peer) the first,
// and then one at most in each `pause`, which stands for those since the one before. It remembers the 1,000
// keys that were seen last. Thread-safe.
class RepeatedEvents {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  explicit RepeatedEvents(std::chrono::milliseconds pause) : pause_(pause) {}

  // How many events the line stands for, this one included; nullopt where there is to be none.
  std::optional<std::uint64_t> note(const std::string& key, Moment now);

 private:
  struct Seen {
    Moment told;
    std::uint64_t untold = 0;
  };
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;  // guards what follows
  RecentMap<std::string, Seen> seen_{1000};
};

}  // namespace countersign
