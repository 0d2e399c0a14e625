// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "network/anchor_source.h"

namespace countersign::network {

// Brings the signed map from the authority of the own data centre. kNotFound where that has none.
using FetchMap = std::function<Result<Bytes>()>;

// MapRefresh sees to it that a service keeps the newest network map: asks its authority every two minutes;
// every ten seconds while there is none that can be used; and at once when something did not verify for want
// of a CA, though not within ten seconds of the last question. Warns in the log of a map that is over, or
// has less than a week to go. For one thread.
class MapRefresh {
 public:
  // All outlive it.
  MapRefresh(AnchorSource& source, FetchMap fetch, const Clock& clock);

  // Does what is due now; to be called every few seconds. An authority that has no map is no failure; what a
  // map is refused for is one, and the map that is kept stays in use.
  Result<void> tick();

 private:
  Result<void> refresh();
  void warn(TimePoint now);

  AnchorSource& source_;
  const FetchMap fetch_;
  const Clock& clock_;
  std::optional<TimePoint> asked_, warned_;
};

// What metrics say of the kept map: its version (0: none was ever seen) and the seconds until it is over
// (negative from then on; 0 without one).
struct MapMeasures {
  std::int64_t version = 0;
  std::int64_t seconds_left = 0;
};
MapMeasures measure_map(const AnchorSource& source, TimePoint now);

}  // namespace countersign::network
