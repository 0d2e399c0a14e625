// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/message.h"

namespace countersign::authority {

// allow_revalidated_caching lets HTTP caches keep `response` and makes them ask before each use (RFC 5019
// §6.2 with max-age 0): an entity tag, Last-Modified and Expires. A request that names the tag becomes 304
// without body.
void allow_revalidated_caching(const http::Request& request, http::Response& response, TimePoint this_update,
                               TimePoint next_update);

}  // namespace countersign::authority
