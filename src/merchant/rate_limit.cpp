// SPDX-License-Identifier: Apache-2.0
#include "merchant/rate_limit.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kMostSources = 10'000;

}  // namespace

Result<void> RateLimit::admit(std::string_view source, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const std::int64_t window = unix_seconds(now) / window_.count();
  if (window != current_) {
    current_ = window;
    counts_.clear();
  }
  auto found = counts_.find(source);
  if (found == counts_.end()) {
    if (counts_.size() >= kMostSources) return fail(ErrorCode::kRateLimited, "too many sources");
    found = counts_.emplace(std::string(source), 0).first;
  }
  if (found->second >= most_) return fail(ErrorCode::kRateLimited, "too many requests");
  ++found->second;
  return ok();
}

}  // namespace countersign::merchant
