// SPDX-License-Identifier: Apache-2.0
#include "documents/network_map.h"

#include "base/clock_tolerance.h"
#include "documents/document_samples.h"
#include "sample/mapped_network.h"
#include "x509/sample_network.h"

namespace countersign::documents {
namespace {

using sample::MappedNetwork;
using std::chrono::days;

const MappedNetwork& network() {
  static const MappedNetwork made;
  return made;
}

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";
constexpr const char* kJp = "OU=jp,O=Countersign Demo";

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}
std::string detail_of(const auto& result) {
  return result ? std::string("accepted") : result.error().detail;
}

// Signs any bytes as a map, whoever signs.
Bytes sign_raw(const x509::Issuer& signer, BytesView content, std::vector<x509::Certificate> chain = {}) {
  return x509::sign_cms({signer.certificate, signer.key, std::move(chain)}, content,
                        {.signing_time = network().now, .limit = kMaxSignedNetworkMap})
      .value();
}
Result<VerifiedMap> verify(BytesView der, TimePoint at = network().now) {
  return verify_network_map(der, network().root.certificate, at);
}

TEST(NetworkMap, SurvivesJson) {
  NetworkMap map = network().map(7);
  MappedNetwork::find(map, kOsaka).retired = network().now + days(3);
  const NetworkMap read = parse_network_map(write_network_map(map).value()).value();
  EXPECT_EQ(read.version, 7);
  EXPECT_EQ(read.issued, map.issued);
  EXPECT_EQ(read.expires, map.expires);
  EXPECT_EQ(read.root, map.root);
  EXPECT_FALSE(read.next_root);
  ASSERT_EQ(read.data_centres.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.data_centres[i].name, map.data_centres[i].name);
    EXPECT_EQ(read.data_centres[i].ca_certificates, map.data_centres[i].ca_certificates);
    EXPECT_EQ(read.data_centres[i].service_url, map.data_centres[i].service_url);
    EXPECT_EQ(read.data_centres[i].status_url, map.data_centres[i].status_url);
    EXPECT_EQ(read.data_centres[i].through, map.data_centres[i].through);
    EXPECT_EQ(read.data_centres[i].retired, map.data_centres[i].retired);
  }
}

TEST(NetworkMap, HasExactlyItsMembers) {
  const Bytes good = write_network_map(network().map()).value();
  expect_exact_members(good, parse_network_map);
  const boost::json::value value = parse_json(good, {.bytes = 1 << 20}).value();
  for (const auto& member : value.at("dataCentres").at(0).get_object()) {
    boost::json::value less = value;
    less.at("dataCentres").at(0).get_object().erase(member.key());
    EXPECT_FALSE(parse_network_map(as_bytes(write_json(less)))) << "without " << member.key();
  }
  boost::json::value more = value;
  more.at("dataCentres").at(0).get_object()["surprise"] = 1;
  EXPECT_FALSE(parse_network_map(as_bytes(write_json(more))));
}

checkpoint::VerifierKey new_key(std::string name, checkpoint::KeyType type) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  return checkpoint::VerifierKey::create(std::move(name), type, key.public_key()).value();
}

MappedLog new_log(const std::string& origin) {
  return {origin, new_key(origin, checkpoint::KeyType::kEd25519), "http://status.example.org/log"};
}
MappedWitness new_witness(const std::string& name) {
  return {new_key(name, checkpoint::KeyType::kCosignature), "https://seoul.example.org/witness"};
}

// Seoul has a log and is a witness, and so is Osaka.
NetworkMap map_with_logs() {
  NetworkMap map = network().map();
  MappedNetwork::find(map, kSeoul).log = new_log("seoul.example.org/log");
  MappedNetwork::find(map, kSeoul).witness = new_witness("seoul.example.org/witness");
  MappedNetwork::find(map, kOsaka).log = new_log("osaka.example.org/log");
  MappedNetwork::find(map, kOsaka).witness = new_witness("osaka.example.org/witness");
  return map;
}

TEST(NetworkMap, NamesLogsAndWitnessesWhereThereAreSome) {
  const NetworkMap map = map_with_logs();
  const auto read = parse_network_map(write_network_map(map).value());
  ASSERT_TRUE(read) << detail_of(read);
  for (std::size_t i = 0; i < map.data_centres.size(); ++i) {
    const MappedDataCentre& a = read.value().data_centres[i];
    const MappedDataCentre& b = map.data_centres[i];
    ASSERT_EQ(a.log.has_value(), b.log.has_value());
    ASSERT_EQ(a.witness.has_value(), b.witness.has_value());
    if (!a.log) continue;
    EXPECT_EQ(a.log->origin, b.log->origin);
    EXPECT_EQ(a.log->key, b.log->key);
    EXPECT_EQ(a.log->url, b.log->url);
    EXPECT_EQ(a.witness->key, b.witness->key);
    EXPECT_EQ(a.witness->url, b.witness->url);
  }
  EXPECT_TRUE(verify(network().sign(map)));
}

boost::json::object& centre_of(boost::json::object& map, std::size_t index) {
  return map.at("dataCentres").at(index).get_object();
}

// The data centres stand in the order jp, osaka-1, seoul-1.
TEST(NetworkMap, RefusesWhatAMapCannotSay) {
  const auto url = [](const char* member, const char* value) {
    return [=](boost::json::object& o) { centre_of(o, 0)[member] = value; };
  };
  const SpoiledDocument rows[] = {
      {"another type", [](auto& o) { o["type"] = "order"; }, ErrorCode::kUnsupported, "type"},
      {"another version of the document", [](auto& o) { o["version"] = 2; }, ErrorCode::kUnsupported,
       "version"},
      {"version 0", [](auto& o) { o["mapVersion"] = 0; }, ErrorCode::kMalformed, "mapVersion"},
      {"a negative version", [](auto& o) { o["mapVersion"] = -1; }, ErrorCode::kMalformed, "mapVersion"},
      {"expires before it is issued", [](auto& o) { o["expires"] = o["issued"]; }, ErrorCode::kMalformed,
       "expires before it is issued"},
      {"a time with a fraction", [](auto& o) { o["issued"] = "2026-11-18T08:26:40.5Z"; },
       ErrorCode::kMalformed, "issued"},
      {"no data centres", [](auto& o) { o["dataCentres"] = boost::json::array(); }, ErrorCode::kMalformed,
       "no data centres"},
      {"too many data centres",
       [](auto& o) {
         boost::json::array many;
         for (std::size_t i = 0; i <= kMaxDataCentres; ++i) many.push_back(boost::json::object());
         o["dataCentres"] = many;
       },
       ErrorCode::kTooLarge, "dataCentres"},
      {"one name twice", [](auto& o) { o["dataCentres"].as_array().push_back(o["dataCentres"].at(2)); },
       ErrorCode::kMalformed, "twice, or not in order"},
      {"names out of order",
       [](auto& o) { std::swap(o["dataCentres"].as_array().at(0), o["dataCentres"].as_array().at(1)); },
       ErrorCode::kMalformed, "twice, or not in order"},
      {"the CA of another subtree",
       [](auto& o) { centre_of(o, 0)["certificates"] = centre_of(o, 1)["certificates"]; },
       ErrorCode::kNameNotPermitted, "a CA certificate for"},
      {"a root in the place of a CA",
       [](auto& o) { centre_of(o, 0)["certificates"] = boost::json::array{o["root"]}; },
       ErrorCode::kWrongRole, "not a data centre's CA"},
      {"no CA", [](auto& o) { centre_of(o, 0)["certificates"] = boost::json::array(); },
       ErrorCode::kMalformed, "not 1–4 CA certificates"},
      {"five CAs",
       [](auto& o) {
         for (int i = 0; i < 4; ++i)
           centre_of(o, 0)["certificates"].as_array().push_back(centre_of(o, 0)["certificates"].at(0));
       },
       ErrorCode::kTooLarge, "certificates"},
      {"a CA twice",
       [](auto& o) {
         centre_of(o, 0)["certificates"].as_array().push_back(centre_of(o, 0)["certificates"].at(0));
       },
       ErrorCode::kMalformed, "twice"},
      {"a CA that ends before the map", [](auto& o) { o["expires"] = "2040-01-01T00:00:00Z"; },
       ErrorCode::kExpired, "ends before the map"},
      {"an issue before its certificates", [](auto& o) { o["issued"] = "2026-11-01T00:00:00Z"; },
       ErrorCode::kNotYetValid, "begins after the map is issued"},
      {"a root that ends before the map", [](auto& o) { o["expires"] = "2060-01-01T00:00:00Z"; },
       ErrorCode::kExpired, "ends before the map"},
      {"service over plain HTTP", url("serviceUrl", "http://jp.example.org"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service with a path", url("serviceUrl", "https://jp.example.org/v1"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service with a slash", url("serviceUrl", "https://jp.example.org/"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service with user info", url("serviceUrl", "https://jp.example.org@evil.example"),
       ErrorCode::kMalformed, "not an https origin"},
      {"service with a fragment", url("serviceUrl", "https://jp.example.org#x"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service with a query", url("serviceUrl", "https://jp.example.org?x"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service in capitals", url("serviceUrl", "https://JP.example.org"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service with the default port", url("serviceUrl", "https://jp.example.org:443"),
       ErrorCode::kMalformed, "not an https origin"},
      {"service at a wildcard", url("serviceUrl", "https://*.example.org"), ErrorCode::kMalformed,
       "not an https origin"},
      {"service at a host of somebody else", url("serviceUrl", "https://bank.example.com"),
       ErrorCode::kNameNotPermitted, "none of its CAs may name"},
      {"service at an address of somebody else", url("serviceUrl", "https://192.0.2.1"),
       ErrorCode::kNameNotPermitted, "none of its CAs may name"},
      {"service of another data centre", url("serviceUrl", "https://seoul.example.org"),
       ErrorCode::kMalformed, "two data centres at https://seoul.example.org"},
      {"status in a file", url("statusUrl", "file:///etc"), ErrorCode::kMalformed, "statusUrl"},
      {"status with a path", url("statusUrl", "http://status.example.org/ocsp"), ErrorCode::kMalformed,
       "statusUrl"},
      {"status with user info", url("statusUrl", "http://a@status.example.org"), ErrorCode::kMalformed,
       "statusUrl"},
      {"status with the default port", url("statusUrl", "http://status.example.org:80"),
       ErrorCode::kMalformed, "statusUrl"},
      {"through a data centre that is not there",
       [](auto& o) { centre_of(o, 1)["through"] = "OU=cn,O=Countersign Demo"; }, ErrorCode::kMalformed,
       "no such data centre"},
      {"through a data centre that is not above it", [](auto& o) { centre_of(o, 1)["through"] = kSeoul; },
       ErrorCode::kMalformed, "not above it in the tree"},
      {"through itself", [](auto& o) { centre_of(o, 1)["through"] = kOsaka; }, ErrorCode::kMalformed,
       "not above it in the tree"},
      {"through one below it", [](auto& o) { centre_of(o, 0)["through"] = kOsaka; }, ErrorCode::kMalformed,
       "not above it in the tree"},
      {"through one that is retired", [](auto& o) { centre_of(o, 0)["retired"] = "2026-11-20T00:00:00Z"; },
       ErrorCode::kMalformed, "it is retired"},
      {"a name in another spelling", [](auto& o) { centre_of(o, 0)["name"] = "OU=jp, O=Countersign Demo"; },
       ErrorCode::kMalformed, "name"},
      {"a name in another case", [](auto& o) { centre_of(o, 0)["name"] = "OU=JP,O=Countersign Demo"; },
       ErrorCode::kNameNotPermitted, "a CA certificate for"},
      {"the network's own name", [](auto& o) { centre_of(o, 0)["name"] = "O=Countersign Demo"; },
       ErrorCode::kNameNotPermitted, "not below the root's name"},
      {"a name of another network", [](auto& o) { centre_of(o, 0)["name"] = "OU=jp,O=Countersign"; },
       ErrorCode::kNameNotPermitted, "not below the root's name"},
  };
  const Bytes good = write_network_map(network().map()).value();
  ASSERT_TRUE(parse_network_map(good)) << detail_of(parse_network_map(good));
  for (const SpoiledDocument& row : rows) expect_refusals(good, parse_network_map, {row});
}

// The data centres stand in the order jp, osaka-1, seoul-1.
TEST(NetworkMap, RefusesLogsAndWitnessesThatNobodyCouldTellApartOrReach) {
  const auto log = [](boost::json::object& o, std::size_t index = 2) -> boost::json::object& {
    return centre_of(o, index)["log"].get_object();
  };
  const auto witness = [](boost::json::object& o, std::size_t index = 2) -> boost::json::object& {
    return centre_of(o, index)["witness"].get_object();
  };
  const auto key_of = [](const std::string& name, checkpoint::KeyType type) {
    return new_key(name, type).text();
  };
  using enum checkpoint::KeyType;
  const auto one = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).public_key();
  const auto same = [&](const std::string& name, checkpoint::KeyType type) {
    return checkpoint::VerifierKey::create(name, type, one).value().text();
  };
  const SpoiledDocument rows[] = {
      {"a log that is null", [](auto& o) { centre_of(o, 2)["log"] = nullptr; }, ErrorCode::kMalformed, "log"},
      {"a log without its origin", [&](auto& o) { log(o).erase("origin"); }, ErrorCode::kMalformed,
       "log.origin"},
      {"a log without its key", [&](auto& o) { log(o).erase("key"); }, ErrorCode::kMalformed, "log.key"},
      {"a log without its url", [&](auto& o) { log(o).erase("url"); }, ErrorCode::kMalformed, "log.url"},
      {"a log with more", [&](auto& o) { log(o)["x"] = 1; }, ErrorCode::kMalformed, "log.x"},
      {"an origin with a scheme",
       [&](auto& o) {
         log(o)["origin"] = "https://seoul.example.org/log";
         log(o)["key"] = key_of("https://seoul.example.org/log", kEd25519);
       },
       ErrorCode::kMalformed, "its origin is none"},
      {"an origin of another name than its key",
       [&](auto& o) { log(o)["origin"] = "seoul.example.org/log2"; }, ErrorCode::kMalformed,
       "its key has another name"},
      {"a log's key that is none", [&](auto& o) { log(o)["key"] = "seoul.example.org/log+00000000+AAAA"; },
       ErrorCode::kUnsupported, "key"},
      {"a log's key with another id",
       [&](auto& o) {
         auto& text = log(o)["key"].get_string();
         const auto at = text.find('+') + 1;
         text[at] = text[at] == '0' ? '1' : '0';
       },
       ErrorCode::kMalformed, "key"},
      {"a witness's key for a log",
       [&](auto& o) { log(o)["key"] = key_of("seoul.example.org/log", kCosignature); }, ErrorCode::kMalformed,
       "not of a log"},
      {"a log's url with credentials", [&](auto& o) { log(o)["url"] = "https://a:b@seoul.example.org/log"; },
       ErrorCode::kMalformed, "log: url"},
      {"a log's url with a query", [&](auto& o) { log(o)["url"] = "https://seoul.example.org/log?a=b"; },
       ErrorCode::kMalformed, "log: url"},
      {"a log's url with a fragment", [&](auto& o) { log(o)["url"] = "https://seoul.example.org/log#a"; },
       ErrorCode::kMalformed, "log: url"},
      {"a log's url with a slash at its end",
       [&](auto& o) { log(o)["url"] = "https://seoul.example.org/log/"; }, ErrorCode::kMalformed, "log: url"},
      {"a log in a file", [&](auto& o) { log(o)["url"] = "file:///log"; }, ErrorCode::kMalformed, "log: url"},
      {"a witness that is a text", [](auto& o) { centre_of(o, 2)["witness"] = "seoul"; },
       ErrorCode::kMalformed, "witness"},
      {"a witness without its key", [&](auto& o) { witness(o).erase("key"); }, ErrorCode::kMalformed,
       "witness.key"},
      {"a witness without its url", [&](auto& o) { witness(o).erase("url"); }, ErrorCode::kMalformed,
       "witness.url"},
      {"a witness with more", [&](auto& o) { witness(o)["origin"] = "x"; }, ErrorCode::kMalformed,
       "witness.origin"},
      {"a log's key for a witness",
       [&](auto& o) { witness(o)["key"] = key_of("seoul.example.org/witness", kEd25519); },
       ErrorCode::kMalformed, "not of a witness"},
      {"a witness without TLS", [&](auto& o) { witness(o)["url"] = "http://seoul.example.org/witness"; },
       ErrorCode::kMalformed, "witness: url"},
      {"two logs of one origin",
       [&](auto& o) {
         log(o, 1)["origin"] = "seoul.example.org/log";
         log(o, 1)["key"] = key_of("seoul.example.org/log", kEd25519);
       },
       ErrorCode::kMalformed, "another data centre's log has the origin"},
      {"two logs of one key",
       [&](auto& o) {
         log(o, 1)["key"] = same("osaka.example.org/log", kEd25519);
         log(o, 2)["key"] = same("seoul.example.org/log", kEd25519);
       },
       ErrorCode::kMalformed, "stands there twice"},
      {"two witnesses of one name",
       [&](auto& o) { witness(o, 1)["key"] = key_of("seoul.example.org/witness", kCosignature); },
       ErrorCode::kMalformed, "another data centre's witness"},
      {"two witnesses of one key",
       [&](auto& o) {
         witness(o, 1)["key"] = same("osaka.example.org/witness", kCosignature);
         witness(o, 2)["key"] = same("seoul.example.org/witness", kCosignature);
       },
       ErrorCode::kMalformed, "stands there twice"},
      {"a log that witnesses with its own key",
       [&](auto& o) {
         log(o)["key"] = same("seoul.example.org/log", kEd25519);
         witness(o)["key"] = same("seoul.example.org/witness", kCosignature);
       },
       ErrorCode::kMalformed, "stands there twice"},
  };
  const Bytes good = write_network_map(map_with_logs()).value();
  for (const SpoiledDocument& row : rows) expect_refusals(good, parse_network_map, {row});
}

TEST(NetworkMap, RefusesARelayThatIsItselfRelayed) {
  NetworkMap map = network().map();
  const x509::Issuer below = sample::make_ca(
      network().root, MappedNetwork::limits("OU=tower-2,OU=osaka-1,OU=jp,O=Countersign Demo"), network().now);
  map.data_centres.push_back(MappedNetwork::centre(below, "https://tower.example.org"));
  map.data_centres.back().through = MappedNetwork::find(map, kOsaka).name;
  std::ranges::sort(map.data_centres, {}, &MappedDataCentre::name);
  const auto refused = write_network_map(map);
  EXPECT_EQ(code_of(refused), ErrorCode::kMalformed);
  EXPECT_THAT(detail_of(refused), testing::HasSubstr("itself reached through another"));
  MappedNetwork::find(map, "OU=tower-2,OU=osaka-1,OU=jp,O=Countersign Demo").through =
      MappedNetwork::find(map, kJp).name;
  EXPECT_TRUE(write_network_map(map)) << "an ancestor further up is asked directly";
}

TEST(NetworkMap, TakesCasOldestFirst) {
  NetworkMap map = network().map();
  const x509::Issuer next =
      sample::make_ca(network().root, MappedNetwork::limits(kSeoul), network().now + days(1));
  map.issued += days(2);
  MappedNetwork::find(map, kSeoul).ca_certificates.push_back(next.certificate);
  EXPECT_TRUE(write_network_map(map));
  std::ranges::reverse(MappedNetwork::find(map, kSeoul).ca_certificates);
  EXPECT_THAT(detail_of(write_network_map(map)), testing::HasSubstr("not oldest first"));
}

TEST(NetworkMap, LetsTheSuccessorOfARetiredDataCentreHaveItsUrl) {
  NetworkMap map = network().map();
  MappedNetwork::find(map, kSeoul).service_url = MappedNetwork::find(map, kJp).service_url;
  EXPECT_EQ(code_of(write_network_map(map)), ErrorCode::kMalformed);
  MappedNetwork::find(map, kSeoul).retired = network().now;
  EXPECT_TRUE(write_network_map(map));
}

x509::Name name(std::string_view text) {
  return x509::Name::from_text(text).value();
}

TEST(HomeOf, IsTheLongestNameAboveTheSubscriber) {
  const NetworkMap map = network().map();
  const auto home = [&](std::string_view subscriber) -> std::string {
    const MappedDataCentre* found = home_of(map, name(subscriber));
    return found == nullptr ? "nobody" : found->name.text();
  };
  EXPECT_EQ(home("UID=p-1,OU=purchasers,OU=osaka-1,OU=jp,O=Countersign Demo"), kOsaka);
  EXPECT_EQ(home("UID=p-1,OU=purchasers,OU=jp,O=Countersign Demo"), kJp);
  EXPECT_EQ(home("UID=p-1,OU=purchasers,OU=tokyo-1,OU=jp,O=Countersign Demo"), kJp);
  EXPECT_EQ(home("CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"), kSeoul);
  EXPECT_EQ(home("CN=Shop,OU=merchants,OU=busan-1,OU=kr,O=Countersign Demo"), "nobody");
  EXPECT_EQ(home("CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Other"), "nobody");
  EXPECT_EQ(home(kSeoul), "nobody") << "a data centre is no subscriber of itself";
  EXPECT_EQ(home(kOsaka), kJp);
}

// Names that try to be taken for a data centre's without being below it.
TEST(HomeOf, KnowsNoOtherSpellingOfAName) {
  const NetworkMap map = network().map();
  for (const char* escape : {"UID=p-1,OU=purchasers,OU=Seoul-1,OU=kr,O=Countersign Demo",
                             "UID=p-1,OU=purchasers,OU=seoul-1,OU=KR,O=Countersign Demo",
                             "UID=p-1,OU=purchasers,OU=seoul\xe2\x80\x90"
                             "1,OU=kr,O=Countersign Demo",  // U+2010, not a hyphen-minus
                             "UID=p-1,OU=purchasers,OU=seoul-1\\,OU=kr,O=Countersign Demo",
                             "UID=p-1,OU=purchasers\\,OU\\=seoul-1,OU=kr,O=Countersign Demo",
                             "UID=p-1,OU=purchasers,CN=seoul-1,OU=kr,O=Countersign Demo"})
    EXPECT_EQ(home_of(map, name(escape)), nullptr) << escape;
  for (const char* unspeakable :
       {"UID=p-1,OU=purchasers,OU=seoul-1+OU=kr,O=Countersign Demo",
        "UID=p-1,OU=purchasers,OU= seoul-1,OU=kr,O=Countersign Demo\\ ",
        "UID=p-1,OU=purchasers,OU=,OU=seoul-1,OU=kr,O=Countersign Demo",
        "UID=p-1,OU=purchasers,OU=seoul-1\\00,OU=kr,O=Countersign Demo",
        "UID=p-1,OU=purchasers,2.5.4.11=#130773656f756c2d31,OU=kr,O=Countersign Demo", ""})
    EXPECT_FALSE(x509::Name::from_text(unspeakable)) << unspeakable;
}

// Names in DER that others would fold into equality.
TEST(HomeOf, IsNeverAskedAboutNamesInAnotherEncoding) {
  const std::string honest = to_text(name("UID=p-1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo").der());
  const std::string value = "seoul-1";
  ASSERT_TRUE(x509::Name::from_der(as_bytes(honest)));
  std::string printable = honest;
  printable[honest.find(value) - 2] = 0x13;  // PrintableString in the place of UTF8String
  EXPECT_FALSE(x509::Name::from_der(as_bytes(printable)));
  std::string teletex = honest;
  teletex[honest.find(value) - 2] = 0x14;
  EXPECT_FALSE(x509::Name::from_der(as_bytes(teletex)));
  // SET { SEQUENCE OU=kr, SEQUENCE OU=seoul-1 } as one RDN of two values.
  const std::string multi(
      "\x30\x1d\x31\x1b\x30\x09\x06\x03\x55\x04\x0b\x0c\x02kr"
      "\x30\x0e\x06\x03\x55\x04\x0b\x0c\x07seoul-1",
      31);
  EXPECT_FALSE(x509::Name::from_der(as_bytes(multi)));
  EXPECT_FALSE(x509::Name::from_der(as_bytes(std::string("\x30\x00", 2)))) << "an empty name";
}

TEST(SignedNetworkMap, IsVerifiedUnderTheRootAlone) {
  const Bytes der = network().sign(network().map(3));
  const auto verified = verify(der);
  ASSERT_TRUE(verified) << detail_of(verified);
  EXPECT_EQ(verified.value().map.version, 3);
  EXPECT_EQ(verified.value().signer, network().signer.certificate);
  EXPECT_EQ(verified.value().anchor->root(), network().root.certificate);
  EXPECT_EQ(verified.value().anchor->data_centre_cas().size(), 3U);
}

TEST(SignedNetworkMap, IsVerifiedByOpenSsl) {
  x509::ExchangeFolder folder;
  folder.write("map.p7m", network().sign(network().map()));
  folder.write_pem("root.pem", network().root.certificate);
  const std::string verify =
      "openssl cms -verify -cades -binary -inform DER -in map.p7m -CAfile root.pem "
      "-purpose any -x509_strict -explicit_policy -attime " +
      std::to_string(unix_seconds(network().now)) + " -out map.json -policy ";
  EXPECT_TRUE(folder.run(verify + std::string(x509::profile_of(x509::Role::kNetworkMapSigner).policy)))
      << folder.output();
  EXPECT_EQ(folder.read("map.json"), write_network_map(network().map()).value());
  EXPECT_FALSE(folder.run(verify + std::string(x509::profile_of(x509::Role::kConfirmationSigner).policy)));
}

TEST(SignedNetworkMap, RefusesEverySignerButTheRootsOwn) {
  const Bytes json = write_network_map(network().map()).value();
  ASSERT_TRUE(verify(sign_raw(network().signer, json)));
  const auto leaf = [&](x509::Role role, const char* subject) {
    sample::Particulars particulars;
    if (role == x509::Role::kMerchant) particulars.names.dns = {"shop.example.org"};
    return sample::issue(network().seoul, role, name(std::string(subject) + "," + kSeoul), network().now,
                         particulars);
  };
  const x509::Issuer merchant = leaf(x509::Role::kMerchant, "CN=Shop,OU=merchants");
  const x509::Issuer confirming = leaf(x509::Role::kConfirmationSigner, "CN=Confirmation,OU=authority");
  EXPECT_EQ(code_of(verify(sign_raw(merchant, json))), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify(sign_raw(merchant, json, {network().seoul.certificate}))),
            ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify(sign_raw(confirming, json, {network().seoul.certificate}))),
            ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify(sign_raw(network().seoul, json))), ErrorCode::kWrongRole) << "a data centre's CA";
  EXPECT_EQ(code_of(verify(sign_raw(network().root, json))), ErrorCode::kCertificateUnknown)
      << "the root's own key signs no maps";
  const MappedNetwork stranger;
  EXPECT_EQ(code_of(verify(sign_raw(stranger.signer, json))), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify(sign_raw({network().signer.certificate, stranger.signer.key}, json))),
            ErrorCode::kSignatureInvalid);
}

TEST(SignedNetworkMap, RefusesAnyChangeOfItsBytes) {
  Bytes der = network().sign(network().map());
  const std::string text = to_text(der);
  der[text.find("seoul.example.org")] = 'S';
  EXPECT_EQ(code_of(verify(der)), ErrorCode::kSignatureInvalid);
  Bytes longer = network().sign(network().map());
  longer.push_back(0);
  EXPECT_EQ(code_of(verify(longer)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(verify(BytesView(longer).first(100))), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(verify(Bytes(kMaxSignedNetworkMap + 1))), ErrorCode::kTooLarge);
}

TEST(SignedNetworkMap, CarriesItsSignersCertificateAndNoOther) {
  const Bytes json = write_network_map(network().map()).value();
  EXPECT_EQ(code_of(verify(sign_raw(network().signer, json, {network().root.certificate}))),
            ErrorCode::kMalformed);
}

TEST(SignedNetworkMap, RefusesCasThatThisRootDidNotCertify) {
  const MappedNetwork stranger;
  NetworkMap map = network().map();
  MappedNetwork::find(map, kSeoul).ca_certificates = {stranger.seoul.certificate};
  const auto refused = verify(sign_raw(network().signer, write_network_map(map).value()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCertificateUnknown) << refused.error().detail;
}

TEST(SignedNetworkMap, RefusesToBeTheMapOfAnotherRoot) {
  const MappedNetwork stranger;
  EXPECT_EQ(code_of(verify(stranger.sign(stranger.map()))), ErrorCode::kCertificateUnknown);
  const Bytes json = write_network_map(stranger.map()).value();
  EXPECT_EQ(code_of(verify(sign_raw(network().signer, json))), ErrorCode::kCertificateUnknown);
}

TEST(SignedNetworkMap, CountsFromItsIssueToTheEndOfItsSigner) {
  const Bytes der = network().sign(network().map());
  EXPECT_EQ(code_of(verify(der, network().now - Seconds(1))), ErrorCode::kNotYetValid)
      << "its signer was not yet certified";
  NetworkMap later = network().map();
  later.issued = network().now + kClockTolerance + Seconds(1);
  const Bytes early = sign_raw(network().signer, write_network_map(later).value());
  EXPECT_EQ(code_of(verify(early)), ErrorCode::kNotYetValid);
  EXPECT_TRUE(verify(early, network().now + Seconds(1))) << "within the tolerance between clocks";
  NetworkMap long_lived = network().map();
  long_lived.expires = network().signer.certificate.not_after() + Seconds(1);
  EXPECT_EQ(code_of(verify(sign_raw(network().signer, write_network_map(long_lived).value()))),
            ErrorCode::kExpired);
  EXPECT_EQ(code_of(verify(der, network().signer.certificate.not_after())), ErrorCode::kExpired);
}

TEST(SignedNetworkMap, IsVerifiedAsOfItsIssueForWhatItSaidThen) {
  const NetworkMap map = network().map(3);
  const auto verified = verify_map_as_issued(network().sign(map), network().root.certificate);
  ASSERT_TRUE(verified) << detail_of(verified);
  EXPECT_EQ(verified.value().map.version, 3);
  const MappedNetwork stranger;
  EXPECT_EQ(code_of(verify_map_as_issued(stranger.sign(stranger.map()), network().root.certificate)),
            ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify_map_as_issued(Bytes{0x30, 0x00}, network().root.certificate)),
            ErrorCode::kMalformed);
}

TEST(SignedNetworkMap, NamesANextRootOnlyWhereTheRootVouchesForIt) {
  const x509::Issuer next = sample::make_root(network().now);
  NetworkMap map = network().map();
  map.next_root = NextRoot{next.certificate,
                           x509::certify_next_root(network().root, next.certificate, network().now).value()};
  const auto verified = verify(network().sign(map));
  ASSERT_TRUE(verified) << detail_of(verified);
  EXPECT_EQ(verified.value().map.next_root->root, next.certificate);
  // What one who stole the key that signs maps would do.
  const x509::Issuer thief = sample::make_root(network().now);
  map.next_root->root = thief.certificate;
  const auto sign = [&] { return sign_raw(network().signer, write_network_map(map).value()); };
  EXPECT_EQ(code_of(verify(sign())), ErrorCode::kCertificateUnknown);
  map.next_root->link = thief.certificate;
  EXPECT_EQ(code_of(verify(sign())), ErrorCode::kCertificateUnknown);
  map.next_root->link =
      x509::certify_next_root(sample::make_root(network().now), thief.certificate, network().now).value();
  EXPECT_EQ(code_of(verify(sign())), ErrorCode::kCertificateUnknown);
}

TEST(SignNetworkMap, RefusesWhatNobodyWouldTake) {
  NetworkMap map = network().map();
  map.expires = map.issued;
  const x509::Signer signer{network().signer.certificate, network().signer.key, {}};
  EXPECT_EQ(code_of(sign_network_map(signer, map, network().now)), ErrorCode::kMalformed);
  const x509::Issuer& ca = network().seoul;
  EXPECT_EQ(code_of(sign_network_map({ca.certificate, ca.key, {}}, network().map(), network().now)),
            ErrorCode::kWrongRole);
}

}  // namespace
}  // namespace countersign::documents
