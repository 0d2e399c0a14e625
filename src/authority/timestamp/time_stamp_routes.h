// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/timestamp/time_stamper.h"
#include "http/router.h"

namespace countersign::authority {

// add_time_stamp_routes serves POST /v1/time-stamps, without authentication and over plain HTTP: what goes
// out is signed, and what comes in is a digest. The stamper outlives the server.
void add_time_stamp_routes(http::Router& router, TimeStamper& stamper);

}  // namespace countersign::authority
