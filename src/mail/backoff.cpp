// SPDX-License-Identifier: Apache-2.0
#include "mail/backoff.h"

#include <algorithm>

namespace countersign::mail {

std::chrono::milliseconds retry_delay(int attempts, std::uint32_t random) {
  const int doublings = std::clamp(attempts - 1, 0, 20);
  const std::chrono::milliseconds whole =
      std::min<std::chrono::milliseconds>(kFirstDelay * (std::int64_t{1} << doublings), kLongestDelay);
  const std::chrono::milliseconds half = whole / 2;
  return half + std::chrono::milliseconds{half.count() * random >> 32};
}

}  // namespace countersign::mail
