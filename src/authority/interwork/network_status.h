// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "authority/interwork/status_feeds.h"
#include "http/router.h"

namespace countersign::authority {

inline constexpr std::string_view kNetworkStatusPath = "/v1/network/status";

// What an authority knows of the other data centres, for its operators. All of it outlives the routes.
struct NetworkStatusParts {
  x509::Name data_centre;  // our own
  CurrentMap current;
  NewestMap newest;
  const Peers& peers;
  const StatusFeeds& feeds;
  const Clock& clock;
};

// describe_network says it as JSON (type "network-status", version 1): the map in force, or why there
// is none, and of each other data centre of the newest map where it is asked, how its status feed stands, how
// far its clock is away, whether the way to it is open, and how orders of its subscribers were decided since
// start. It names no party, and nobody relies on it; whom it helps besides operators says docs/operating.md.
boost::json::object describe_network(const NetworkStatusParts& parts);

// add_network_status_route serves that: GET /v1/network/status.
void add_network_status_route(http::Router& router, NetworkStatusParts parts);

// write_network_status writes it for people, given what describe_network said. kUnsupported, kMalformed.
Result<std::string> write_network_status(BytesView json);

}  // namespace countersign::authority
