// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

#include "authority/confirmation/order_forwarding.h"
#include "authority/interwork/feed_desk.h"
#include "authority/interwork/peer_desk.h"
#include "authority/testing/test_world.h"
#include "documents/status_feed.h"

namespace countersign::authority {

// A data centre of a test network: an authority that confirms, answers its peers on a loopback port over
// mutual TLS, and asks them. What the network map says of it, and what else its desk answers, tests may
// change.
class TestDataCentre {
 public:
  TestDataCentre(const x509::Issuer& root, std::string_view name, PeersOptions options = {},
                 FeedDesk::Options feed_options = FeedDesk::Options());
  ~TestDataCentre();

  // Serves with this TLS identity and answers POST /v1/peers/ocsp so, instead of as it should.
  void serve(http::Router router, x509::Signer identity);
  void serve();  // as it should
  void stop_serving() { server.reset(); }
  // Starts confirming for the network of the map.
  void join(std::shared_ptr<const network::MapView> view);
  // Another map from now on.
  void take(std::shared_ptr<const network::MapView> view);
  // The maps that this keeps, from now on.
  void follow(network::KeptMap& kept);
  void lose_map(const Error& error);

  // How the map names it: at the port where it serves.
  documents::MappedDataCentre mapped() const;
  std::string name() const { return world.network.data_centre.text(); }
  // An order of `purchaser`, of another data centre, at the merchant here: asked for, and what came of it.
  documents::Order order_of(const x509::Signer& purchaser) const;
  Bytes countersigned(const documents::Order& order, const x509::Signer& purchaser) const;
  Result<Decision> sell_to(const x509::Signer& purchaser);
  // What this authority learns about a party of another data centre.
  Result<std::shared_ptr<const ForeignStatus>> ask_about(const x509::Certificate& certificate);
  // The answer to a request as `peer` would send it.
  Result<http::Response> asked_by(const TestDataCentre& peer, Bytes request,
                                  std::string_view hops = "1") const;
  // The place after the newest change in this status feed.
  documents::StatusFeedPosition feed_position() const;

  http::Metrics metrics;
  TestWorld world;
  x509::Signer tls;
  std::unique_ptr<OcspResponder> responder;
  std::unique_ptr<Peers> peers;
  std::unique_ptr<ForeignParties> foreign;
  std::unique_ptr<PeerDoor> door;
  std::unique_ptr<PeerDesk> desk;
  std::unique_ptr<FeedDesk> feed_desk;
  std::unique_ptr<OrderForwarding> forwarding;  // once it has joined
  std::atomic<int> questions = 0;               // that arrived at POST /v1/peers/ocsp
  std::atomic<int> feed_questions = 0;          // that arrived at POST /v1/peers/status-feed
  std::unique_ptr<http::Server> server;

 private:
  CurrentMap current() const;
  NewestMap newest() const;
  void use(CurrentMap current, NewestMap newest);
  Bytes own_status();

  mutable std::mutex mutex_;  // guards what follows
  CurrentMap current_;
  NewestMap newest_;
  unsigned short port_ = 0;
};

// A map of these data centres in the order of their names, verified by making it.
documents::NetworkMap map_of(const std::vector<const TestDataCentre*>& centres);
std::shared_ptr<const network::MapView> view_of(documents::NetworkMap map);

}  // namespace countersign::authority
