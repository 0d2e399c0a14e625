// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "http/server.h"
#include "sample/manual_clock.h"
#include "wallet/peers.h"
#include "x509/test_responder.h"

namespace countersign::wallet {
namespace {

using documents::Outcome;

// A gateway that reads a payment only where it names the exporter of the connection that it came over.
struct HttpPeersTest : testing::Test {
  void start() {
    http::Router router;
    router.add_blocking("GET", "/healthz",
                        [](const http::Request&) { return http::text_response(200, "ok"); });
    router.add_blocking("POST", "/v1/checkouts/{id}/dialogue", [this](const http::Request& request) {
      auto message = documents::parse_wallet_message(request.body).value();
      auto& payment = std::get<documents::PaymentMessage>(message);
      ++payments;
      if (std::get<documents::SealedPayment>(payment.payment).envelope != to_bytes(request.tls_exporter))
        return http::problem_response({ErrorCode::kMalformed, "payment: does not open"});
      const auto answer = documents::write_dialogue(
          documents::GatewayMessage(Outcome{Outcome::Kind::kDeclined, std::nullopt, "card_expired", 2}));
      return http::json_response(200, to_text(answer.value()));
    });
    http::ServerOptions options;
    options.port = port;
    options.tls = http::TlsListener{merchant, [this] { return stapled; }, nullptr, {}, clock};
    server = http::Server::start(std::move(options), std::move(router)).value();
    port = server->port();
  }

  void SetUp() override {
    stapled = x509::TestResponder(network).state(merchant.certificate, clock->now());
    start();
    peers = make_http_peers(http::AddressPolicy::kAny, *clock);
    gateway = peers
                  ->gateway("https://127.0.0.1:" + std::to_string(port),
                            std::make_shared<x509::TrustAnchor>(network.anchor), {})
                  .value();
  }

  // The end of all connections, and a server where the next ones lead to.
  void restart() {
    server.reset();
    start();
  }

  x509::TestNetwork network;
  std::shared_ptr<const Clock> clock = std::make_shared<ManualClock>(network.now + std::chrono::hours(1));
  crypto::PrivateKey key = x509::new_key();
  x509::Signer merchant{network.issue(x509::Role::kMerchant, key.public_key()), key, {network.ca}};
  Bytes stapled;
  std::atomic<int> payments = 0;
  unsigned short port = 0;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<Peers> peers;
  std::unique_ptr<GatewayAccess> gateway;
  int made = 0;
};

documents::WalletMessage payment_for(BytesView exporter) {
  return documents::PaymentMessage{documents::SealedPayment{to_bytes(exporter)}, Bytes{1, 2, 3}};
}

TEST_F(HttpPeersTest, MakesAPaymentForTheConnectionThatItGoesOver) {
  const auto answer = gateway->converse_over("checkout-1", "t", [&](BytesView exporter) {
    ++made;
    return Result<documents::WalletMessage>(payment_for(exporter));
  });
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(std::get<Outcome>(answer.value()).code, "card_expired");
  EXPECT_EQ(made, 1);
}

TEST_F(HttpPeersTest, MakesItAgainForTheNextConnectionWhereThatOneEndedBeforeItWasSent) {
  const auto answer = gateway->converse_over("checkout-1", "t", [&](BytesView exporter) {
    auto message = payment_for(exporter);
    if (++made == 1) restart();
    return Result<documents::WalletMessage>(std::move(message));
  });
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(std::get<Outcome>(answer.value()).code, "card_expired");
  EXPECT_EQ(made, 2);
}

TEST_F(HttpPeersTest, MakesNothingWhenThereIsNoConnection) {
  server.reset();
  const auto answer = gateway->converse_over("checkout-1", "t", [&](BytesView exporter) {
    ++made;
    return Result<documents::WalletMessage>(payment_for(exporter));
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(payments, 0);
}

// Takes connections and never says a word.
struct MuteServer {
  MuteServer() : listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener, any, size), 0);
    EXPECT_EQ(listen(listener, 1), 0);
    EXPECT_EQ(getsockname(listener, any, &size), 0);
    port = ntohs(address.sin_port);
  }
  ~MuteServer() { close(listener); }
  MuteServer(const MuteServer&) = delete;
  MuteServer& operator=(const MuteServer&) = delete;
  const int listener;
  unsigned short port = 0;
};

TEST_F(HttpPeersTest, WaitsNoLongerThanItsLimitsSay) {
  const auto anchor = std::make_shared<x509::TrustAnchor>(network.anchor);
  const std::chrono::milliseconds limit(200);
  const auto hasty = make_http_peers(http::AddressPolicy::kAny, *clock, {limit, limit});
  const std::chrono::seconds of_a_connection(3);  // what one of the two waits is without the limits
  // A busy machine can be late for one try; without the limits all of them are.
  auto shortest = std::chrono::steady_clock::duration::max();
  for (int tries = 0; tries < 5 && shortest >= of_a_connection; ++tries) {
    const MuteServer mute;
    const std::string url = "https://127.0.0.1:" + std::to_string(mute.port);
    const auto begin = std::chrono::steady_clock::now();
    const auto no_gateway = hasty->gateway(url, anchor, {});
    ASSERT_FALSE(no_gateway);
    EXPECT_EQ(no_gateway.error().code, ErrorCode::kUnavailable);
    const auto no_answer = hasty->authority(url, anchor).value()->network();
    ASSERT_FALSE(no_answer);
    EXPECT_EQ(no_answer.error().code, ErrorCode::kUnavailable);
    shortest = std::min(shortest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(shortest, of_a_connection);
}

}  // namespace
}  // namespace countersign::wallet
