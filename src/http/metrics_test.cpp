// SPDX-License-Identifier: Apache-2.0
#include "http/metrics.h"

#include <gtest/gtest.h>

#include "http/health.h"

namespace countersign::http {
namespace {

using std::chrono::microseconds;

TEST(Metrics, WritesThePrometheusTextFormat) {
  Metrics metrics;
  metrics.counter("orders_total", "Orders.", "state=\"confirmed\"").add(2);
  metrics.gauge("queue_length", "Waiting.").set(-3);
  metrics.histogram("wait_seconds", "Waiting time.").observe(microseconds(300));
  const std::string text = metrics.text();
  EXPECT_NE(text.find("# HELP orders_total Orders.\n# TYPE orders_total counter\n"
                      "orders_total{state=\"confirmed\"} 2\n"),
            std::string::npos);
  EXPECT_NE(text.find("# TYPE queue_length gauge\nqueue_length -3\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"0.00025\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"0.0005\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("wait_seconds_sum 0.0003\nwait_seconds_count 1\n"), std::string::npos);
}

TEST(Metrics, GiveTheSameObjectForTheSameName) {
  Metrics metrics;
  Counter& first = metrics.counter("a_total", "A.", "x=\"1\"");
  EXPECT_EQ(&first, &metrics.counter("a_total", "A.", "x=\"1\""));
  EXPECT_NE(&first, &metrics.counter("a_total", "A.", "x=\"2\""));
}

TEST(Metrics, CountDurationsOnTheBoundBelowAndBeyondAll) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("t", "T.");
  histogram.observe(microseconds(100));
  histogram.observe(std::chrono::seconds(100));
  const std::string text = metrics.text();
  EXPECT_NE(text.find("t_bucket{le=\"0.0001\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("t_bucket{le=\"10\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("t_bucket{le=\"+Inf\"} 2\n"), std::string::npos);
}

TEST(RequestObserver, CountsByClassOfStatus) {
  Metrics metrics;
  const auto observe = request_observer(metrics);
  for (const int status : {200, 204, 404, 500, 101}) observe({}, {status, {}, {}}, microseconds(1));
  const std::string text = metrics.text();
  EXPECT_NE(text.find("http_requests_total{status=\"2xx\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("http_requests_total{status=\"4xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("http_requests_total{status=\"5xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("http_request_duration_seconds_count 5\n"), std::string::npos);
}

TEST(HealthRoutes, SayWhetherTheProgramIsReady) {
  Metrics metrics;
  Result<void> state = ok();
  Router router;
  add_health_routes(
      router, [&] { return state; }, metrics);
  const auto ask = [&](std::string path) {
    Request request;
    request.path = std::move(path);
    const Router::Match match = router.match(request, false);
    return match.route->blocking(request);
  };
  EXPECT_EQ(ask("/readyz").status, 200);
  state = fail(ErrorCode::kUnavailable, "store: closed");
  const Response response = ask("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(error_of(response).detail, "store: closed");
  EXPECT_EQ(ask("/metrics").header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace countersign::http
