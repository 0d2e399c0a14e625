// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "http/metrics.h"
#include "http/raw_connection.h"

namespace countersign::http {
namespace {

using namespace std::chrono_literals;

Router echo_router() {
  Router router;
  router.add("GET", "/hello", [](Request, const Respond& respond) { respond(text_response(200, "hello")); });
  router.add("POST", "/echo", [](Request request, const Respond& respond) {
    respond(der_response(200, std::move(request.body), "application/octet-stream"));
  });
  router.add_blocking("GET", "/who/{name}", [](const Request& request) {
    return text_response(200, std::string(request.parameter("name")) + " at " + request.remote_address);
  });
  router.add("GET", "/throws", [](Request, const Respond&) { throw std::runtime_error("by intent"); });
  router.add_blocking("GET", "/throws-blocking", [](const Request&) -> Response { throw 7; });
  router.add("GET", "/drops", [](Request, const Respond&) {});
  router.add("GET", "/bad-header", [](Request, const Respond& respond) {
    respond({200, {{"X", "a\r\nSet-Cookie: b"}}, {}});
  });
  router.add("GET", "/finished", [](Request, const Respond& respond) {
    Response response;
    response.finish = [](Response& made) { made = text_response(201, "made at last"); };
    respond(std::move(response));
  });
  router.add("GET", "/throws-finishing", [](Request, const Respond& respond) {
    Response response;
    response.finish = [](Response&) { throw std::runtime_error("by intent"); };
    respond(std::move(response));
  });
  router.add("GET", "/twice", [](Request, const Respond& respond) {
    respond(text_response(200, "first"));
    respond(text_response(200, "second"));
  });
  return router;
}

std::unique_ptr<Server> start(ServerOptions options = {}, Router router = echo_router()) {
  auto server = Server::start(std::move(options), std::move(router));
  EXPECT_TRUE(server);
  return std::move(server).value();
}

std::string get(std::string_view path, std::string_view extra = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(extra) + "\r\n";
}

// One request on a connection of its own, which is closed after it.
std::string ask(const Server& server, std::string_view path) {
  RawConnection connection(server.port());
  connection.send(get(path, "Connection: close\r\n"));
  return connection.receive_all();
}

TEST(Server, LeavesAnAdoptedConnectionIdleAsLongAsItsOwnerSays) {
  const auto server = start({.idle_timeout = 20ms});
  const auto answers_after = [&](std::chrono::milliseconds idle, std::chrono::milliseconds pause) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server->adopt(ends[1], "a person", idle);
    std::this_thread::sleep_for(pause);
    const auto request = get("/hello", "Connection: close\r\n");
    (void)send(ends[0], request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer(4096, '\0');
    const auto size = recv(ends[0], answer.data(), answer.size(), 0);
    close(ends[0]);
    return size > 0 && answer.starts_with("HTTP/1.1 200");
  };
  EXPECT_TRUE(answers_after(60s, 300ms));
  EXPECT_FALSE(answers_after(20ms, 600ms));
}

TEST(Server, KeepsConnectionsAlive) {
  const auto server = start();
  RawConnection connection(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.send(get("/hello")));
    const std::string response = connection.receive_until("hello");
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(response.find("Connection:"), std::string::npos);
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = start();
  RawConnection connection(server->port());
  connection.send(get("/who/anna") + get("/hello") + get("/who/bert", "Connection: close\r\n"));
  const std::string responses = connection.receive_all();
  const std::size_t first = responses.find("anna at 127.0.0.1");
  const std::size_t second = responses.find("hello");
  const std::size_t third = responses.find("bert at 127.0.0.1");
  ASSERT_NE(third, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(Server, ClosesWhenAsked) {
  const auto server = start();
  EXPECT_NE(ask(*server, "/hello").find("Connection: close\r\n"), std::string::npos);
}

TEST(Server, LeavesTheBodyOutForHead) {
  const auto server = start();
  RawConnection connection(server->port());
  connection.send("HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string response = connection.receive_all();
  EXPECT_NE(response.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(response.ends_with("\r\n\r\n"));
}

TEST(Server, InvitesTheBodyOfAClientThatWaits) {
  const auto server = start();
  RawConnection connection(server->port());
  connection.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(connection.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.send("body");
  EXPECT_TRUE(connection.receive_until("body").starts_with("HTTP/1.1 200"));
}

TEST(Server, AnswersFaultsOfHandlersWithA500) {
  const auto server = start();
  for (const char* path : {"/throws", "/throws-blocking", "/throws-finishing", "/drops", "/bad-header"}) {
    const std::string response = ask(*server, path);
    EXPECT_TRUE(response.starts_with("HTTP/1.1 500 ")) << path << response;
    EXPECT_NE(response.find("\"code\":\"internal\""), std::string::npos) << path;
    EXPECT_EQ(response.find("by intent"), std::string::npos);
  }
}

TEST(Server, MakesWhatIsLeftOfAnAnswer) {
  const auto server = start();
  const std::string response = ask(*server, "/finished");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 201 ")) << response;
  EXPECT_TRUE(response.ends_with("made at last")) << response;
}

TEST(Server, TakesTheFirstAnswerOnly) {
  const auto server = start();
  RawConnection connection(server->port());
  connection.send(get("/twice") + get("/hello", "Connection: close\r\n"));
  const std::string responses = connection.receive_all();
  EXPECT_NE(responses.find("first"), std::string::npos);
  EXPECT_EQ(responses.find("second"), std::string::npos);
  EXPECT_NE(responses.find("hello"), std::string::npos);
}

TEST(Server, TakesAnswersFromOtherThreads) {
  std::mutex mutex;  // guards `waiting`
  std::vector<Respond> waiting;
  Router router;
  router.add("GET", "/later", [&](Request, Respond respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  });
  const auto server = start({}, std::move(router));
  std::atomic<bool> done = false;
  std::thread answerer([&] {
    while (!done) {
      std::vector<Respond> taken;
      {
        const std::lock_guard lock(mutex);
        taken.swap(waiting);
      }
      for (const Respond& respond : taken) respond(text_response(200, "at last"));
      std::this_thread::yield();
    }
  });
  RawConnection connection(server->port());
  for (int i = 0; i < 100; ++i) {
    connection.send(get("/later"));
    ASSERT_NE(connection.receive_until("at last").find("200"), std::string::npos);
  }
  done = true;
  answerer.join();
}

TEST(Server, SurvivesRespondsThatOutliveIt) {
  std::promise<Respond> kept;
  Router router;
  router.add("GET", "/keep", [&](Request, Respond respond) { kept.set_value(std::move(respond)); });
  Respond respond;
  {
    const auto server = start({.stop_timeout = 100ms}, std::move(router));
    RawConnection connection(server->port());
    connection.send(get("/keep"));
    respond = kept.get_future().get();
  }
  respond(text_response(200, "too late"));
}

TEST(Server, Answers404And405) {
  const auto server = start();
  EXPECT_TRUE(ask(*server, "/nowhere").starts_with("HTTP/1.1 404 "));
  const std::string response = ask(*server, "/echo");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 405 "));
  EXPECT_NE(response.find("Allow: POST\r\n"), std::string::npos);
}

TEST(Server, RefusesTargetsThatCouldBeReadInTwoWays) {
  const auto server = start();
  for (const char* path : {"/hello%00", "/who/a%2fb", "/who/../hello", "/who/%2e%2e/hello", "//hello"}) {
    EXPECT_TRUE(ask(*server, path).starts_with("HTTP/1.1 400 ")) << path;
  }
}

TEST(Server, AnswersMalformedRequestsWithAProblemAndCloses) {
  const auto server = start();
  for (const char* bytes : {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET / HTTP/1.1\r\nHost h\r\n\r\n",
                            "\r\n\r\n\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"}) {
    RawConnection connection(server->port());
    connection.send(bytes);
    const std::string response = connection.receive_all();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 400 ")) << bytes;
    EXPECT_NE(response.find("\"code\":\"malformed\""), std::string::npos);
    EXPECT_NE(response.find("Connection: close\r\n"), std::string::npos);
  }
}

TEST(Server, LimitsHeaderAndBody) {
  const auto server = start({.max_body = 1000, .max_header = 2000});
  RawConnection header(server->port());
  header.send("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(3000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(header.receive_all().starts_with("HTTP/1.1 431 "));
  RawConnection body(server->port());
  body.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'));
  EXPECT_TRUE(body.receive_all().starts_with("HTTP/1.1 413 "));
  RawConnection enough(server->port());
  enough.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_TRUE(enough.receive_until("xxx").starts_with("HTTP/1.1 200 "));
}

TEST(Server, EndsRequestsThatTrickleIn) {
  const auto server = start({.read_timeout = 200ms, .idle_timeout = 10s});
  RawConnection connection(server->port());
  const auto began = std::chrono::steady_clock::now();
  std::string response;
  std::thread reader([&] { response = connection.receive_all(); });
  for (const char c : get("/hello")) {
    if (!connection.send(std::string(1, c))) break;
    std::this_thread::sleep_for(25ms);
  }
  reader.join();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 408 ")) << response;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);
}

TEST(Server, EndsIdleConnectionsSilently) {
  const auto server = start({.idle_timeout = 100ms});
  RawConnection fresh(server->port());
  EXPECT_EQ(fresh.receive_all(), "");
  RawConnection used(server->port());
  used.send(get("/hello"));
  EXPECT_TRUE(used.receive_all().ends_with("hello"));
}

TEST(Server, LimitsConnections) {
  const auto server = start({.max_connections = 2});
  RawConnection first(server->port());
  first.send(get("/hello"));
  first.receive_until("hello");
  RawConnection second(server->port());
  second.send(get("/hello"));
  second.receive_until("hello");
  RawConnection third(server->port());
  third.send(get("/hello"));
  EXPECT_EQ(third.receive_all(), "");
  first.send(get("/hello"));
  EXPECT_TRUE(first.receive_until("hello").starts_with("HTTP/1.1 200"));
}

TEST(Server, LimitsConnectionsOfOneAddressAndCountsWhatItRefuses) {
  Metrics metrics;
  ServerOptions options{.max_connections_per_address = 1};
  options.observe_refusal = refusal_observer(metrics);
  const auto server = start(std::move(options));
  {
    RawConnection first(server->port());
    first.send(get("/hello"));
    first.receive_until("hello");
    RawConnection second(server->port());
    second.send(get("/hello"));
    EXPECT_EQ(second.receive_all(), "");
    first.send(get("/hello", "Connection: close\r\n"));
    EXPECT_TRUE(first.receive_all().ends_with("hello"));
  }
  EXPECT_NE(metrics.text().find("http_connections_refused_total{limit=\"address\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.text().find("http_connections_refused_total{limit=\"all\"} 0\n"), std::string::npos);
  // The first one counts until the server has seen that it went.
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (!ask(*server, "/hello").ends_with("hello")) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    std::this_thread::yield();
  }
}

TEST(Server, LetsRequestsUnderWayEndWhenItStops) {
  std::promise<void> begun;
  std::promise<void> go_on;
  Router router;
  router.add_blocking("GET", "/slow", [&](const Request&) {
    begun.set_value();
    go_on.get_future().wait();
    return text_response(200, "finished");
  });
  auto server = start({}, std::move(router));
  RawConnection connection(server->port());
  RawConnection idle(server->port());
  connection.send(get("/slow"));
  begun.get_future().wait();
  std::thread stopper([&] { server.reset(); });
  EXPECT_EQ(idle.receive_all(), "");  // the stop has begun
  go_on.set_value();
  const std::string response = connection.receive_all();
  EXPECT_TRUE(response.ends_with("finished"));
  EXPECT_NE(response.find("Connection: close\r\n"), std::string::npos);
  stopper.join();
}

TEST(Server, ServesManyConnectionsOnSeveralThreads) {
  Metrics metrics;
  ServerOptions options{.io_threads = 3};
  options.observe = request_observer(metrics);
  auto server = start(std::move(options));
  std::vector<std::thread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      RawConnection connection(server->port());
      for (int j = 0; j < 50; ++j) {
        const std::string name = std::to_string(i) + "-" + std::to_string(j);
        connection.send(get("/who/" + name));
        if (connection.receive_until("127.0.0.1").find("\r\n\r\n" + name + " at") != std::string::npos)
          ++answered;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 16 * 50);
  server.reset();
  EXPECT_NE(metrics.text().find("http_requests_total{status=\"2xx\"} 800\n"), std::string::npos);
}

TEST(Server, SaysWhenTheAddressIsTaken) {
  const auto server = start();
  const auto second = Server::start({.port = server->port()}, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Server::start({.address = "nowhere"}, {}).error().code, ErrorCode::kMalformed);
}

TEST(Server, SendsLargeBodiesWhole) {
  Router router;
  router.add("GET", "/large", [](Request, const Respond& respond) {
    respond(der_response(200, Bytes(5'000'000, 'x'), "application/octet-stream"));
  });
  const auto server = start({}, std::move(router));
  const std::string response = ask(*server, "/large");
  EXPECT_EQ(response.size() - response.find("\r\n\r\n") - 4, 5'000'000U);
}

}  // namespace
}  // namespace countersign::http
