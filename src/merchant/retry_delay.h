// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace countersign::merchant {

struct RetryDelays {
  Seconds first, longest;  // one second at least, and no more than a day
};
// delay_after is how long to wait with the next try after so many failures before this one: the first delay,
// doubled with each, up to the longest.
Seconds delay_after(std::int64_t failures, const RetryDelays& delays);

}  // namespace countersign::merchant
