// SPDX-License-Identifier: Apache-2.0
#include "http/status_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>

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
  EXPECT_EQ(to_text(take(client.ask(url(*first), as_bytes("q"), Responder::kOther))), "first");
  EXPECT_EQ(to_text(take(client.ask(url(*second), as_bytes("q"), Responder::kOther))), "second");
  EXPECT_EQ(to_text(take(client.ask(url(*first), as_bytes("q"), Responder::kOther))), "first");
}

TEST_F(StatusClientTest, FollowsNoRedirect) {
  const auto other = serve("elsewhere");
  redirect = url(*other) + "/ocsp";
  const auto server = serve("here");
  const auto answer = client.ask(url(*server), as_bytes("q"), Responder::kOther);
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
  const auto answer = client.ask(gone, as_bytes("q"), Responder::kOther);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

// Questions to a responder that answers when the test lets it.
struct HeldStatus : StatusClientTest {
  std::unique_ptr<Server> hold() {
    Router router;
    router.add("POST", "/ocsp", [this](const Request&, Respond respond) {
      const std::lock_guard lock(mutex);
      held.push_back(std::move(respond));
      arrived.notify_all();
    });
    return take(Server::start({}, std::move(router)));
  }
  // Asks on a thread of its own, and waits until the question has arrived.
  void ask(const Server& server) {
    std::unique_lock lock(mutex);
    const std::size_t before = held.size();
    asking.push_back(std::async(std::launch::async, [this, origin = url(server)] {
      return bounded.ask(origin, as_bytes("q"), Responder::kOther);
    }));
    arrived.wait(lock, [&] { return held.size() > before; });
  }
  void answer_all() {
    const std::lock_guard lock(mutex);
    for (const Respond& respond : held)
      respond(der_response(200, to_bytes("answer"), "application/ocsp-response"));
    held.clear();
  }
  ErrorCode refused(const Server& server) {
    return bounded.ask(url(server), as_bytes("q"), Responder::kOther).error().code;
  }

  StatusClient bounded{std::chrono::seconds(60), {.at_once = 3, .at_once_of_one = 2}};
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Respond> held;
  std::vector<std::future<Result<Bytes>>> asking;
};

TEST_F(HeldStatus, LetsASlowResponderHoldUpFewOfThoseWhoWait) {
  const auto slow = hold();
  const auto other = hold();
  const auto third = serve("here");
  ask(*slow);
  ask(*slow);
  EXPECT_EQ(refused(*slow), ErrorCode::kUnavailable);
  ask(*other);
  EXPECT_EQ(refused(*third), ErrorCode::kUnavailable) << "too many wait for others";
  EXPECT_TRUE(bounded.ask(url(*third), as_bytes("q"), Responder::kOwn)) << "the own one is always asked";
  answer_all();
  for (auto& each : asking) EXPECT_EQ(to_text(take(each.get())), "answer");
  EXPECT_TRUE(bounded.ask(url(*third), as_bytes("q"), Responder::kOther));
}

TEST_F(HeldStatus, LetsTwoSlowRespondersNotHoldUpAThird) {
  const auto one = hold();
  const auto another = hold();
  const auto third = serve("here");
  StatusClient fair(std::chrono::seconds(60), {.at_once = 8, .at_once_of_one = 4});
  const auto ask_fairly = [&](const Server& server) {
    std::unique_lock lock(mutex);
    const std::size_t before = held.size();
    asking.push_back(std::async(std::launch::async, [&fair, origin = url(server)] {
      return fair.ask(origin, as_bytes("q"), Responder::kOther);
    }));
    arrived.wait(lock, [&] { return held.size() > before; });
  };
  for (int i = 0; i < 4; ++i) ask_fairly(*one);
  for (int i = 0; i < 2; ++i) ask_fairly(*another);
  const auto refused = fair.ask(url(*another), as_bytes("q"), Responder::kOther);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(fair.ask(url(*third), as_bytes("q"), Responder::kOther));
  answer_all();
  for (auto& each : asking) EXPECT_EQ(to_text(take(each.get())), "answer");
}

TEST_F(StatusClientTest, LeavesAResponderAloneThatKeepsFailing) {
  Router router;
  router.add_blocking("POST", "/ocsp", [this](const Request&) {
    ++asked;
    return text_response(500, "broken");
  });
  const auto broken = take(Server::start({}, std::move(router)));
  StatusClient wary(std::chrono::seconds(60),
                    {.breaker = {.failures = 3, .open_for = std::chrono::hours(1)}});
  for (int i = 0; i < 5; ++i) {
    const auto answer = wary.ask(url(*broken), as_bytes("q"), Responder::kOther);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE(wary.ask(url(*broken), as_bytes("q"), Responder::kOwn));
  EXPECT_EQ(asked, 4) << "the own one is always asked";
}

TEST_F(StatusClientTest, TakesNoOriginThatIsNone) {
  const auto answer = client.ask("ocsp.example", as_bytes("q"), Responder::kOther);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::http
