// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "authority/interwork/peer_lane.h"

namespace countersign::authority {

struct PeersOptions {
  PeerLimits limits = {};
  LaneOptions lanes = {};
  // Of questions for the status feeds of homes that are reached through us.
  LaneOptions feed_lanes = {.work = {.threads = 2, .waiting = 32}};
};

// Peers asks the authorities of other data centres: a lane for each home, and for each authority that is
// asked one client with its connections, made anew when a newer map comes. Thread-safe.
class Peers {
 public:
  using Answer = PeerLane::Answer;

  // `identity` is this authority's certificate for TLS, `clock` that by which peers must be valid; it
  // outlives the peers, as does `metrics`, which may be null.
  Peers(x509::Signer identity, const Clock& clock, http::Metrics* metrics, PeersOptions options = {})
      : identity_(std::move(identity)), clock_(clock), metrics_(metrics), options_(options) {}
  ~Peers() { stop(); }

  // Asks about one certificate by a route of this map; `request` is an OCSPRequest in DER. Returns at once:
  // the answer comes as PeerLane says.
  void ask(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes request,
           Answer answer);
  // Asks for a page of the home's status feed, without waiting for a change there; over a lane of its own, so
  // that feeds take no question's place.
  void ask_feed(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes request,
                Answer answer);
  // The client that asks by such a route; new with each map.
  Result<std::shared_ptr<PeerClient>> client_for(const std::shared_ptr<const network::MapView>& view,
                                                 const Route& route);
  // Answers what waits, and waits for what is under way; asks nobody afterwards.
  void stop();
  // Of the way to that home; closed where nobody was asked yet.
  CircuitBreaker::State state_of(const x509::Name& home) const;

 private:
  Result<PeerLane*> lane_of(const x509::Name& home);
  Result<PeerLane*> feed_lane_of(const x509::Name& home);
  LaneMetrics metrics_of(const x509::Name& home);

  const x509::Signer identity_;
  const Clock& clock_;
  http::Metrics* const metrics_;
  const PeersOptions options_;
  mutable std::mutex mutex_;  // guards what follows, not what the maps hold; lanes stay
  bool stopped_ = false;
  std::map<std::pair<x509::Name, int>, std::shared_ptr<PeerClient>> clients_;  // by who is asked, and hops
  std::map<x509::Name, std::unique_ptr<PeerLane>> lanes_;                      // by home
  std::map<x509::Name, std::unique_ptr<PeerLane>> feed_lanes_;                 // by home
};

}  // namespace countersign::authority
