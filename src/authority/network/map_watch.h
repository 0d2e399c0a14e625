// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/metrics.h"
#include "network/kept_map.h"

namespace countersign::authority {

// MapWatch tells operators how the network map stands: gauges `countersign_network_map_version` and
// `countersign_network_map_days_left` (below zero once it is over; neither before there is a map), and a line
// in the log once a day from two weeks before its end. For one thread; what it refers to outlives it.
class MapWatch {
 public:
  MapWatch(const network::KeptMap& kept, http::Metrics& metrics, const Clock& clock)
      : kept_(kept), metrics_(metrics), clock_(clock) {}
  // What it is time to say: nothing, that the map ends soon, or that it is over.
  enum class Finding { kNone, kEndsSoon, kOver };
  // look sets the gauges and writes to the log what is due. What it found.
  Finding look();

 private:
  const network::KeptMap& kept_;
  http::Metrics& metrics_;
  const Clock& clock_;
  TimePoint next_line_{};
};

}  // namespace countersign::authority
