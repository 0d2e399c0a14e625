// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "authority/interwork/route.h"
#include "base/clock.h"
#include "base/recent_map.h"
#include "http/message.h"

namespace countersign::authority {

// The authority that asks, and the map that says so.
struct AskingPeer {
  std::shared_ptr<const network::MapView> view;
  x509::Name name;  // of its data centre
};

// PeerDoor lets in the authorities of the network map, by the certificates that they showed in TLS, and
// nobody else: the one door to all that authorities ask of each other. Thread-safe.
class PeerDoor {
 public:
  // `clock` outlives the door.
  PeerDoor(CurrentMap current, const Clock& clock) : current_(std::move(current)), clock_(clock) {}

  // kUnauthenticated without a certificate, kExpired and kNotFound without a map in force, kForbidden for who
  // is no authority of it, or one that has retired.
  Result<AskingPeer> let_in(const http::Request& request);

 private:
  using View = std::shared_ptr<const network::MapView>;
  Result<x509::Name> identify(const http::Request& request, const View& view);

  const CurrentMap current_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows for one look or one change
  View known_by_;
  RecentMap<std::string, x509::Name> known_{1000};  // authorities by their certificate, by that map
};

// judge_relay says whether a question that `peer` asks about what is of `home` may be relayed there:
// kConflict for a loop and where no relay is left, kMalformed for a header of hops that is none.
Result<void> judge_relay(const http::Request& request, const documents::MappedDataCentre& home,
                         const x509::Name& peer);

// relayed_error is what a relay says of a home's failure: what the home itself says no to by name
// (kNotFound, kConflict, kForbidden), everything else as its silence (kHomeUnreachable).
Error relayed_error(const Error& error);

}  // namespace countersign::authority
