// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include "http/server.h"

namespace countersign::http {
namespace {

using namespace std::chrono_literals;

// A server whose answers the tests look at, and a client for it.
class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    Router router;
    router.add_blocking("GET", "/show/{name}", [this](const Request& request) {
      ++requests;
      std::string text = std::string(request.parameter("name")) + "|" + std::string(request.query_value("q"));
      return text_response(200, text + "|" + std::string(request.header("X-Sample")));
    });
    router.add_blocking("POST", "/echo", [](const Request& request) {
      return der_response(201, request.body, request.header("Content-Type"));
    });
    router.add_blocking("GET", "/redirect", [](const Request&) {
      Response response = text_response(302, "");
      response.headers["Location"] = "/show/secret";
      return response;
    });
    router.add_blocking("GET", "/large", [](const Request&) {
      return der_response(200, Bytes(2000), "application/octet-stream");
    });
    router.add_blocking("GET", "/slow", [](const Request&) {
      std::this_thread::sleep_for(500ms);
      return text_response(200, "slow");
    });
    router.add_blocking("GET", "/problem", [](const Request&) {
      return problem_response({ErrorCode::kGone, "file: was fetched"});
    });
    auto started = Server::start({}, std::move(router));
    ASSERT_TRUE(started);
    server = std::move(started).value();
    base = "http://127.0.0.1:" + std::to_string(server->port());
  }

  std::unique_ptr<Client> client(ClientOptions options = {}) {
    auto created = Client::create(base, std::move(options));
    EXPECT_TRUE(created);
    return std::move(created).value();
  }

  std::atomic<int> requests = 0;
  std::unique_ptr<Server> server;
  std::string base;
};

TEST_F(ClientTest, EncodesPathAndQuery) {
  Request request;
  request.path = "/show/a b%c";
  request.query["q"] = "x&y=z+1";
  request.headers["X-Sample"] = "sample";
  const auto response = client()->send(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response.value().status, 200);
  EXPECT_EQ(as_text(response.value().body), "a b%c|x&y=z+1|sample");
  EXPECT_EQ(response.value().header("content-type"), "text/plain; charset=utf-8");
}

TEST_F(ClientTest, SendsBodiesOfAnySize) {
  const auto http = client({.max_response = 4 << 20});
  for (const std::size_t size : {0, 1, 4096, 1 << 20}) {
    const auto response = http->post("/echo", Bytes(size, 'x'), kCmsMediaType);
    ASSERT_TRUE(response) << size;
    EXPECT_EQ(response.value().status, 201);
    EXPECT_EQ(response.value().body.size(), size);
    EXPECT_EQ(response.value().header("Content-Type"), kCmsMediaType);
  }
}

TEST_F(ClientTest, GoesOnWithGetAfterPost) {
  const auto http = client();
  ASSERT_TRUE(http->post("/echo", to_bytes("x"), "text/plain"));
  EXPECT_EQ(http->get("/show/a").value().status, 200);
  Request head;
  head.method = "HEAD";
  head.path = "/show/a";
  EXPECT_TRUE(http->send(head).value().body.empty());
  EXPECT_EQ(as_text(http->get("/show/a").value().body), "a||");
}

TEST_F(ClientTest, DoesNotFollowRedirects) {
  const auto response = client()->get("/redirect");
  ASSERT_TRUE(response);
  EXPECT_EQ(response.value().status, 302);
  EXPECT_EQ(response.value().header("Location"), "/show/secret");
  EXPECT_EQ(requests, 0);
}

TEST_F(ClientTest, LimitsTheResponse) {
  EXPECT_EQ(client({.max_response = 1999})->get("/large").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(client({.max_response = 2000})->get("/large").value().body.size(), 2000U);
}

TEST_F(ClientTest, LimitsTheTime) {
  const auto began = std::chrono::steady_clock::now();
  const auto response = client({.total_timeout = 50ms})->get("/slow");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 400ms);
}

TEST_F(ClientTest, ReadsProblems) {
  const auto response = client()->get("/problem");
  ASSERT_TRUE(response);
  EXPECT_EQ(error_of(response.value()).code, ErrorCode::kGone);
  EXPECT_EQ(error_of(response.value()).detail, "file: was fetched");
}

TEST_F(ClientTest, ChecksTheAddressItConnectsTo) {
  const auto response = client({.addresses = AddressPolicy::kPublicOnly})->get("/show/a");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(requests, 0);
  EXPECT_TRUE(client({.addresses = AddressPolicy::kLoopbackOnly})->get("/show/a"));
}

TEST_F(ClientTest, IgnoresProxiesOfTheEnvironment) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const auto response = client()->get("/show/a");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  EXPECT_TRUE(response);
}

TEST_F(ClientTest, SaysWhenNobodyAnswers) {
  const auto http = client();
  server.reset();
  EXPECT_EQ(http->get("/show/a").error().code, ErrorCode::kUnavailable);
}

TEST_F(ClientTest, ConnectsAgainWhenTheKeptConnectionWasClosed) {
  const auto http = client();
  ASSERT_TRUE(http->get("/show/a"));
  const unsigned short port = server->port();
  server.reset();
  Router router;
  router.add_blocking("POST", "/new", [](const Request&) { return text_response(200, "new"); });
  server = Server::start({.port = port}, std::move(router)).value();
  const auto response = http->post("/new", to_bytes("x"), "text/plain");
  ASSERT_TRUE(response);
  EXPECT_EQ(as_text(response.value().body), "new");
}

TEST_F(ClientTest, ServesManyThreads) {
  const auto http = client();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 25; ++j) {
        const std::string name = std::to_string(i * 100 + j);
        const auto response = http->get("/show/" + name);
        if (response && as_text(response.value().body) == name + "||") ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 12 * 25);
}

TEST_F(ClientTest, RefusesRequestsThatBreakTheFraming) {
  const auto http = client();
  EXPECT_EQ(http->get("/a b").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(http->get("/a\r\nX: y").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(http->get("no-slash").error().code, ErrorCode::kMalformed);
  Request request;
  request.headers["X"] = "a\r\nY: b";
  EXPECT_EQ(http->send(request).error().code, ErrorCode::kMalformed);
  request.headers.clear();
  request.method = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(http->send(request).error().code, ErrorCode::kMalformed);
}

TEST(ClientCreation, RefusesWhatIsNotABaseUrl) {
  EXPECT_EQ(Client::create("https://h/path", {}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(Client::create("ftp://h", {}).error().code, ErrorCode::kMalformed);
  ClientOptions without_anchor;
  without_anchor.peer.emplace();
  EXPECT_EQ(Client::create("https://h", without_anchor).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::http
