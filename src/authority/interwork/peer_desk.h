// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/interwork/peer_door.h"
#include "authority/interwork/peer_places.h"
#include "authority/interwork/peers.h"
#include "authority/status/ocsp_responder.h"
#include "http/router.h"

namespace countersign::authority {

// PeerDesk answers what the authorities of other data centres ask (POST /v1/peers/ocsp): about our own
// subscribers with our responder's word, about those of a data centre that the map says is reached through us
// by relaying the question to it, once, and its answer as it comes. It never speaks for anybody else.
// Thread-safe.
class PeerDesk {
 public:
  struct Parts {
    x509::Name data_centre;  // our own
    x509::Certificate ca;    // of it
    PeerDoor& door;
    Peers& peers;
    const OcspResponder& responder;
  };
  // Of one peer fewer questions than a lane has places for, so that it takes no others'.
  static constexpr PeerPlaces::Options kUsualPlaces{.all = 1024, .of_one = 64};
  explicit PeerDesk(Parts parts, PeerPlaces::Options places = kUsualPlaces)
      : parts_(std::move(parts)), places_(places) {}
  ~PeerDesk() { stop(); }

  // Answers once, later. Problems: those of PeerDoor; kUnsupported, kMalformed, kTooLarge for a request that
  // is not one question with a nonce; kNotFound for a dead end, kConflict for a loop and where
  // no relay is left; kRateLimited where this peer, kUnavailable where everybody has as many questions under
  // way as may be; kHomeUnreachable where the home gave the relay no answer.
  void answer(http::Request request, http::Respond respond);
  // Answers what waits; before what it refers to goes.
  void stop() { own_.stop(); }

 private:
  using View = std::shared_ptr<const network::MapView>;
  // The data centre to relay to; nullptr for our own subscribers.
  Result<const documents::MappedDataCentre*> find_home(BytesView request, const network::MapView& view) const;
  void relay(const View& view, const documents::MappedDataCentre& home, Bytes request, http::Respond respond);

  const Parts parts_;
  PeerPlaces places_;
  WorkQueue own_{{.threads = 2, .waiting = 512}};  // last: its threads use what stands before
};

// add_peer_routes serves POST /v1/peers/ocsp. The desk outlives the server.
void add_peer_routes(http::Router& router, PeerDesk& desk);

// anchor_with_map is what clients of the service listener are judged under: our own CAs, and with a map in
// force the CAs that it names, so that other authorities can prove who they are. Our own alone where the map
// is of another root that does not name our CA.
std::shared_ptr<const x509::TrustAnchor> anchor_with_map(const std::shared_ptr<const x509::TrustAnchor>& own,
                                                         const network::MapView& view, TimePoint now);

}  // namespace countersign::authority
