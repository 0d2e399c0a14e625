// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

// A handler that can be told from others.
BlockingHandler named(std::string name) {
  return [name = std::move(name)](const Request&) { return text_response(200, name); };
}

Router sample_router() {
  Router router;
  router.add_blocking("GET", "/", named("front page"));
  router.add_blocking("GET", "/v1/things/{id}", named("thing"));
  router.add_blocking("GET", "/v1/things/new", named("form"));
  router.add_blocking("POST", "/v1/things/{id}/parts/{part}", named("part"));
  router.add_blocking("DELETE", "/v1/things/{id}", named("delete"));
  router.add_prefix("GET", "/static/", named("static"));
  router.add_prefix("GET", "/static/deep/", named("deep"));
  return router;
}

struct Outcome {
  std::string handler;  // empty for a refusal
  Request request;
  Response refusal;
};

Outcome route(std::string method, std::string path, bool irregular = false) {
  static const Router router = sample_router();
  Outcome outcome;
  outcome.request.method = std::move(method);
  outcome.request.path = std::move(path);
  Router::Match match = router.match(outcome.request, irregular);
  outcome.refusal = std::move(match.refusal);
  if (match.route != nullptr) outcome.handler = to_text(match.route->blocking(outcome.request).body);
  return outcome;
}

TEST(Router, FillsInParameters) {
  const Outcome outcome = route("POST", "/v1/things/7/parts/wheel");
  EXPECT_EQ(outcome.handler, "part");
  EXPECT_EQ(outcome.request.parameter("id"), "7");
  EXPECT_EQ(outcome.request.parameter("part"), "wheel");
  EXPECT_EQ(outcome.request.parameter("other"), "");
}

TEST(Router, PrefersTheLiteralPattern) {
  EXPECT_EQ(route("GET", "/v1/things/new").handler, "form");
  EXPECT_EQ(route("GET", "/v1/things/newer").handler, "thing");
  EXPECT_EQ(route("GET", "/").handler, "front page");
}

TEST(Router, PrefersTheLongestPrefix) {
  EXPECT_EQ(route("GET", "/static/a.css").handler, "static");
  const Outcome outcome = route("GET", "/static/deep/b/c.js");
  EXPECT_EQ(outcome.handler, "deep");
  EXPECT_EQ(outcome.request.parameter("rest"), "b/c.js");
}

TEST(Router, AnswersHeadAsGet) {
  EXPECT_EQ(route("HEAD", "/v1/things/7").handler, "thing");
}

TEST(Router, Answers404ForUnknownPaths) {
  for (const char* path :
       {"/v1", "/v1/things", "/v1/things/", "/v1/things/7/", "/v1/things/7/parts", "/V1/things/7"}) {
    EXPECT_EQ(route("GET", path).refusal.status, 404) << path;
  }
}

TEST(Router, Answers405WithWhatIsAllowed) {
  const Outcome outcome = route("PATCH", "/v1/things/7");
  EXPECT_EQ(outcome.refusal.status, 405);
  EXPECT_EQ(outcome.refusal.header("Allow"), "DELETE, GET, HEAD");
  EXPECT_EQ(route("POST", "/static/a.css").refusal.status, 405);
}

TEST(Router, TakesIrregularPathsBelowPrefixesOnly) {
  EXPECT_EQ(route("GET", "/static/a//b", true).handler, "static");
  EXPECT_EQ(route("GET", "/v1/things/7", true).refusal.status, 400);
}

TEST(Router, WithoutRoutesKnowsNothing) {
  Request request;
  EXPECT_EQ(Router().match(request, false).refusal.status, 404);
}

}  // namespace
}  // namespace countersign::http
