// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_routes.h"

#include <gtest/gtest.h>

#include <future>

#include "authority/witness/testing/test_witness.h"
#include "crypto/digest.h"
#include "http/client.h"

namespace countersign::authority {
namespace {

struct WitnessRoutes : testing::Test {
  void SetUp() override { serve(WitnessDoor::kUsualPlaces); }
  void TearDown() override {
    server_.reset();
    door_.reset();
  }
  void serve(PeerPlaces::Options places) {
    server_.reset();
    door_ = std::make_unique<WitnessDoor>(*witness_.desk, places);
    http::Router router;
    add_witness_routes(router, *door_);
    add_witnessed_checkpoint_route(router, *witness_.desk);
    server_ = take(http::Server::start({}, std::move(router)));
    client_ = take(http::Client::create("http://127.0.0.1:" + std::to_string(server_->port()), {}));
  }
  http::Response post(std::uint64_t old_size) {
    return take(client_->post("/witness/add-checkpoint", body_from(log_, old_size), "text/plain"));
  }

  ManualClock clock_;
  TestLog log_;
  TestWitness witness_{"osaka-1.example/witness", clock_, {&log_}};
  std::unique_ptr<WitnessDoor> door_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(WitnessRoutes, CosignAndShow) {
  log_.grow(5);
  const std::string path =
      "/witness/" + hex_encode(crypto::sha256(as_bytes(log_.key().name))) + "/checkpoint";
  EXPECT_EQ(take(client_->get(path)).status, 404);
  ASSERT_EQ(post(0).status, 200);
  const http::Response shown = take(client_->get(path));
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(shown.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(checkpoint::verify_checkpoint(as_text(shown.body), log_.key(), {&witness_.key(), 1}));
}

TEST_F(WitnessRoutes, NameTheKnownSize) {
  log_.grow(5);
  ASSERT_EQ(post(0).status, 200);
  const http::Response answer = post(0);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.header("Content-Type"), "text/x.tlog.size");
  EXPECT_EQ(to_text(answer.body), "5\n");
}

TEST_F(WitnessRoutes, TakeNoOtherMethods) {
  EXPECT_EQ(take(client_->get("/witness/add-checkpoint")).status, 405);
}

TEST_F(WitnessRoutes, LetSoManyOfOneAddressIn) {
  serve({.all = 10, .of_one = 1});
  std::promise<void> holding;
  std::promise<void> release;
  auto holder = std::async(std::launch::async, [&] {
    take(witness_.database->write([&](storage::Transaction&) -> Result<void> {
      holding.set_value();
      release.get_future().wait();
      return ok();
    }));
  });
  holding.get_future().wait();
  auto first = std::async(std::launch::async, [this] { return post(0).status; });
  auto second = std::async(std::launch::async, [this] { return post(0).status; });
  // One of them waits for its turn at writing, and the other does not.
  const auto has_answer = [](std::future<int>& answer) {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  EXPECT_TRUE(comes_true([&] { return has_answer(first) || has_answer(second); }));
  release.set_value();
  holder.get();
  EXPECT_EQ(first.get() + second.get(), 200 + 429);
}

TEST_F(WitnessRoutes, LetSoManyIn) {
  serve({.all = 0, .of_one = 10});
  EXPECT_EQ(post(0).status, 503);
}

}  // namespace
}  // namespace countersign::authority
