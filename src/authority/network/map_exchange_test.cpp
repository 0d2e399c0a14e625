// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "authority/network/map_routes.h"
#include "http/client.h"
#include "http/server.h"
#include "sample/manual_clock.h"
#include "sample/mapped_network.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

using sample::MappedNetwork;
using std::chrono::days;
using std::chrono::milliseconds;

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";
constexpr const char* kJp = "OU=jp,O=Countersign Demo";

x509::Name name(std::string_view text) {
  return x509::Name::from_text(text).value();
}

// A certificate of that role for 127.0.0.1, of that CA.
x509::Signer serving(const MappedNetwork& network, const x509::Issuer& ca, x509::Role role,
                     const std::string& subject) {
  sample::Particulars particulars;
  particulars.names.ip = {"127.0.0.1"};
  const x509::Issuer issued = sample::issue(ca, role, name(subject), network.now, particulars);
  return {issued.certificate, issued.key, {ca.certificate}};
}

// A data centre's listener over real TLS, with whatever it answers.
class Peer {
 public:
  explicit Peer(x509::Signer identity) {
    http::Router router;
    router.add("GET", "/v1/network/map", [this](const http::Request&, const http::Respond& respond) {
      ++requests;
      if (holds)
        held.push_back(respond);
      else
        respond(answer);
    });
    http::ServerOptions options;
    options.tls = http::TlsListener{std::move(identity), {}, nullptr, {}, nullptr};
    server = take(http::Server::start(std::move(options), std::move(router)));
  }
  void serve(Bytes signed_map) {
    answer = http::der_response(200, std::move(signed_map), http::kCmsMediaType);
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server->port()); }

  http::Response answer = http::problem_response({ErrorCode::kNotFound, "none"});
  std::atomic<int> requests = 0;
  bool holds = false;
  std::vector<http::Respond> held;
  std::unique_ptr<http::Server> server;
};

// seoul-1 is this authority; jp and osaka-1 are its peers.
class MapExchangeTest : public testing::Test {
 protected:
  MapExchangeTest() {
    kept_ = take(network::KeptMap::open(folder_.path() / "map.json", network_.root.certificate, clock_));
  }
  // The map as it is here: each data centre at its server.
  documents::NetworkMap map(std::int64_t version) const {
    documents::NetworkMap map = network_.map(version);
    MappedNetwork::find(map, kJp).service_url = jp_.url();
    MappedNetwork::find(map, kOsaka).service_url = osaka_.url();
    MappedNetwork::find(map, kOsaka).through.reset();
    return map;
  }
  Bytes signed_map(std::int64_t version) const { return network_.sign(map(version)); }
  void install(const documents::NetworkMap& map) { take(kept_->take(network_.sign(map))); }
  MapExchange::Parts parts() {
    MapExchange::Parts parts{*kept_, name(kSeoul), metrics_, clock_};
    parts.ask_timeout = milliseconds(2000);
    return parts;
  }
  static PeerMapState state_of(const MapExchange& exchange, const char* data_centre) {
    for (const PeerMapState& state : exchange.peers())
      if (state.data_centre == name(data_centre)) return state;
    throw std::runtime_error("was not asked");
  }
  std::int64_t version() const { return take(kept_->current())->map.version; }

  MappedNetwork network_;
  ManualClock clock_{network_.now};
  TemporaryFolder folder_;
  http::Metrics metrics_;
  Peer jp_{serving(network_, network_.jp, x509::Role::kAuthorityServer,
                   "CN=Service,OU=authority,OU=jp,O=Countersign Demo")};
  Peer osaka_{serving(network_, network_.osaka, x509::Role::kAuthorityServer,
                      "CN=Service,OU=authority,OU=osaka-1,OU=jp,O=Countersign Demo")};
  std::unique_ptr<network::KeptMap> kept_;
};

TEST_F(MapExchangeTest, TakesANewerMapOfAPeer) {
  install(map(1));
  jp_.serve(signed_map(2));
  osaka_.serve(signed_map(2));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(version(), 2);
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kNewer) << state_of(exchange, kJp).detail;
  EXPECT_EQ(state_of(exchange, kOsaka).answer, MapAnswer::kSame);
  EXPECT_THAT(metrics_.text(),
              testing::HasSubstr("countersign_network_map_answers_total{answer=\"newer\"} 1"));
}

TEST_F(MapExchangeTest, DoesNotBelieveAPeerThatIsBehind) {
  install(map(5));
  jp_.serve(signed_map(4));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(version(), 5);
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kOlder);
  EXPECT_EQ(state_of(exchange, kJp).version, 4);
  EXPECT_EQ(state_of(exchange, kOsaka).answer, MapAnswer::kUnreachable) << "it has none";
  EXPECT_THAT(metrics_.text(),
              testing::HasSubstr("countersign_network_map_answers_total{answer=\"older\"} 1"));
}

TEST_F(MapExchangeTest, NamesAForkAndKeepsWhatItHas) {
  install(map(5));
  documents::NetworkMap other = map(5);
  other.expires += days(1);
  jp_.serve(network_.sign(other));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kFork);
  EXPECT_THAT(state_of(exchange, kJp).detail, testing::HasSubstr("a fork"));
  EXPECT_EQ(kept_->current().value()->map.expires, map(5).expires);
}

TEST_F(MapExchangeTest, RefusesWhatIsNoMapOfThisNetwork) {
  install(map(1));
  const MappedNetwork stranger;
  jp_.serve(stranger.sign(stranger.map(9)));
  osaka_.serve(Bytes{1, 2, 3});
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kRefused);
  EXPECT_EQ(state_of(exchange, kOsaka).answer, MapAnswer::kRefused);
  EXPECT_EQ(version(), 1);
}

TEST_F(MapExchangeTest, AsksNobodyButTheDataCentreThatTheMapNames) {
  Peer other(serving(network_, network_.seoul, x509::Role::kAuthorityServer,
                     "CN=Service,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"));
  Peer merchant(serving(network_, network_.osaka, x509::Role::kMerchant,
                        "CN=Shop,OU=merchants,OU=osaka-1,OU=jp,O=Countersign Demo"));
  other.serve(signed_map(7));
  merchant.serve(signed_map(7));
  documents::NetworkMap here = map(1);
  MappedNetwork::find(here, kJp).service_url = other.url();
  MappedNetwork::find(here, kOsaka).service_url = merchant.url();
  install(here);
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kUnreachable);
  EXPECT_THAT(state_of(exchange, kJp).detail, testing::HasSubstr("is not certified by OU=jp"));
  EXPECT_EQ(state_of(exchange, kOsaka).answer, MapAnswer::kUnreachable);
  EXPECT_EQ(other.requests, 0);
  EXPECT_EQ(merchant.requests, 0);
}

// A region above a data centre cannot stand in for it, though its subtree holds the name.
TEST_F(MapExchangeTest, RefusesTheRegionInThePlaceOfItsChild) {
  install(map(1));
  documents::NetworkMap here = map(2);
  std::swap(MappedNetwork::find(here, kJp).service_url, MappedNetwork::find(here, kOsaka).service_url);
  install(here);
  jp_.serve(signed_map(7));
  osaka_.serve(signed_map(7));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(version(), 2);
  EXPECT_EQ(jp_.requests, 0);
  EXPECT_EQ(osaka_.requests, 0);
}

TEST_F(MapExchangeTest, FollowsNoRedirect) {
  install(map(1));
  osaka_.serve(signed_map(1));
  jp_.answer = http::text_response(302, "");
  jp_.answer.headers["Location"] = osaka_.url() + "/v1/network/map";
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kUnreachable);
  EXPECT_EQ(osaka_.requests, 1) << "by its own turn alone";
}

TEST_F(MapExchangeTest, GivesUpOnAPeerThatDoesNotAnswer) {
  install(map(1));
  jp_.holds = true;
  osaka_.serve(signed_map(2));
  MapExchange::Parts impatient = parts();
  impatient.ask_timeout = milliseconds(300);
  MapExchange exchange(impatient);
  exchange.ask_peers();
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kUnreachable);
  EXPECT_EQ(version(), 2) << "the next peer is asked all the same";
  jp_.held.clear();
}

TEST_F(MapExchangeTest, AsksNobodyElseWhenItEndsWhileAPeerDoesNotAnswer) {
  install(map(1));
  jp_.holds = true;
  {
    MapExchange exchange(parts());
    exchange.start();
    while (jp_.requests == 0) std::this_thread::yield();
  }
  EXPECT_EQ(osaka_.requests, 0);
  jp_.held.clear();
}

TEST_F(MapExchangeTest, TakesNoMoreThanAMapCanHold) {
  install(map(1));
  jp_.serve(Bytes(documents::kMaxSignedNetworkMap + 1));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(state_of(exchange, kJp).answer, MapAnswer::kUnreachable);
}

TEST_F(MapExchangeTest, AsksNeitherItselfNorTheRelayedNorTheRetired) {
  documents::NetworkMap here = map(1);
  MappedNetwork::find(here, kOsaka).through = name(kJp);
  install(here);
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(exchange.peers().size(), 1U);
  EXPECT_EQ(osaka_.requests, 0);
  here = map(2);
  MappedNetwork::find(here, kOsaka).retired = network_.now;
  install(here);
  exchange.ask_peers();
  EXPECT_EQ(osaka_.requests, 0);
  EXPECT_EQ(jp_.requests, 2);
}

TEST_F(MapExchangeTest, AsksAlsoWhenItsOwnMapIsOver) {
  install(map(1));
  clock_.advance(days(31));
  EXPECT_FALSE(kept_->current());
  documents::NetworkMap renewed = map(2);
  renewed.expires += days(60);
  jp_.serve(network_.sign(renewed));
  MapExchange exchange(parts());
  exchange.ask_peers();
  EXPECT_EQ(version(), 2);
}

TEST_F(MapExchangeTest, TakesNoticeByItselfOfAMapThatAnOperatorInstalled) {
  jp_.serve(signed_map(3));
  MapExchange::Parts quick = parts();
  quick.look_every = milliseconds(10);
  MapExchange exchange(quick);
  exchange.start();
  const auto command =
      take(network::KeptMap::open(folder_.path() / "map.json", network_.root.certificate, clock_));
  ASSERT_TRUE(command->take(signed_map(2)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline && exchange.peers().empty()) std::this_thread::yield();
  EXPECT_EQ(version(), 3) << "its data centres are asked at once";
}

TEST_F(MapExchangeTest, ServesTheMapAsItWasSignedToAnybody) {
  http::Router router;
  add_map_routes(router, *kept_);
  http::ServerOptions options;
  options.tls = http::TlsListener{serving(network_, network_.seoul, x509::Role::kAuthorityServer,
                                          "CN=Service,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"),
                                  {},
                                  nullptr,
                                  {},
                                  nullptr};
  const auto server = take(http::Server::start(std::move(options), std::move(router)));
  const auto client = take(http::Client::create("https://127.0.0.1:" + std::to_string(server->port()), {}));
  const auto get = [&] { return take(client->get(kNetworkMapPath)); };
  EXPECT_EQ(http::error_of(get()).code, ErrorCode::kNotFound);
  const Bytes der = signed_map(1);
  ASSERT_TRUE(kept_->take(der));
  const http::Response response = get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, der);
  EXPECT_EQ(response.header("Content-Type"), http::kCmsMediaType);
  clock_.advance(days(31));
  EXPECT_EQ(http::error_of(get()).code, ErrorCode::kExpired) << "fails closed";
}

}  // namespace
}  // namespace countersign::authority
