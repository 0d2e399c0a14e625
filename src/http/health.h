// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "http/metrics.h"
#include "http/router.h"

namespace countersign::http {

// add_health_routes adds GET /healthz (the process answers), /readyz (`ready` succeeds; else its error as a
// problem) and /metrics. `metrics` outlives the server; `ready` runs on a worker thread and may block.
void add_health_routes(Router& router, std::function<Result<void>()> ready, const Metrics& metrics);

}  // namespace countersign::http
