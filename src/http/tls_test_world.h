// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "http/client.h"
#include "http/server.h"
#include "x509/test_network.h"

// A TLS server and clients of the test network, at the network's time.
namespace countersign::http {

struct FixedClock final : Clock {
  explicit FixedClock(TimePoint at) : time(at) {}
  TimePoint now() const override { return time; }
  const TimePoint time;
};

struct TlsTest : testing::Test {
  x509::Signer identity(x509::Role role) const {
    const crypto::PrivateKey key = x509::new_key();
    return {network.issue(role, key.public_key()), key, {network.ca}};
  }

  TlsListener listener(x509::Signer signer) const {
    return {std::move(signer), {}, anchor, {x509::Role::kMerchant, x509::Role::kOperator}, clock};
  }

  void start(TlsListener tls) {
    Router router;
    router.add("GET", "/who", [this](const Request& request, const Respond& respond) {
      ++requests;
      const auto& client = request.client_certificate;
      respond(text_response(200, client ? client->subject().text() : "nobody"));
    });
    ServerOptions options;
    options.tls = std::move(tls);
    options.read_timeout = std::chrono::milliseconds(500);
    auto started = Server::start(std::move(options), std::move(router));
    ASSERT_TRUE(started) << started.error().detail;
    server = std::move(started).value();
  }
  void start() { start(listener(identity(x509::Role::kAuthorityServer))); }

  ClientOptions options(x509::Role role = x509::Role::kAuthorityServer) const {
    ClientOptions given;
    given.peer = PeerCheck{.anchor = anchor, .role = role, .expected_subject = {}, .clock = clock};
    return given;
  }

  // One request by a new client; the body, or the error's name.
  std::string ask(ClientOptions given) const {
    const auto client =
        Client::create("https://127.0.0.1:" + std::to_string(server->port()), std::move(given));
    const auto response = client.value()->get("/who");
    return response ? to_text(response.value().body) : std::string(error_name(response.error().code));
  }

  x509::TestNetwork network;
  std::shared_ptr<const x509::TrustAnchor> anchor = std::make_shared<x509::TrustAnchor>(network.anchor);
  std::shared_ptr<const Clock> clock = std::make_shared<FixedClock>(network.now + std::chrono::hours(1));
  std::atomic<int> requests = 0;
  std::unique_ptr<Server> server;
};

}  // namespace countersign::http
