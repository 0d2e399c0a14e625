// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/trusting_listener.h"

#include <gtest/gtest.h>

#include "cardcompany/authority_client.h"
#include "http/client.h"
#include "sample/manual_clock.h"
#include "sample/second_data_centre.h"
#include "sample/temporary_folder.h"
#include "x509/sample_network.h"

namespace countersign::cardcompany {
namespace {

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

// A card company of seoul-1, which a merchant of tokyo-1 comes to.
struct TrustingListenerTest : testing::Test {
  void SetUp() override {
    http::Router router;
    router.add_blocking("GET", "/who", [](const http::Request& request) {
      return http::text_response(
          200, request.client_certificate ? request.client_certificate->subject().value_of("CN") : "nobody");
    });
    http::ServerOptions options;
    const auto holder = sample::issue(
        network.ca, x509::Role::kCardCompany,
        take(x509::Name::from_text("CN=Han River Card,OU=card-companies," + network.data_centre.text())),
        network.now, {.names = {{}, {"127.0.0.1"}, {}}});
    options.tls = http::TlsListener{network.signer_of(holder), {}, nullptr, {x509::Role::kMerchant}, shared};
    listener = take(TrustingListener::start(std::move(options), std::move(router), trust));
  }
  // What the company says to who comes with this certificate, over a connection of its own.
  Result<std::string> come_as(const x509::Signer& merchant) const {
    http::ClientOptions options;
    options.identity = merchant;
    TRY(const auto client,
        http::Client::create("https://127.0.0.1:" + std::to_string(listener->port()), std::move(options)));
    TRY(const auto answer, client->get("/who"));
    return to_text(answer.body);
  }

  x509::SampleNetwork network;
  ManualClock clock{network.now};
  std::shared_ptr<const Clock> shared{std::shared_ptr<const Clock>(), &clock};
  sample::SecondDataCentre other{network.root, network.ca.certificate, network.now};
  TemporaryFolder folder;
  std::shared_ptr<countersign::network::AnchorSource> trust =
      std::make_shared<countersign::network::AnchorSource>(
          countersign::network::OwnDataCentre{std::make_shared<const x509::TrustAnchor>(network.anchor),
                                              network.data_centre, "http://127.0.0.1:7080"},
          take(countersign::network::KeptMap::open(folder.path() / "map", network.root.certificate, clock)));
  x509::Signer visitor = other.signer(x509::Role::kMerchant, "CN=Sumida Books,OU=merchants",
                                      {.names = {{"localhost"}, {}, {"https://localhost:8443"}}});
  x509::Signer neighbour = network.signer_of(network.issue_merchant());
  std::unique_ptr<TrustingListener> listener;
};

TEST_F(TrustingListenerTest, TakesMerchantsOfOtherDataCentresOnceTheMapNamesThem) {
  EXPECT_EQ(code_of(come_as(visitor)), ErrorCode::kUnauthenticated);
  EXPECT_EQ(take(come_as(neighbour)), "Sample Shop");
  take(trust->take(other.signed_map()));
  take(listener->follow());
  EXPECT_EQ(take(come_as(visitor)), "Sumida Books");
  EXPECT_EQ(take(come_as(neighbour)), "Sample Shop");
}

TEST_F(TrustingListenerTest, TurnsThemAwayWhenTheMapIsOver) {
  take(trust->take(other.signed_map()));
  take(listener->follow());
  take(come_as(visitor));
  clock.advance(std::chrono::days(31));
  take(listener->follow());
  EXPECT_EQ(code_of(come_as(visitor)), ErrorCode::kUnauthenticated);
  EXPECT_EQ(take(come_as(neighbour)), "Sample Shop");
}

TEST_F(TrustingListenerTest, FetchesNoMapFromAnotherThanItsOwnAuthority) {
  http::Router router;
  router.add_blocking("GET", "/v1/network/map", [this](const http::Request&) {
    return http::der_response(200, other.signed_map(), http::kCmsMediaType);
  });
  const SystemClock system;
  const TimePoint now = whole_seconds(system.now()) - Seconds(60);
  const auto own_root = sample::make_root(now);
  const auto own_ca =
      sample::make_ca(own_root, {network.data_centre, {"localhost"}, {}, {"127.0.0.0/8"}}, now);
  const sample::SecondDataCentre stranger(own_root, own_ca.certificate, now);
  http::ServerOptions options;
  options.tls =
      http::TlsListener{stranger.signer(x509::Role::kAuthorityServer, "CN=Authority Server,OU=authority",
                                        {.names = {{"localhost"}, {"127.0.0.1"}, {}}}),
                        {},
                        nullptr,
                        {},
                        nullptr};
  const auto server = take(http::Server::start(std::move(options), std::move(router)));
  const auto kept = std::shared_ptr<countersign::network::KeptMap>(
      take(countersign::network::KeptMap::open(folder.path() / "own", own_root.certificate, system)));
  countersign::network::AnchorSource source(
      {std::make_shared<const x509::TrustAnchor>(
           take(x509::TrustAnchor::create(own_root.certificate, {own_ca.certificate}, now))),
       network.data_centre, ""},
      kept);
  const std::string url = "https://127.0.0.1:" + std::to_string(server->port());
  EXPECT_EQ(code_of(fetch_network_map(url, source)), ErrorCode::kCertificateUnknown);
  take(source.take(stranger.signed_map()));
  EXPECT_EQ(code_of(fetch_network_map(url, source)), ErrorCode::kWrongOrigin);
}

}  // namespace
}  // namespace countersign::cardcompany
