// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/interwork/peer_places.h"
#include "authority/interwork/work_queue.h"
#include "authority/witness/witness_desk.h"
#include "http/router.h"

namespace countersign::authority {

// Below the submission prefix https://<service>/witness and the monitoring prefix, which may be the same.
inline constexpr std::string_view kWitnessPath = "/witness";

// WitnessDoor lets questions come to the desk: of all that ask at most so many at once, of one address fewer,
// on two threads of its own, so that no worker of the listener waits for the witness's disk. Thread-safe.
class WitnessDoor {
 public:
  static constexpr PeerPlaces::Options kUsualPlaces{.all = 64, .of_one = 8};
  // The desk outlives it.
  explicit WitnessDoor(WitnessDesk& desk, PeerPlaces::Options places = kUsualPlaces)
      : desk_(desk), places_(places) {}
  ~WitnessDoor() { stop(); }

  // Answers once, later: as WitnessDesk::add_checkpoint; kRateLimited and kUnavailable where too many are
  // under way.
  void add_checkpoint(http::Request request, const http::Respond& respond);
  // Answers what waits; before the desk goes.
  void stop() { queue_.stop(); }

 private:
  WitnessDesk& desk_;
  PeerPlaces places_;
  WorkQueue queue_{{.threads = 2, .waiting = 64}};  // last: its threads use what stands before
};

// add_witness_routes serves POST /witness/add-checkpoint; add_witnessed_checkpoint_route serves, also on
// another listener, GET /witness/{hash of the origin}/checkpoint. What is given outlives the server.
void add_witness_routes(http::Router& router, WitnessDoor& door);
void add_witnessed_checkpoint_route(http::Router& router, const WitnessDesk& desk);

}  // namespace countersign::authority
