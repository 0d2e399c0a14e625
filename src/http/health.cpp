// SPDX-License-Identifier: Apache-2.0
#include "http/health.h"

namespace countersign::http {

void add_health_routes(Router& router, std::function<Result<void>()> ready, const Metrics& metrics) {
  router.add("GET", "/healthz",
             [](const Request&, const Respond& respond) { respond(text_response(200, "ok\n")); });
  router.add_blocking("GET", "/readyz", [ready = std::move(ready)](const Request&) {
    const Result<void> state = ready();
    return state ? text_response(200, "ready\n") : problem_response(state.error(), 503);
  });
  router.add_blocking("GET", "/metrics", [&metrics](const Request&) {
    Response response = text_response(200, metrics.text());
    response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
}

}  // namespace countersign::http
