// SPDX-License-Identifier: Apache-2.0
#include "authority/timestamp/time_stamp_routes.h"

namespace countersign::authority {

void add_time_stamp_routes(http::Router& router, TimeStamper& stamper) {
  router.add_blocking("POST", "/v1/time-stamps",
                      [&stamper](const http::Request& request) { return stamper.post(request); });
}

}  // namespace countersign::authority
