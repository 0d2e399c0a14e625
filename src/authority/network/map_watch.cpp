// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_watch.h"

#include "base/log.h"

namespace countersign::authority {
namespace {

using std::chrono::days;

constexpr days kWarnBefore{14};
constexpr days kWarnEvery{1};

}  // namespace

MapWatch::Finding MapWatch::look() {
  const auto view = kept_.newest();
  if (!view) return Finding::kNone;
  const TimePoint now = clock_.now();
  const documents::NetworkMap& map = view->map;
  metrics_.gauge("countersign_network_map_version", "Version of the network map in use.").set(map.version);
  metrics_.gauge("countersign_network_map_days_left", "Whole days until the network map is over.")
      .set(std::chrono::floor<days>(map.expires - now).count());
  const Finding found = map.expires <= now                ? Finding::kOver
                        : map.expires < now + kWarnBefore ? Finding::kEndsSoon
                                                          : Finding::kNone;
  if (found == Finding::kNone || now < next_line_) return found;
  next_line_ = now + kWarnEvery;
  const bool over = found == Finding::kOver;
  log_event(over ? LogLevel::kError : LogLevel::kWarning,
            over ? "network_map_is_over" : "network_map_ends_soon",
            {{"version", std::to_string(map.version)}, {"expires", format_time(map.expires)}});
  return found;
}

}  // namespace countersign::authority
