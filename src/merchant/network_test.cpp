// SPDX-License-Identifier: Apache-2.0
#include "merchant/network.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "documents/json.h"
#include "http/server.h"
#include "merchant/authority_client.h"
#include "merchant/testing.h"
#include "network/map_refresh.h"
#include "sample/root_rollover.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

constexpr std::string_view kDataCentreOfTest = "OU=seoul-1,OU=kr,O=Countersign Demo";

// The authority of seoul-1 over HTTP, which has a map or none.
struct NetworkTest : testing::Test {
  void SetUp() override { start(server_of("CN=Authority Server,OU=authority")); }

  x509::Signer server_of(std::string_view subject) const {
    const auto key = x509::new_key();
    auto order = network.order(x509::Role::kAuthorityServer, key.public_key());
    order.subject = x509::name(std::string(subject) + ",OU=seoul-1,OU=kr,O=Countersign Demo");
    order.alternative_names = {{"localhost"}, {"127.0.0.1"}, {}};
    order.not_before = clock.now();
    return {take(x509::issue_certificate(network.issuer(), order)), key, {network.ca}};
  }
  void start(x509::Signer identity) {
    http::Router router;
    router.add_blocking("GET", "/v1/network", [this](const http::Request&) {
      const x509::Certificate& present = authorities.empty() ? network.ca : authorities.front();
      boost::json::object facts{{"dataCentre", "OU=seoul-1,OU=kr,O=Countersign Demo"},
                                {"root", far_root.value_or(network.root).pem()},
                                {"ca", far.value_or(present).pem()},
                                {"service", url()},
                                {"status", "http://127.0.0.1:9080"}};
      boost::json::array cas;
      for (const x509::Certificate& ca : authorities) cas.emplace_back(ca.pem());
      if (!cas.empty()) facts["authorities"] = std::move(cas);
      return http::json_response(200, documents::write_json(facts));
    });
    router.add_blocking("GET", "/v1/network/map", [this](const http::Request&) {
      if (!map) return http::problem_response({ErrorCode::kNotFound, "no map"});
      return http::der_response(200, *map, http::kCmsMediaType);
    });
    http::ServerOptions options;
    options.port = server ? server->port() : static_cast<unsigned short>(0);
    server.reset();
    options.tls = http::TlsListener{std::move(identity), {}, nullptr, {}, nullptr};
    server = take(http::Server::start(std::move(options), std::move(router)));
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server->port()); }
  Result<NetworkView> discover(const x509::Certificate& root) const {
    return discover_network({root, url(), folder.path() / "network-map.json"}, clock);
  }

  SystemClock clock;
  x509::TestNetwork network{.now = whole_seconds(clock.now()) - Seconds(60)};
  sample::SecondDataCentre other{{network.root, network.root_key}, network.ca, network.now};
  TemporaryFolder folder;
  std::vector<x509::Certificate> authorities;  // the present CA first; empty for an authority that knows one
  std::optional<Bytes> map;
  std::optional<x509::Certificate> far, far_root;  // that the authority claims instead
  std::unique_ptr<http::Server> server;
};

TEST_F(NetworkTest, IsItsOwnDataCentreAloneUntilTheAuthorityHasAMap) {
  const auto view = take(discover(network.root));
  const auto authority = take(AuthorityClient::create(view, std::chrono::milliseconds(5000)));
  network::MapRefresh refresh(
      *view.trust, [&] { return authority->network_map(); }, clock);
  take(refresh.tick());
  EXPECT_EQ(view.anchor()->data_centre_cas().size(), 1U);
  EXPECT_EQ(code_of(authority->network_map()), ErrorCode::kNotFound);
}

TEST_F(NetworkTest, IsEveryDataCentreOfTheMapThatTheAuthorityGives) {
  map = other.signed_map();
  const auto view = take(discover(network.root));
  const auto authority = take(AuthorityClient::create(view, std::chrono::milliseconds(5000)));
  network::MapRefresh refresh(
      *view.trust, [&] { return authority->network_map(); }, clock);
  take(refresh.tick());
  EXPECT_EQ(view.anchor()->data_centre_cas().size(), 2U);
  EXPECT_EQ(take(discover(network.root)).anchor()->data_centre_cas().size(), 2U) << "kept for the next start";
}

TEST_F(NetworkTest, TrustsEveryCaKeyOfItsDataCentreWhileTheServersCertificateIsOfTheEarlierOne) {
  const auto next =
      take(x509::create_data_centre_ca({network.root, network.root_key}, x509::limits_of("OU=seoul-1"),
                                       x509::new_key().public_key(), network.now));
  authorities = {next, network.ca};
  const auto view = take(discover(network.root));
  EXPECT_EQ(view.anchor()->data_centre_cas(), authorities);
  EXPECT_EQ(view.ca, next);
  authorities = {next};
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kCertificateUnknown) << "who keeps quiet about it";
}

TEST_F(NetworkTest, RefusesCasOfTwoDataCentres) {
  authorities = {network.ca, other.ca.certificate};
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kNameNotPermitted);
}

TEST_F(NetworkTest, RefusesAnAuthorityOfAnotherNetwork) {
  const x509::TestNetwork elsewhere{.now = network.now};
  EXPECT_EQ(code_of(discover(elsewhere.root)), ErrorCode::kCertificateUnknown);
}

TEST_F(NetworkTest, LetsNoOtherServerOfTheDataCentrePassForTheAuthority) {
  start(server_of("CN=Another Server,OU=authority"));
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kWrongOrigin);
}

TEST_F(NetworkTest, LetsNoAuthorityOfAnotherDataCentrePassForItsOwn) {
  map = other.signed_map();
  const auto view = take(discover(network.root));
  take(view.trust->take(*map));
  start(other.signer(x509::Role::kAuthorityServer, "CN=Authority Server,OU=authority",
                     {.names = {{"localhost"}, {"127.0.0.1"}, {}}}));
  const auto authority = take(AuthorityClient::create(view, std::chrono::milliseconds(5000)));
  EXPECT_EQ(code_of(authority->network_map()), ErrorCode::kWrongOrigin);
}

TEST_F(NetworkTest, RefusesTheAuthorityOfAnotherDataCentreThatStandsAtItsAddress) {
  // Whom it claims to be it is: the name is right, and the address is none that its CA may name.
  far = other.ca.certificate;
  start(other.signer(x509::Role::kAuthorityServer, "CN=Authority Server,OU=authority",
                     {.names = {{"authority.example.jp"}, {}, {}}}));
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kWrongOrigin);
}

TEST_F(NetworkTest, RefusesAnotherDataCentreThanTheOneThatCertifiedTheGateway) {
  NetworkPlace place{network.root, url(), folder.path() / "network-map.json", x509::name(kDataCentreOfTest)};
  EXPECT_TRUE(discover_network(place, clock));
  place.data_centre = other.name;
  EXPECT_EQ(code_of(discover_network(place, clock)), ErrorCode::kForbidden);
}

TEST_F(NetworkTest, RefusesAnotherDataCentreThanTheOneThatTheKeptMapHasAtItsAddress) {
  auto kept_map = other.map();
  for (auto& each : kept_map.data_centres)
    if (!(each.name == other.name)) each.service_url = url();
  take(take(network::KeptMap::open(folder.path() / "network-map.json", network.root, clock))
           ->take(other.sign(kept_map)));
  EXPECT_TRUE(discover(network.root));
  far = other.ca.certificate;
  start(other.signer(x509::Role::kAuthorityServer, "CN=Authority Server,OU=authority",
                     {.names = {{"localhost"}, {"127.0.0.1"}, {}}}));
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kForbidden) << "though its CA may name the address";
}

TEST_F(NetworkTest, StartsWithoutAMapThatIsSpoiltAndFetchesItAnew) {
  take(storage::write_file(folder.path() / "network-map.json", as_bytes("{}"), storage::FileMode::kPublic));
  map = other.signed_map();
  const auto view = take(discover(network.root));
  EXPECT_EQ(code_of(view.trust->map()), ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "network-map.json.spoilt"));
  const auto authority = take(AuthorityClient::create(view, std::chrono::milliseconds(5000)));
  network::MapRefresh refresh(
      *view.trust, [&] { return authority->network_map(); }, clock);
  take(refresh.tick());
  EXPECT_EQ(view.anchor()->data_centre_cas().size(), 2U);
}

TEST_F(NetworkTest, FetchesTheMapFromAnAuthorityThatGotAnotherCaMeanwhile) {
  const auto view = take(discover(network.root));
  take(view.trust->take(other.signed_map(1)));
  const auto fresh =
      sample::make_ca({network.root, network.root_key}, *network.ca.extensions().name_limits, network.now);
  auto newer = other.map(2);
  for (auto& each : newer.data_centres)
    if (each.name == view.data_centre) each.ca_certificates = {fresh.certificate};
  map = other.sign(newer);
  const auto server_now =
      sample::issue(fresh, x509::Role::kAuthorityServer,
                    x509::name("CN=Authority Server,OU=authority," + std::string(kDataCentreOfTest)),
                    network.now, {.names = {{"localhost"}, {"127.0.0.1"}, {}}});
  start({server_now.certificate, server_now.key, {fresh.certificate}});
  const auto authority = take(AuthorityClient::create(view, std::chrono::milliseconds(5000)));
  network::MapRefresh refresh(
      *view.trust, [&] { return authority->network_map(); }, clock);
  take(refresh.tick());
  EXPECT_EQ(take(view.trust->map())->map.version, 2);
}

TEST_F(NetworkTest, RefusesAnAuthorityBelowACaThatMapsHaveTakenOut) {
  const auto fresh =
      sample::make_ca({network.root, network.root_key}, *network.ca.extensions().name_limits, network.now);
  {
    const auto kept = take(network::KeptMap::open(folder.path() / "network-map.json", network.root, clock));
    take(kept->take(other.signed_map(1)));
    auto newer = other.map(2);
    for (auto& each : newer.data_centres)
      if (!(each.name == other.name)) each.ca_certificates = {fresh.certificate};
    take(kept->take(other.sign(newer)));
  }
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kCertificateUnknown);
  const auto server_now =
      sample::issue(fresh, x509::Role::kAuthorityServer,
                    x509::name("CN=Authority Server,OU=authority," + std::string(kDataCentreOfTest)),
                    network.now, {.names = {{"localhost"}, {"127.0.0.1"}, {}}});
  authorities = {fresh.certificate, network.ca};
  start({server_now.certificate, server_now.key, {fresh.certificate}});
  EXPECT_EQ(take(discover(network.root)).ca, fresh.certificate) << "which says that it had the other before";
}

// The authority answers below the next root, and the gateway was given the one before.
TEST_F(NetworkTest, IsFoundBelowTheRootThatKeptMapsHavePassedTo) {
  const sample::RootRollover rollover(other);
  far_root = rollover.next.certificate;
  far = rollover.first_ca;
  EXPECT_EQ(code_of(discover(network.root)), ErrorCode::kCertificateUnknown) << "no map names that root";
  {
    const auto kept = take(network::KeptMap::open(folder.path() / "network-map.json", network.root, clock));
    take(kept->take(rollover.announcing(1)));
    EXPECT_EQ(take(discover(network.root)).anchor()->root(), network.root);
    take(kept->take(rollover.taking_over(2)));
  }
  const auto view = take(discover(network.root));
  EXPECT_EQ(view.anchor()->root(), rollover.next.certificate);
  EXPECT_EQ(view.ca, rollover.first_ca);
  far_root = network.root;
  far = network.ca;
  EXPECT_EQ(take(discover(network.root)).ca, rollover.first_ca) << "the authority is behind";
}

}  // namespace
}  // namespace countersign::merchant
