// SPDX-License-Identifier: Apache-2.0
#include "http/connection_count.h"

namespace countersign::http {

std::optional<ConnectionRefusal> ConnectionCount::admit(const std::string& key, const Limits& limits) {
  const std::lock_guard lock(mutex_);
  if (in_all_ >= limits.in_all) return ConnectionRefusal::kTooMany;
  const auto found = by_address_.find(key);
  if (limits.per_address == 0 || (found != by_address_.end() && found->second >= limits.per_address))
    return ConnectionRefusal::kTooManyOfAddress;
  ++in_all_;
  ++by_address_[key];
  return std::nullopt;
}

void ConnectionCount::release(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(key);
  if (found == by_address_.end()) return;
  --in_all_;
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace countersign::http
