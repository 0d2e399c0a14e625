// SPDX-License-Identifier: Apache-2.0
#include "http/status_client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "http/server.h"
#include "sample/take.h"

namespace countersign::http {
namespace {

struct StatusClientTest : testing::Test {
  std::unique_ptr<Server> serve(std::string_view says) {
    Router router;
    router.add_blocking("POST", "/ocsp", [this, says = std::string(says)](const Request& request) {
      ++asked;
      if (!redirect.empty()) {
        Response response = text_response(307, "elsewhere");
        response.headers["Location"] = redirect;
        return response;
      }
      if (request.header("Content-Type") != "application/ocsp-request")
        return problem_response({ErrorCode::kMalformed, "content type"});
      return der_response(200, to_bytes(says), "application/ocsp-response");
    });
    return take(Server::start({}, std::move(router)));
  }
  static std::string url(const Server& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

  std::atomic<int> asked = 0;
  std::string redirect;
  StatusClient client{std::chrono::milliseconds(2000)};
};

TEST_F(StatusClientTest, AsksTheResponderThatItIsTold) {
  const auto first = serve("first");
  const auto second = serve("second");
  EXPECT_EQ(to_text(take(client.ask(url(*first), as_bytes("q")))), "first");
  EXPECT_EQ(to_text(take(client.ask(url(*second), as_bytes("q")))), "second");
  EXPECT_EQ(to_text(take(client.ask(url(*first), as_bytes("q")))), "first");
}

TEST_F(StatusClientTest, FollowsNoRedirect) {
  const auto other = serve("elsewhere");
  redirect = url(*other) + "/ocsp";
  const auto server = serve("here");
  const auto answer = client.ask(url(*server), as_bytes("q"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(asked, 1);
}

TEST_F(StatusClientTest, SaysThatNobodyAnswers) {
  std::string gone;
  {
    const auto server = serve("here");
    gone = url(*server);
  }
  const auto answer = client.ask(gone, as_bytes("q"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST_F(StatusClientTest, TakesNoOriginThatIsNone) {
  const auto answer = client.ask("ocsp.example", as_bytes("q"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::http
