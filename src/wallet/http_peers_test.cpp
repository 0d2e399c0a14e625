// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <future>

#include "documents/json.h"
#include "http/server.h"
#include "sample/manual_clock.h"
#include "sample/second_data_centre.h"
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
    router.add_blocking("GET", "/v1/checkouts/{id}/receipt", [this](const http::Request&) {
      ended.wait();
      return http::text_response(200, "{}");
    });
    http::ServerOptions options;
    options.port = port;
    options.tls = http::TlsListener{merchant, [this] { return stapled; }, nullptr, {}, clock};
    server = http::Server::start(std::move(options), std::move(router)).value();
    port = server->port();
  }

  void TearDown() override { over.set_value(); }

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
  std::promise<void> over;  // the test
  const std::shared_future<void> ended = over.get_future().share();
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

TEST_F(HttpPeersTest, WaitsForAReceiptForSecondsOnlyAndGoesOn) {
  const auto began = std::chrono::steady_clock::now();
  const auto answer = gateway->fetch_receipt("checkout-1", "t");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, AnswerLimits().gateway / 2);
  EXPECT_TRUE(gateway->reach());
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

// tokyo-1 beside seoul-1, under one root.
struct HttpPeersAcross : HttpPeersTest {
  std::unique_ptr<http::Server> serve_authority() {
    http::Router router;
    router.add_blocking("GET", "/v1/network/map", [this](const http::Request&) {
      if (!map) return http::problem_response({ErrorCode::kNotFound, "no map"});
      return http::der_response(200, *map, http::kCmsMediaType);
    });
    router.add_blocking("GET", "/v1/network", [this](const http::Request&) {
      boost::json::object facts{{"dataCentre", other.name.text()},
                                {"root", network.root.pem()},
                                {"ca", other.ca.certificate.pem()}};
      boost::json::array cas;
      for (const x509::Certificate& ca : authorities) cas.emplace_back(ca.pem());
      if (!cas.empty()) facts["authorities"] = std::move(cas);
      return http::json_response(200, documents::write_json(facts));
    });
    http::ServerOptions options;
    options.tls =
        http::TlsListener{other.signer(x509::Role::kAuthorityServer, "CN=Authority Server,OU=authority",
                                       {.names = {{"localhost"}, {"127.0.0.1"}, {}}}),
                          {},
                          nullptr,
                          {},
                          clock};
    return http::Server::start(std::move(options), std::move(router)).value();
  }

  std::vector<x509::Certificate> authorities;
  sample::SecondDataCentre other{{network.root, network.root_key}, network.ca, network.now};
  std::shared_ptr<const x509::TrustAnchor> both = std::make_shared<const x509::TrustAnchor>(
      x509::TrustAnchor::create(network.root, {network.ca, other.ca.certificate}, network.now).value());
  std::optional<Bytes> map;
};

TEST_F(HttpPeersAcross, RefusesAGatewayWhoseNameIsAnotherDataCentresToGive) {
  const auto extensions = x509::encode_extensions(merchant.certificate.extensions()).value();
  const auto forged =
      network.forge(other.below("CN=Sumida Books,OU=merchants").der(), key.public_key(), extensions);
  merchant = {x509::Certificate::from_der(forged).value(), key, {network.ca}};
  restart();
  const auto refused = peers->gateway("https://127.0.0.1:" + std::to_string(port), both, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNameNotPermitted) << refused.error().detail;
}

TEST_F(HttpPeersAcross, KnowsAnAuthorityByItsDataCentreAndNotByItsHost) {
  const auto authority = serve_authority();
  const std::string url = "https://127.0.0.1:" + std::to_string(authority->port());
  map = other.signed_map();
  const auto there = peers->authority(url, other.name, both).value()->network_map();
  ASSERT_TRUE(there) << there.error().detail;
  EXPECT_EQ(there.value(), *map);
  const auto here = peers->authority(url, x509::limits_of("OU=seoul-1").subtree, both).value()->network_map();
  ASSERT_FALSE(here);
  EXPECT_EQ(here.error().code, ErrorCode::kWrongOrigin);
}

TEST_F(HttpPeersAcross, LearnsEveryCaOfADataCentreThatChangesItsKey) {
  const auto authority = serve_authority();
  const std::string url = "https://127.0.0.1:" + std::to_string(authority->port());
  const auto ask = [&] { return peers->authority(url, other.name, both).value()->network(); };
  EXPECT_EQ(ask().value().cas, std::vector{other.ca.certificate}) << "of an authority that knows one";
  const auto next = x509::create_data_centre_ca({network.root, network.root_key},
                                                *other.ca.certificate.extensions().name_limits,
                                                x509::new_key().public_key(), network.now)
                        .value();
  authorities = {next, other.ca.certificate};
  EXPECT_EQ(ask().value().cas, authorities);
  authorities = std::vector(5, next);
  EXPECT_FALSE(ask()) << "more than a data centre has";
}

TEST_F(HttpPeersAcross, SaysThatAnAuthorityHasNoMap) {
  const auto authority = serve_authority();
  const std::string url = "https://127.0.0.1:" + std::to_string(authority->port());
  const auto none = peers->authority(url, other.name, both).value()->network_map();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

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
    const auto no_answer =
        hasty->authority(url, x509::limits_of("OU=seoul-1").subtree, anchor).value()->network();
    ASSERT_FALSE(no_answer);
    EXPECT_EQ(no_answer.error().code, ErrorCode::kUnavailable);
    shortest = std::min(shortest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(shortest, of_a_connection);
}

}  // namespace
}  // namespace countersign::wallet
