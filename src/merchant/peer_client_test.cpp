// SPDX-License-Identifier: Apache-2.0
#include "merchant/peer_client.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "merchant/testing.h"
#include "sample/second_data_centre.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

// A card company of tokyo-1, reached by a gateway of seoul-1. It says who asked.
struct PeerClientTest : testing::Test {
  void SetUp() override {
    http::Router router;
    router.add_blocking("GET", "/who", [](const http::Request& request) {
      return http::text_response(
          200, request.client_certificate ? request.client_certificate->subject().value_of("CN") : "nobody");
    });
    http::ServerOptions options;
    options.tls = http::TlsListener{company, {}, both, {x509::Role::kMerchant}, clock};
    server = take(http::Server::start(std::move(options), std::move(router)));
  }
  std::unique_ptr<PeerClient> connect(const x509::Name& expected) {
    http::PeerCheck check;
    check.role = x509::Role::kCardCompany;
    check.expected_subject = expected;
    check.clock = clock;
    return std::make_unique<PeerClient>("https://127.0.0.1:" + std::to_string(server->port()),
                                        PeerRule{std::move(check), shop.view.trust}, http::ClientOptions{});
  }

  TestShop shop;
  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  std::shared_ptr<const Clock> clock{std::shared_ptr<const Clock>(), &shop.clock};
  std::shared_ptr<const x509::TrustAnchor> both =
      std::make_shared<const x509::TrustAnchor>(take(x509::TrustAnchor::create(
          shop.network.root, {shop.network.ca, other.ca.certificate}, shop.network.now)));
  x509::Signer company = other.signer(x509::Role::kCardCompany, "CN=Sumida Card,OU=card-companies",
                                      {.names = {{}, {"127.0.0.1"}, {}}});
  std::unique_ptr<http::Server> server;
};

TEST_F(PeerClientTest, ReachesAPeerOfAnotherDataCentreOnceTheMapNamesIt) {
  const auto client = connect(company.certificate.subject());
  EXPECT_EQ(code_of(client->get("/who")), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(shop.view.trust->wants_newer());
  take(shop.view.trust->take(other.signed_map()));
  EXPECT_EQ(to_text(take(client->get("/who")).body), "nobody");
}

TEST_F(PeerClientTest, LosesThePeerWhenTheMapIsOver) {
  take(shop.view.trust->take(other.signed_map()));
  const auto client = connect(company.certificate.subject());
  take(client->get("/who"));
  shop.clock.advance(std::chrono::days(31));
  EXPECT_EQ(code_of(client->get("/who")), ErrorCode::kCertificateUnknown);
}

TEST_F(PeerClientTest, SpeaksWithTheCertificateThatItWasGivenLast) {
  take(shop.view.trust->take(other.signed_map()));
  const auto client = connect(company.certificate.subject());
  EXPECT_EQ(to_text(take(client->get("/who")).body), "nobody");
  take(client->identify(*shop.identity->signer()));
  EXPECT_EQ(to_text(take(client->get("/who")).body), "Hanok Books");
}

TEST_F(PeerClientTest, RefusesAPeerOfTheSameNameInAnotherDataCentre) {
  take(shop.view.trust->take(other.signed_map()));
  const auto client =
      connect(x509::name("CN=Sumida Card,OU=card-companies,OU=seoul-1,OU=kr,O=Countersign Demo"));
  EXPECT_EQ(code_of(client->get("/who")), ErrorCode::kWrongOrigin);
}

TEST_F(PeerClientTest, RefusesAUrlThatIsNoneBeforeTheFirstRequest) {
  http::PeerCheck check;
  const PeerClient client("card.example", {check, shop.view.trust}, {});
  EXPECT_EQ(code_of(client.prepare()), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::merchant
