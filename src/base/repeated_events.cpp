// SPDX-License-Identifier: Apache-2.0
#include "base/repeated_events.h"

namespace countersign {

std::optional<std::uint64_t> RepeatedEvents::note(const std::string& key, Moment now) {
  const std::lock_guard lock(mutex_);
  auto seen = seen_.find(key);
  if (!seen || now - seen->told >= pause_) {
    const std::uint64_t count = (seen ? seen->untold : 0) + 1;
    seen_.put(key, {now, 0});
    return count;
  }
  ++seen->untold;
  seen_.put(key, *seen);
  return std::nullopt;
}

}  // namespace countersign
