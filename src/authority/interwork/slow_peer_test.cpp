// SPDX-License-Identifier: Apache-2.0
// Homes that answer slowly or not at all hold up nobody but those who ask about their subscribers.
#include <gtest/gtest.h>
#include <poll.h>

#include <future>
#include <thread>

#include "authority/interwork/testing/test_data_centre.h"
#include "http/raw_connection.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kBusan = "OU=busan-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";
using std::chrono::milliseconds;

// Drip stands before a server and hands on what it says at first at once, and then byte by byte, one every
// 50 ms.
class Drip {
 public:
  Drip(unsigned short server, std::size_t at_once) : server_(server), at_once_(at_once) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("drip: no port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Drip() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  unsigned short port() const { return port_; }
  int dripped() const { return dripped_; }

 private:
  void run() {
    while (!stopping_) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      carry(client);
      ::close(client);
    }
  }
  void carry(int client) {
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) pump(client, server);
    ::close(server);
  }
  void pump(int client, int server) {
    std::string held;
    std::size_t sent = 0;
    for (;;) {
      pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (stopping_ || poll(ends, 2, 50) < 0) return;
      char buffer[4096];
      if (ends[0].revents != 0) {
        const ssize_t count = recv(client, buffer, sizeof(buffer), 0);
        if (count <= 0 || ::send(server, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL) < 0) return;
      }
      if (ends[1].revents != 0) {
        const ssize_t count = recv(server, buffer, sizeof(buffer), 0);
        if (count <= 0) return;
        held.append(buffer, static_cast<std::size_t>(count));
      }
      const std::size_t now = sent < at_once_
                                  ? std::min(held.size(), at_once_ - sent)
                                  : std::min<std::size_t>(held.size(), ends[1].revents == 0 ? 1 : 0);
      if (now == 0) continue;
      if (sent >= at_once_) ++dripped_;
      if (::send(client, held.data(), now, MSG_NOSIGNAL) < 0) return;
      held.erase(0, now);
      sent += now;
    }
  }

  const unsigned short server_;
  const std::size_t at_once_;
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unsigned short port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> dripped_ = 0;
  std::thread thread_;
};

struct SlowPeer : testing::Test {
  explicit SlowPeer(const PeerLimits& limits) : seoul(root, kSeoul, {.limits = limits}) {}
  void join(const documents::NetworkMap& map) {
    const auto view = view_of(map);
    for (TestDataCentre* each : {&seoul, &busan, &osaka}) each->join(view);
  }
  // Seoul asks Busan by way of what drips.
  void put_before_busan(const Drip& drip) {
    auto map = map_of({&seoul, &busan, &osaka});
    for (auto& centre : map.data_centres)
      if (centre.name.text() == kBusan)
        centre.service_url = "https://127.0.0.1:" + std::to_string(drip.port());
    seoul.join(view_of(map));
  }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre seoul;
  TestDataCentre busan{root, kBusan};
  TestDataCentre osaka{root, kOsaka};
};

struct DrippingPeer : SlowPeer {
  DrippingPeer() : SlowPeer({.connect = milliseconds(700), .answer = milliseconds(1500)}) {
    join(map_of({&seoul, &busan, &osaka}));
  }
  ErrorCode ask() {
    const auto status = seoul.ask_about(busan.world.purchaser->certificate);
    return status ? ErrorCode::kInternal : status.error().code;
  }
};

TEST_F(DrippingPeer, IsGivenUpWhileItShakesHands) {
  const Drip drip(busan.server->port(), 10);
  put_before_busan(drip);
  EXPECT_EQ(ask(), ErrorCode::kUnavailable);
  EXPECT_GT(drip.dripped(), 0);
  EXPECT_EQ(busan.questions, 0);
}

// A Drip that hands on everything of the handshake, and then slows down.
TEST_F(DrippingPeer, IsGivenUpWhileItAnswers) {
  std::size_t handshake = 2500;
  for (;; handshake += 300) {
    const Drip drip(busan.server->port(), handshake);
    put_before_busan(drip);
    const ErrorCode code = ask();
    if (busan.questions == 0) continue;  // still in the handshake: hand more on at once
    EXPECT_EQ(code, ErrorCode::kUnavailable);
    EXPECT_GT(drip.dripped(), 0);
    return;
  }
}

// Busan takes questions and answers none before the test ends.
struct SilentPeer : SlowPeer {
  explicit SilentPeer(const PeerLimits& limits) : SlowPeer(limits) {
    http::Router router;
    router.add("POST", kPeerOcspPath, [this](const http::Request&, const http::Respond& respond) {
      const std::lock_guard lock(mutex);
      held.push_back(respond);
      asked.notify_all();
    });
    join(map_of({&seoul, &busan, &osaka}));
    busan.serve(std::move(router), busan.tls);
  }
  ~SilentPeer() override { release(); }
  void release() {
    const std::lock_guard lock(mutex);
    for (const auto& respond : held) respond(http::text_response(503, ""));
    held.clear();
  }
  void wait_until_asked() {
    std::unique_lock lock(mutex);
    asked.wait(lock, [this] { return !held.empty(); });
  }
  std::mutex mutex;
  std::condition_variable asked;
  std::vector<http::Respond> held;
};

struct PeerSilentForLong : SilentPeer {
  PeerSilentForLong() : SilentPeer({.connect = milliseconds(10'000), .answer = milliseconds(60'000)}) {}
};

TEST_F(PeerSilentForLong, HoldsUpNeitherQuestionsToOthersNorOrdersOfItsOwn) {
  auto silent = std::async(std::launch::async, [this] { return seoul.sell_to(*busan.world.purchaser); });
  wait_until_asked();
  EXPECT_EQ(seoul.sell_to(*osaka.world.purchaser).value().kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(seoul.sell_to(*seoul.world.purchaser).value().kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(silent.wait_for(milliseconds(0)), std::future_status::timeout);
  release();
  const auto refused = silent.get();
  EXPECT_EQ(seoul.world.refusal_of(refused.value()).reasons.at(0).code, ErrorCode::kHomeUnreachable);
}

struct PeerSilentForShort : SilentPeer {
  PeerSilentForShort() : SilentPeer({.connect = milliseconds(400), .answer = milliseconds(800)}) {}
};

TEST_F(PeerSilentForShort, IsGivenUpAfterTheTimeForAnAnswer) {
  const auto refused = seoul.sell_to(*busan.world.purchaser);
  EXPECT_EQ(seoul.world.refusal_of(refused.value()).reasons.at(0).code, ErrorCode::kHomeUnreachable);
  EXPECT_EQ(seoul.world.check(), 0);
}

TEST_F(PeerSilentForShort, IsNotAskedAnyMoreAfterFailuresInARowWhichMetricsShow) {
  busan.stop_serving();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(seoul.ask_about(busan.world.purchaser->certificate));
  EXPECT_EQ(seoul.peers->state_of(busan.world.network.data_centre), CircuitBreaker::State::kOpen);
  const std::string text = seoul.metrics.text();
  EXPECT_NE(text.find("countersign_peer_circuit_open{peer=\"OU=busan-1,OU=kr,O=Countersign Demo\"} 1"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace countersign::authority
