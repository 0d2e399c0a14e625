// SPDX-License-Identifier: Apache-2.0
#include "merchant/retry_delay.h"

#include <algorithm>

namespace countersign::merchant {

Seconds delay_after(std::int64_t failures, const RetryDelays& delays) {
  const auto doublings = static_cast<int>(std::clamp<std::int64_t>(failures, 0, 16));
  return std::min(delays.first * (1 << doublings), delays.longest);
}

}  // namespace countersign::merchant
