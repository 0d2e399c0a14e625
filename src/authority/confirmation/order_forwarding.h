// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/confirmation/confirmation_service.h"
#include "authority/interwork/peer_door.h"
#include "authority/interwork/peer_places.h"

namespace countersign::authority {

// OrderForwarding hands orders on that are asked of an authority which does not confirm them: to the one of
// the merchant's own data centre, whose answer goes back as it came. Nothing is decided, stored or signed on
// the way. Thread-safe.
class OrderForwarding {
 public:
  struct Parts {
    x509::Name data_centre;  // our own
    x509::Name ca;           // whose certificates are surely our own
    CurrentMap current;
    PeerDoor& door;
    Peers& peers;
    const ForeignParties& foreign;
    ConfirmationService& service;
    const Clock& clock;
    http::Metrics* metrics;  // may be null
  };
  struct Options {
    PeerPlaces::Options merchants = {.all = 256, .of_one = 16};  // that ask here for another authority's
    PeerPlaces::Options peers = {.all = 512, .of_one = 128};     // that hand on what was asked of them
  };
  explicit OrderForwarding(Parts parts) : OrderForwarding(std::move(parts), Options()) {}
  OrderForwarding(Parts parts, Options options);

  // Whether another authority confirms what this merchant asks for; by the map, and of merchants alone whom
  // we did not certify. Also while the map is over: nobody is found by it then.
  bool is_elsewhere(const x509::Certificate& merchant) const;
  // Hands on what `merchant` asks, known by TLS; answers once, later. Problems: kMalformed and what else
  // parse_order says; kForbidden for an order that names another authority than the merchant's own;
  // kRateLimited, kUnavailable where too many wait; kHomeUnreachable for whatever keeps that authority from
  // deciding: nothing is final then, and the same order can be asked for again, here or there.
  void forward(Submission submission, const x509::Certificate& merchant, const http::Respond& respond);
  // Answers POST /v1/peers/orders: confirms, or refuses, what another authority hands on of a merchant of
  // ours; relays once what is for a data centre that is reached through us. On its word an order is
  // confirmed, so that its certificate must be good now, by its home. Problems: those of PeerDoor, of
  // parse_forwarded_order, of judge_relay; kCertificateRevoked, kHomeUnreachable and what else
  // ForeignParties says of its certificate; kRateLimited, kUnavailable where too many wait; kNotFound for a
  // dead end; those of ConfirmationService::confirm.
  void receive(http::Request request, const http::Respond& respond);

 private:
  using View = std::shared_ptr<const network::MapView>;
  Result<void> try_forward(Submission submission, const x509::Certificate& merchant, http::Respond respond);
  struct Arrived;
  Result<void> try_receive(http::Request request, http::Respond respond);
  Result<void> go_on(Arrived& arrived, std::shared_ptr<const ForeignStatus> status);

  const Parts parts_;
  PeerPlaces merchants_, peers_;
  http::Counter *const answered_, *const failed_;
};

// add_forwarding_routes serves POST /v1/peers/orders. It outlives the server.
void add_forwarding_routes(http::Router& router, OrderForwarding& forwarding);

}  // namespace countersign::authority
