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
  LaneOptions order_lanes = {.work = {.threads = 4, .waiting = 128}};    // of orders that are handed on
  LaneOptions question_lanes = {.work = {.threads = 2, .waiting = 32}};  // of holders' questions, alike
};

// peer_label is the label `peer` of that home's metrics, as the Prometheus text format wants it.
std::string peer_label(const x509::Name& home);

// Peers asks the authorities of other data centres: a lane for each home and matter, so that no matter takes
// another's place, and for each authority that is asked one client with its connections, made anew when a
// newer map comes. Thread-safe.
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
  // Asks for a page of the home's status feed, without waiting for a change there.
  void ask_feed(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes request,
                Answer answer);
  // Hands a ForwardedOrder in JSON on to the home of its merchant.
  void forward_order(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes forwarded,
                     Answer answer);
  // Hands a HolderRequest (CMS) on to the data centre that it is for.
  void forward_question(const std::shared_ptr<const network::MapView>& view, const Route& route,
                        Bytes request_cms, Answer answer);
  // The client that asks by such a route; new with each map.
  Result<std::shared_ptr<PeerClient>> client_for(const std::shared_ptr<const network::MapView>& view,
                                                 const Route& route);
  // Answers what waits, and waits for what is under way; asks nobody afterwards.
  void stop();
  // Of the way to that home's responder; closed where nobody was asked yet.
  CircuitBreaker::State state_of(const x509::Name& home) const;

 private:
  enum class Matter { kStatus, kFeed, kOrder, kQuestion };
  using Question = std::function<PeerAnswer(PeerClient&)>;
  void ask(Matter matter, const std::shared_ptr<const network::MapView>& view, const Route& route,
           Question question, Answer answer);
  Result<PeerLane*> lane_of(Matter matter, const x509::Name& home);
  std::unique_ptr<PeerLane> make_lane(Matter matter, const x509::Name& home);
  LaneMetrics metrics_of(const x509::Name& home);

  const x509::Signer identity_;
  const Clock& clock_;
  http::Metrics* const metrics_;
  const PeersOptions options_;
  mutable std::mutex mutex_;  // guards what follows, not what the maps hold; lanes stay
  bool stopped_ = false;
  std::map<std::pair<x509::Name, int>, std::shared_ptr<PeerClient>> clients_;  // by who is asked, and hops
  std::map<std::pair<Matter, x509::Name>, std::unique_ptr<PeerLane>> lanes_;   // by home
};

}  // namespace countersign::authority
