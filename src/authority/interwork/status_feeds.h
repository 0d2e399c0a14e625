// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "authority/interwork/feed_positions.h"
#include "authority/interwork/followed_home.h"
#include "authority/interwork/peers.h"
#include "base/repeated_events.h"
#include "http/metrics.h"

namespace countersign::authority {

struct FollowOptions {
  std::chrono::milliseconds wait = documents::kMostFeedWait;  // of a home that is asked itself, for a change
  std::chrono::milliseconds relayed_every{500};               // a home that is asked by way of another
  std::chrono::milliseconds least_pause{100};                 // between two questions to a home
  std::chrono::milliseconds catch_up_pause{10};               // the same after a full page that was not all
  std::chrono::milliseconds retry{500};  // after a failure, twice as long after each more
  std::chrono::milliseconds longest_retry{2000};
  std::chrono::milliseconds look_every{250};   // at the map, and for the metrics
  std::chrono::milliseconds save_every{1000};  // how far a home was followed
  std::size_t known_per_home = 20'000;         // certificates
};

// StatusFeeds follows the status feed of each data centre of the network map but our own: a thread for each,
// so that one that is slow or silent holds up no other. Homes come and go with the map. Thread-safe.
class StatusFeeds {
 public:
  // Asks for a page, and blocks; `request` is a StatusFeedRequest as JSON.
  using Ask =
      std::function<Result<Bytes>(const std::shared_ptr<const network::MapView>& view, const Route& route,
                                  BytesView request, std::chrono::milliseconds wait)>;
  struct Parts {
    x509::Name data_centre;  // our own
    CurrentMap current;
    Ask ask;
    storage::Database& database;
    const Clock& clock;
    const BootClock& boot;
    http::Metrics* metrics = nullptr;
    FollowOptions options = {};
  };
  // All that it is given outlives it. kInternal, kUnsupported and kUnavailable of the store.
  static Result<std::unique_ptr<StatusFeeds>> open(Parts parts);
  ~StatusFeeds();
  StatusFeeds(const StatusFeeds&) = delete;
  StatusFeeds& operator=(const StatusFeeds&) = delete;

  void start();
  // Tells all threads that it is over, and waits for none.
  void close();
  // Closes, then waits: at most as long as one question takes.
  void stop();

  // What is known of that home; null where it is not followed.
  std::shared_ptr<FollowedHome> home(const x509::Name& name) const;
  const BootClock& boot() const { return parts_.boot; }

 private:
  struct Following;
  StatusFeeds(Parts parts, FeedPositions positions, std::map<x509::Name, FeedPlace> kept);
  void look(const std::stop_token& stop);
  void keep_to(const network::MapView& view);
  void follow(Following& following, const std::stop_token& stop);
  std::chrono::milliseconds ask_once(Following& following);
  Result<FeedFollower::Step> ask_for_page(Following& following);
  void save(Following& following, bool at_once);
  void show();
  void show_metrics(Following& following, const FollowedHomeReport& report);
  void tell(std::string_view event, const x509::Name& peer, std::string_view detail = {});
  void wait_for(const std::stop_token& stop, std::chrono::milliseconds time);

  const Parts parts_;
  const FeedPositions positions_;
  RepeatedEvents told_{std::chrono::minutes(1)};
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  std::map<x509::Name, FeedPlace> kept_;
  std::map<x509::Name, std::unique_ptr<Following>> following_;
  std::list<std::unique_ptr<Following>> leaving_;  // told to end
  std::mutex pausing_;                             // of the condition only
  std::condition_variable_any stopped_;
  std::jthread looking_;
};

// pause_after says how long after a question the next one is sent, where this page answered it: soon only
// after a full page that went on and was not all, so that no home that tells its changes one by one, or whose
// feed is broken, is asked without end. Pure.
std::chrono::milliseconds pause_after(const documents::StatusFeedPage& page, FeedFollower::Step step,
                                      const Route& route, const FollowOptions& options);

// Asks by way of the peers, which outlive it.
StatusFeeds::Ask ask_peers(Peers& peers);

}  // namespace countersign::authority
