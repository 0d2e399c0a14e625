// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_routes.h"

namespace countersign::authority {

void add_map_routes(http::Router& router, const network::KeptMap& kept) {
  router.add_blocking("GET", std::string(kNetworkMapPath), [&kept](const http::Request&) {
    const auto view = kept.current();
    if (!view) return http::problem_response(view.error());
    return http::der_response(200, view.value()->signed_map, http::kCmsMediaType);
  });
}

}  // namespace countersign::authority
