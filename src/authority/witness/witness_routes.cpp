// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_routes.h"

#include "http/address_key.h"

namespace countersign::authority {

void WitnessDoor::add_checkpoint(http::Request request, const http::Respond& respond) {
  Result<http::Respond> place = places_.take(http::address_key(request.remote_address), respond);
  if (!place) return respond(http::problem_response(place.error()));
  const Result<void> taken = queue_.submit([this, body = std::move(request.body), respond = place.value()] {
    respond(desk_.add_checkpoint(body));
  });
  if (!taken) place.value()(http::problem_response(taken.error()));
}

void add_witness_routes(http::Router& router, WitnessDoor& door) {
  router.add("POST", std::string(kWitnessPath) + "/add-checkpoint",
             [&door](http::Request request, const http::Respond& respond) {
               door.add_checkpoint(std::move(request), respond);
             });
}

void add_witnessed_checkpoint_route(http::Router& router, const WitnessDesk& desk) {
  router.add_blocking(
      "GET", std::string(kWitnessPath) + "/{log}/checkpoint",
      [&desk](const http::Request& request) { return desk.newest_checkpoint(request.parameter("log")); });
}

}  // namespace countersign::authority
