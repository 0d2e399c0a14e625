// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "network/kept_map.h"

namespace countersign::authority {

// Where an authority serves the network map.
inline constexpr std::string_view kNetworkMapPath = "/v1/network/map";

// add_map_routes serves the map as it was signed, to anybody: GET /v1/network/map, application/pkcs7-mime.
// not_found before there is one, expired once it is over. `kept` outlives the router.
void add_map_routes(http::Router& router, const network::KeptMap& kept);

}  // namespace countersign::authority
