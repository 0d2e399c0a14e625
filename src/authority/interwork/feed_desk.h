// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "authority/directory/status_journal.h"
#include "authority/interwork/peer_door.h"
#include "authority/interwork/peer_places.h"
#include "authority/interwork/peers.h"
#include "documents/status_feed.h"

namespace countersign::authority {

// FeedDesk answers what the authorities of other data centres ask about changes of statuses (POST
// /v1/peers/status-feed): of our own from the journal, signed by our responder, at once where there are
// changes and otherwise as soon as there are or the time to wait is over; of a data centre that the map says
// is reached through us by relaying the question once, without waiting for a change. One thread of its own
// looks at the journal, in which other processes write as well, and signs; nobody else waits. Thread-safe.
class FeedDesk {
 public:
  struct Parts {
    x509::Name data_centre;  // our own
    x509::Signer responder;  // its OCSP responder
    PeerDoor& door;
    Peers& peers;
    storage::Database& database;
    const Clock& clock;
    http::Metrics* metrics;  // may be null
  };
  struct Options {
    std::chrono::milliseconds look_every{100};  // while somebody waits
    // Questions under way; of one peer those about one data centre.
    PeerPlaces::Options places = {.all = 1024, .of_one = 4};
  };
  explicit FeedDesk(Parts parts) : FeedDesk(std::move(parts), Options()) {}
  FeedDesk(Parts parts, Options options);
  ~FeedDesk() { stop(); }
  FeedDesk(const FeedDesk&) = delete;
  FeedDesk& operator=(const FeedDesk&) = delete;

  // Answers once, now or later. Problems: those of PeerDoor; kUnsupported, kMalformed, kTooLarge for a
  // request that is no StatusFeedRequest; kNotFound for a dead end, kConflict for a loop and where no relay
  // is left; kRateLimited where this peer, kUnavailable where everybody has as many questions waiting as may
  // be; kHomeUnreachable where the home gave the relay no answer.
  void answer(http::Request request, http::Respond respond);
  // Turns away who waits, and all who come later.
  void stop();

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Waiting {
    documents::StatusFeedRequest request;
    http::Respond respond;
    Moment until;
    bool is_new = true;  // nobody has looked into the journal for it
  };
  struct Ready {
    documents::StatusFeedPage page;
    http::Respond respond;
  };

  void enqueue(documents::StatusFeedRequest request, http::Respond respond);
  void relay(const AskingPeer& peer, const documents::MappedDataCentre& home,
             documents::StatusFeedRequest request, http::Respond respond);
  void run();
  void look(std::vector<Waiting>& waiting);
  Result<std::vector<Ready>> take_ready(std::vector<Waiting>& waiting);
  void send(const Ready& ready);

  const Parts parts_;
  const Options options_;
  http::Counter* const pages_;       // with changes
  http::Counter* const heartbeats_;  // without
  PeerPlaces places_;
  std::optional<documents::StatusFeedPosition> seen_;  // at the last look; of the thread
  std::mutex mutex_;                                   // guards what follows, held for moments only
  std::condition_variable arrived_;
  std::vector<Waiting> arrivals_;
  bool stopping_ = false;
  std::thread thread_;  // last: uses what stands before
};

// add_feed_routes serves POST /v1/peers/status-feed. The desk outlives the server.
void add_feed_routes(http::Router& router, FeedDesk& desk);

}  // namespace countersign::authority
