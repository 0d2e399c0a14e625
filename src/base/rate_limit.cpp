// SPDX-License-Identifier: Apache-2.0
#include "base/rate_limit.h"

namespace countersign {

namespace {

constexpr std::size_t kMostKeys = 10'000;

auto refusal() {
  return fail(ErrorCode::kRateLimited, "too many of these in too short a time");
}

}  // namespace

void RateLimit::start_window(TimePoint now) {
  const auto window = unix_seconds(now) / window_.count();
  if (window == current_window_) return;
  current_window_ = window;
  counts_.clear();
}

Result<void> RateLimit::admit(const std::string& key, TimePoint now) {
  const std::lock_guard lock(mutex_);
  start_window(now);
  const auto found = counts_.find(key);
  if (found == counts_.end() && counts_.size() >= kMostKeys) return refusal();
  auto& count = counts_[key];
  if (count >= limit_) return refusal();
  ++count;
  return ok();
}

Result<void> RateLimit::check(const std::string& key, TimePoint now) {
  const std::lock_guard lock(mutex_);
  start_window(now);
  const auto found = counts_.find(key);
  return found != counts_.end() && found->second >= limit_ ? Result<void>(refusal()) : ok();
}

}  // namespace countersign
