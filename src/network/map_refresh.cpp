// SPDX-License-Identifier: Apache-2.0
#include "network/map_refresh.h"

#include "base/log.h"

namespace countersign::network {
namespace {

constexpr std::chrono::minutes kPause{2};
constexpr Seconds kShortPause{10};
constexpr std::chrono::hours kBetweenWarnings{1};
constexpr std::chrono::days kEndIsNear{7};

}  // namespace

MapRefresh::MapRefresh(AnchorSource& source, FetchMap fetch, const Clock& clock)
    : source_(source), fetch_(std::move(fetch)), clock_(clock) {}

Result<void> MapRefresh::tick() {
  const TimePoint now = clock_.now();
  warn(now);
  if (asked_ && now - *asked_ < kShortPause) return ok();
  const bool is_wanted = source_.wants_newer() || !source_.map();
  if (asked_ && !is_wanted && now - *asked_ < kPause) return ok();
  auto refreshed = refresh();
  asked_ = clock_.now();  // the authority may take its time
  return refreshed;
}

Result<void> MapRefresh::refresh() {
  auto fetched = fetch_();
  if (!fetched && fetched.error().code == ErrorCode::kNotFound) return ok();
  if (!fetched) return fail(std::move(fetched).error(), "network map");
  TRY(const auto taken, source_.take(fetched.value()));
  if (taken == KeptMap::Taken::kNewer)
    log_event(LogLevel::kInfo, "network_map", {{"version", std::to_string(source_.newest()->map.version)}});
  return ok();
}

void MapRefresh::warn(TimePoint now) {
  const auto newest = source_.newest();
  if (!newest || now < newest->map.expires - kEndIsNear) return warned_.reset();
  if (warned_ && now - *warned_ < kBetweenWarnings) return;
  warned_ = now;
  log_event(
      LogLevel::kWarning, newest->map.expires <= now ? "network_map_expired" : "network_map_expires",
      {{"version", std::to_string(newest->map.version)}, {"expires", format_time(newest->map.expires)}});
}

MapMeasures measure_map(const AnchorSource& source, TimePoint now) {
  const auto newest = source.newest();
  if (!newest) return {};
  return {newest->map.version, std::chrono::duration_cast<Seconds>(newest->map.expires - now).count()};
}

}  // namespace countersign::network
