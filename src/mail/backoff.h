// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace countersign::mail {

inline constexpr std::chrono::seconds kFirstDelay{5};
inline constexpr std::chrono::seconds kLongestDelay{3600};
inline constexpr std::chrono::hours kGiveUpAfter{
    72};  // RFC 5321 §4.5.4.1 says four to five days; a password lives less

// retry_delay is how long to wait after attempt number `attempts` (1, 2, 3 …) failed: doubling from the first
// delay to the longest, of which `random` decides the second half, so that mails held up together do not come
// back together.
std::chrono::milliseconds retry_delay(int attempts, std::uint32_t random);

}  // namespace countersign::mail
