// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace countersign {

// How far the clocks of two parties of the network may be apart: authority, merchant, wallet, and whoever
// examines evidence later, judge alike, so that none accepts what another one will refuse.
inline constexpr Seconds kClockTolerance{60};

// Signed requests count this long either side of the time that stands in them; they carry a nonce besides.
inline constexpr Seconds kRequestWindow{300};

}  // namespace countersign
