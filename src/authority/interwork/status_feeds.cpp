// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/status_feeds.h"

#include <algorithm>

#include "base/log.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;
using Step = FeedFollower::Step;

std::string_view step_event(Step step) {
  switch (step) {
    case Step::kNewEpoch:
      return "feed_epoch_changed";
    case Step::kGap:
      return "feed_gap";
    case Step::kRolledBack:
      return "feed_rolled_back";
    case Step::kForked:
      return "feed_forked";
    case Step::kOn:
    case Step::kBegun:
    case Step::kBroken:
      break;
  }
  return {};
}

bool is_followed(const documents::MappedDataCentre& centre, const x509::Name& own, TimePoint now) {
  return !(centre.name == own) && !network::has_retired(centre, now);
}

milliseconds magnitude(milliseconds time) {
  return time < milliseconds(0) ? -time : time;
}

}  // namespace

milliseconds pause_after(const documents::StatusFeedPage& page, Step step, const Route& route,
                         const FollowOptions& options) {
  const bool counts = step != Step::kRolledBack && step != Step::kForked && step != Step::kBroken;
  const bool is_full = page.changes.size() == documents::kMaxChangesOfAPage;
  if (counts && is_full && page.newest > page.changes.back().sequence) return options.catch_up_pause;
  return route.is_relayed() ? options.relayed_every : options.least_pause;
}

StatusFeeds::Ask ask_peers(Peers& peers) {
  return [&peers](const std::shared_ptr<const network::MapView>& view, const Route& route, BytesView request,
                  milliseconds wait) -> Result<Bytes> {
    TRY(const std::shared_ptr<PeerClient> client, peers.client_for(view, route));
    return client->ask_feed(request, wait).response;
  };
}

// One home and its thread; what is not the home's own lock's is the thread's alone.
struct StatusFeeds::Following {
  Following(x509::Name of, std::shared_ptr<FollowedHome> known, std::optional<FeedPlace> kept)
      : name(std::move(of)), home(std::move(known)), saved(std::move(kept)) {}

  const x509::Name name;
  const std::shared_ptr<FollowedHome> home;
  std::optional<FeedPlace> saved;
  BootMoment saved_at{};
  milliseconds retry{0};  // of the next failure; 0 after a success
  milliseconds pause{0};  // after the newest page
  bool is_offset_told = false;
  FollowedHomeReport shown;  // of the looking thread
  std::atomic<bool> has_ended = false;
  std::jthread thread;  // last: ends first
};

Result<std::unique_ptr<StatusFeeds>> StatusFeeds::open(Parts parts) {
  TRY(FeedPositions positions, FeedPositions::open(parts.database));
  TRY(auto kept, positions.load());
  return std::unique_ptr<StatusFeeds>(
      new StatusFeeds(std::move(parts), std::move(positions), std::move(kept)));
}

StatusFeeds::StatusFeeds(Parts parts, FeedPositions positions, std::map<x509::Name, FeedPlace> kept)
    : parts_(std::move(parts)), positions_(std::move(positions)), kept_(std::move(kept)) {}

StatusFeeds::~StatusFeeds() {
  stop();
}

void StatusFeeds::start() {
  looking_ = std::jthread([this](const std::stop_token& stop) { look(stop); });
}

void StatusFeeds::close() {
  looking_.request_stop();
  const std::lock_guard lock(mutex_);
  for (const auto& [name, following] : following_) following->thread.request_stop();
}

void StatusFeeds::stop() {
  looking_ = {};  // nothing begins any more
  std::vector<std::unique_ptr<Following>> all;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, following] : following_) all.push_back(std::move(following));
    for (auto& following : leaving_) all.push_back(std::move(following));
    following_.clear();
    leaving_.clear();
  }
  for (const auto& following : all) following->thread.request_stop();
  all.clear();
}

std::shared_ptr<FollowedHome> StatusFeeds::home(const x509::Name& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = following_.find(name);
  return found == following_.end() ? nullptr : found->second->home;
}

void StatusFeeds::wait_for(const std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(pausing_);
  stopped_.wait_for(lock, stop, time, [] { return false; });
}

// --- the thread that keeps to the map

void StatusFeeds::look(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      // While there is no map in force nobody is asked; what is followed stays, and falls silent.
      if (const auto view = parts_.current()) keep_to(*view.value());
      show();
    } catch (const std::exception& fault) {  // the one catch of this thread
      tell("status_feeds_failed", parts_.data_centre, fault.what());
    }
    wait_for(stop, parts_.options.look_every);
  }
}

void StatusFeeds::keep_to(const network::MapView& view) {
  const TimePoint now = parts_.clock.now();
  std::list<std::unique_ptr<Following>> ended;  // joined without the lock
  const std::lock_guard lock(mutex_);
  for (auto each = leaving_.begin(); each != leaving_.end();) {
    const auto next = std::next(each);
    if ((*each)->has_ended) ended.splice(ended.end(), leaving_, each);
    each = next;
  }
  for (auto each = following_.begin(); each != following_.end();) {
    const documents::MappedDataCentre* const centre = documents::find_data_centre(view.map, each->first);
    if (centre != nullptr && is_followed(*centre, parts_.data_centre, now)) {
      ++each;
      continue;
    }
    each->second->thread.request_stop();
    if (const auto place = each->second->home->place()) kept_[each->first] = *place;
    leaving_.push_back(std::move(each->second));
    each = following_.erase(each);
  }
  for (const documents::MappedDataCentre& centre : view.map.data_centres) {
    if (!is_followed(centre, parts_.data_centre, now) || following_.contains(centre.name)) continue;
    const auto found = kept_.find(centre.name);
    const auto kept = found == kept_.end() ? std::nullopt : std::optional(found->second);
    auto following = std::make_unique<Following>(
        centre.name, std::make_shared<FollowedHome>(parts_.boot, kept, parts_.options.known_per_home), kept);
    Following& begun = *following;
    begun.thread = std::jthread([this, &begun](const std::stop_token& stop) { follow(begun, stop); });
    following_.emplace(centre.name, std::move(following));
  }
}

// What operators see, whether a page came lately or not.
void StatusFeeds::show() {
  std::vector<Following*> all;  // they stay: no other thread lets them go while this one runs
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, following] : following_) all.push_back(following.get());
  }
  // Orders ask for homes meanwhile.
  for (Following* const following : all) {
    FollowedHomeReport report = following->home->report();
    if (report.state != following->shown.state) {
      const LogLevel level = report.state == FeedState::kLive ? LogLevel::kInfo : LogLevel::kWarning;
      log_event(level, "feed_state",
                {{"peer", following->name.text()}, {"state", feed_state_name(report.state)}});
    }
    if (parts_.metrics != nullptr) show_metrics(*following, report);
    following->shown = std::move(report);
  }
}

void StatusFeeds::show_metrics(Following& following, const FollowedHomeReport& report) {
  const std::string label = peer_label(following.name);
  const auto set = [&](std::string_view metric, std::string_view help, std::int64_t value) {
    parts_.metrics->gauge(metric, help, label).set(value);
  };
  set("countersign_feed_live", "1 while what a home's status feed told is of this moment.",
      report.state == FeedState::kLive ? 1 : 0);
  set("countersign_feed_broken", "1 while a home's status feed is rolled back or forked.",
      is_broken(report.state) ? 1 : 0);
  set("countersign_feed_sequence", "Changes of a home's status feed that were told.",
      report.position ? report.position->sequence : 0);
  set("countersign_feed_lag", "Changes of a home's status feed that are not told yet.", report.lag);
  set("countersign_feed_heartbeat_age_milliseconds",
      "Since the newest question to a home whose answer told everything; -1 before the first.",
      report.heartbeat_age ? report.heartbeat_age->count() : -1);
  set("countersign_feed_clock_offset_milliseconds", "How far a home's clock is ahead of ours.",
      report.clock_offset ? report.clock_offset->count() : 0);
  set("countersign_feed_known_certificates", "Certificates of a home that are known.",
      static_cast<std::int64_t>(report.known));
  const auto count = [&](std::string_view metric, std::string_view help, std::string_view which,
                         std::uint64_t now, std::uint64_t before) {
    parts_.metrics->counter(metric, help, label + "," + std::string(which)).add(now - before);
  };
  const auto ask = [&](std::string_view which, std::uint64_t now, std::uint64_t before) {
    count("countersign_feed_questions_total", "Questions for a home's status feed, by outcome.", which, now,
          before);
  };
  const FollowedHomeReport& shown = following.shown;
  ask("outcome=\"page\"", report.pages, shown.pages);
  ask("outcome=\"failed\"", report.failures, shown.failures);
  const auto decide = [&](std::string_view which, std::uint64_t now, std::uint64_t before) {
    count("countersign_foreign_orders_total",
          "Orders of a home's subscribers: confirmed by its feed, confirmed degraded, or not decided.", which,
          now, before);
  };
  decide("how=\"feed\"", report.by_feed, shown.by_feed);
  decide("how=\"degraded\"", report.degraded, shown.degraded);
  decide("how=\"home_unreachable\"", report.unreachable, shown.unreachable);
}

// --- the thread of one home

void StatusFeeds::follow(Following& following, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    milliseconds wait = parts_.options.longest_retry;
    try {
      wait = ask_once(following);
    } catch (const std::exception& fault) {  // the one catch of this thread
      tell("feed_failed", following.name, fault.what());
    }
    wait_for(stop, wait);
  }
  save(following, true);
  following.has_ended = true;
}

// Once a minute at most for each home and event: what a home does must not fill the log.
void StatusFeeds::tell(std::string_view event, const x509::Name& peer, std::string_view detail) {
  const auto times = told_.note(std::string(event) + " " + peer.text(), std::chrono::steady_clock::now());
  if (!times) return;
  log_event(LogLevel::kWarning, event,
            {{"peer", peer.text()}, {"times", std::to_string(*times)}, {"detail", detail}});
}

// One question; for how long to wait before the next one.
milliseconds StatusFeeds::ask_once(Following& following) {
  const FollowOptions& options = parts_.options;
  const BootMoment began = parts_.boot.now();
  const Result<Step> step = ask_for_page(following);
  if (!step) {
    following.home->note_failure();
    if (following.retry.count() == 0) {
      log_error("feed_failed", step.error(), {{"peer", following.name.text()}});
      following.retry = options.retry;
    } else {
      following.retry = std::min(following.retry * 2, options.longest_retry);
    }
    return following.retry;
  }
  following.retry = milliseconds(0);
  if (const std::string_view event = step_event(step.value()); !event.empty()) tell(event, following.name);
  // A break is kept at once, so that no restart makes one forget it.
  save(following, step.value() == Step::kRolledBack || step.value() == Step::kForked);
  const FollowedHomeReport report = following.home->report();
  const milliseconds offset = magnitude(report.clock_offset.value_or(milliseconds(0)));
  if ((offset > kClockTolerance) != following.is_offset_told) {
    following.is_offset_told = offset > kClockTolerance;
    log_event(
        following.is_offset_told ? LogLevel::kWarning : LogLevel::kInfo, "peer_clock_offset",
        {{"peer", following.name.text()}, {"milliseconds", std::to_string(report.clock_offset->count())}});
  }
  return std::max(following.pause - (parts_.boot.now() - began), milliseconds(0));
}

Result<Step> StatusFeeds::ask_for_page(Following& following) {
  TRY(const std::shared_ptr<const network::MapView> view, parts_.current());
  const documents::MappedDataCentre* const home = documents::find_data_centre(view->map, following.name);
  if (home == nullptr) return fail(ErrorCode::kNotFound, "the network map has it no more");
  TRY(const Route route, route_to(*view, parts_.data_centre, *home));
  documents::StatusFeedRequest request{.data_centre = following.name,
                                       .after = following.home->after(),
                                       .nonce = {},
                                       .wait = route.is_relayed() ? milliseconds(0) : parts_.options.wait};
  std::ranges::copy(crypto::random_bytes(request.nonce.size()), request.nonce.begin());
  FollowedHome::Exchange exchange{parts_.boot.now(), parts_.clock.now(), {}};
  TRY(const Bytes answer,
      parts_.ask(view, route, documents::write_status_feed_request(request), request.wait));
  exchange.received = parts_.clock.now();
  TRY(const documents::StatusFeedPage page,
      documents::verify_status_feed_page(answer, *view->anchor, home->ca_certificates, request,
                                         exchange.received));
  const Step step = following.home->take(page, exchange);
  following.pause = pause_after(page, step, route, parts_.options);
  return step;
}

// A place that could not be kept is kept with the next one.
void StatusFeeds::save(Following& following, bool at_once) {
  const std::optional<FeedPlace> place = following.home->place();
  if (!place || place == following.saved) return;
  const BootMoment now = parts_.boot.now();
  if (!at_once && now - following.saved_at < parts_.options.save_every) return;
  following.saved_at = now;
  if (const Result<void> saved = positions_.save(following.name, *place); !saved) {
    log_error("feed_place_not_kept", saved.error(), {{"peer", following.name.text()}});
    return;
  }
  following.saved = place;
}

}  // namespace countersign::authority
