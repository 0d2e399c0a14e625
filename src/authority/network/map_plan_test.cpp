// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sample/mapped_network.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

using sample::MappedNetwork;
using std::chrono::days;
using testing::HasSubstr;

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";

checkpoint::VerifierKey new_key(std::string name, checkpoint::KeyType type) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  return take(checkpoint::VerifierKey::create(std::move(name), type, key.public_key()));
}

// Gives that data centre a log, and makes it a witness.
void add_log(documents::MappedDataCentre& centre) {
  const auto log = new_key("seoul.example.org/log", checkpoint::KeyType::kEd25519);
  centre.log = documents::MappedLog{log.name, log, "http://status.example.org/log"};
  centre.witness =
      documents::MappedWitness{new_key("seoul.example.org/witness", checkpoint::KeyType::kCosignature),
                               "https://seoul.example.org/witness"};
}

class MapPlanTest : public testing::Test {
 protected:
  MapTerms terms(LeavingOut leaving_out = LeavingOut::kRefused) const {
    return {network_.root.certificate, network_.now, days(30), leaving_out};
  }
  Result<MapPlan> read(const std::string& toml) const {
    std::ofstream(folder_.path() / "plan.toml") << toml;
    return read_map_plan(folder_.path() / "plan.toml");
  }
  Result<documents::NetworkMap> next(const documents::NetworkMap& changed,
                                     LeavingOut leaving_out = LeavingOut::kRefused) const {
    return map_of_plan(plan_of(changed), network_.map(3), terms(leaving_out));
  }
  static std::string refusal(const auto& result, ErrorCode code) {
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, code) << result.error().detail;
    return result.error().detail;
  }

  MappedNetwork network_;
  TemporaryFolder folder_;
};

TEST_F(MapPlanTest, SurvivesItsFilesAndBecomesTheNextVersion) {
  documents::NetworkMap map = network_.map(3);
  MappedNetwork::find(map, kSeoul).retired = network_.now + days(9);
  add_log(MappedNetwork::find(map, kSeoul));
  const x509::Issuer next_root = sample::make_root(network_.now);
  map.next_root =
      documents::NextRoot{next_root.certificate,
                          take(x509::certify_next_root(network_.root, next_root.certificate, network_.now))};
  const std::string text = take(write_map_plan(plan_of(map), folder_.path()));
  EXPECT_THAT(text, HasSubstr("[data_centre.seoul-1]"));
  MapPlan plan = take(read_map_plan(folder_.path() / "plan.toml"));
  const documents::NetworkMap following = take(map_of_plan(std::move(plan), map, terms()));
  EXPECT_EQ(following.version, 4);
  map.version = 4;
  EXPECT_EQ(take(documents::write_network_map(following)), take(documents::write_network_map(map)));
}

TEST_F(MapPlanTest, BeginsWithVersionOneAndPutsThingsInOrder) {
  MapPlan plan = plan_of(network_.map());
  std::ranges::reverse(plan.data_centres);
  const x509::Issuer newer =
      sample::make_ca(network_.root, MappedNetwork::limits(kSeoul), network_.now + days(1));
  for (documents::MappedDataCentre& centre : plan.data_centres)
    if (centre.name.text() == kSeoul)
      centre.ca_certificates.insert(centre.ca_certificates.begin(), newer.certificate);
  MapTerms later = terms();
  later.now += days(2);
  const documents::NetworkMap map = take(map_of_plan(std::move(plan), std::nullopt, later));
  EXPECT_EQ(map.version, 1);
  EXPECT_TRUE(documents::write_network_map(map));
}

TEST_F(MapPlanTest, LeavesNobodyOutByMistake) {
  documents::NetworkMap changed = network_.map(3);
  std::erase_if(changed.data_centres, [](const auto& centre) { return centre.name.text() == kOsaka; });
  EXPECT_THAT(refusal(next(changed), ErrorCode::kConflict), HasSubstr("which is not retired"));
  EXPECT_TRUE(next(changed, LeavingOut::kIntended));
  documents::NetworkMap previous = network_.map(3);
  MappedNetwork::find(previous, kOsaka).retired = network_.now - days(1);
  EXPECT_TRUE(map_of_plan(plan_of(changed), previous, terms())) << "it was retired in the map before";
}

TEST_F(MapPlanTest, LeavesNoCaKeyOutByMistake) {
  documents::NetworkMap changed = network_.map(3);
  const x509::Issuer newer = sample::make_ca(network_.root, MappedNetwork::limits(kSeoul), network_.now);
  MappedNetwork::find(changed, kSeoul).ca_certificates = {newer.certificate};
  EXPECT_THAT(refusal(next(changed), ErrorCode::kConflict), HasSubstr("keep it beside the new one"));
  EXPECT_TRUE(next(changed, LeavingOut::kIntended));
  const x509::Certificate again = take(x509::create_data_centre_ca(
      network_.root, MappedNetwork::limits(kSeoul), network_.seoul.key.public_key(), network_.now));
  MappedNetwork::find(changed, kSeoul).ca_certificates = {again};
  EXPECT_TRUE(next(changed)) << "the same key, certified once more";
}

TEST_F(MapPlanTest, LeavesNoLogOutByMistake) {
  documents::NetworkMap previous = network_.map(3);
  add_log(MappedNetwork::find(previous, kSeoul));
  documents::NetworkMap changed = previous;
  MappedNetwork::find(changed, kSeoul).log->url = "https://elsewhere.example/log";
  MappedNetwork::find(changed, kSeoul).witness.reset();
  EXPECT_TRUE(map_of_plan(plan_of(changed), previous, terms()));
  MappedNetwork::find(changed, kSeoul).log->key =
      new_key("seoul.example.org/log", checkpoint::KeyType::kEd25519);
  EXPECT_THAT(refusal(map_of_plan(plan_of(changed), previous, terms()), ErrorCode::kConflict),
              HasSubstr("leaves out the log key of OU=seoul-1"));
  MappedNetwork::find(changed, kSeoul).log.reset();
  EXPECT_THAT(refusal(map_of_plan(plan_of(changed), previous, terms()), ErrorCode::kConflict),
              HasSubstr("(seoul.example.org/log): keep it"));
  EXPECT_TRUE(map_of_plan(plan_of(changed), previous, terms(LeavingOut::kIntended)));
  EXPECT_TRUE(map_of_plan(plan_of(previous), network_.map(3), terms())) << "a log that is new";
}

TEST_F(MapPlanTest, NamesFileAndSettingOfWhatIsWrong) {
  take(write_map_plan(plan_of(network_.map()), folder_.path()));
  const std::string good =
      "[data_centre.a]\nname = \"OU=jp,O=Countersign Demo\"\nca_certificates = [\"jp.ca-1.pem\"]\n"
      "service_url = \"https://jp.example.org\"\nstatus_url = \"http://status.example.org\"\n";
  EXPECT_TRUE(read(good));
  EXPECT_THAT(refusal(read(good + "surprise = 1\n"), ErrorCode::kMalformed), HasSubstr("surprise"));
  EXPECT_THAT(refusal(read(good + "through = \"jp\"\n"), ErrorCode::kMalformed),
              HasSubstr("data_centre.a.through"));
  EXPECT_THAT(refusal(read(good + "retired = \"tomorrow\"\n"), ErrorCode::kMalformed),
              HasSubstr("data_centre.a.retired"));
  const std::string log =
      "log_key = \"" + new_key("a.example/log", checkpoint::KeyType::kEd25519).text() + "\"\n";
  const std::string url = "log_url = \"http://a.example/log\"\n";
  EXPECT_EQ(take(read(good + log + url)).data_centres.front().log->origin, "a.example/log");
  EXPECT_THAT(refusal(read(good + log), ErrorCode::kMalformed),
              HasSubstr("data_centre.a.log_key and data_centre.a.log_url go together"));
  EXPECT_THAT(refusal(read(good + url), ErrorCode::kMalformed), HasSubstr("go together"));
  EXPECT_THAT(refusal(read(good + "log_key = \"a.example/log\"\n" + url), ErrorCode::kMalformed),
              HasSubstr("data_centre.a.log_key"));
  EXPECT_THAT(refusal(read(good + "witness_url = \"https://a.example\"\n"), ErrorCode::kMalformed),
              HasSubstr("data_centre.a.witness_key"));
  EXPECT_THAT(refusal(read("next_root = \"jp.ca-1.pem\"\n" + good), ErrorCode::kMalformed),
              HasSubstr("next_root_link go together"));
  EXPECT_THAT(refusal(read("[data_centre.a]\nname = \"OU=jp,O=Countersign Demo\"\n"), ErrorCode::kMalformed),
              HasSubstr("service_url"));
  std::string missing = good;
  missing.replace(missing.find("jp.ca-1.pem"), 11, "none.pem");
  EXPECT_THAT(refusal(read(missing), ErrorCode::kNotFound), HasSubstr("none.pem"));
}

TEST_F(MapPlanTest, FollowsOnlyAMapOfItsOwnRootOrOfTheOneBefore) {
  documents::NetworkMap map = network_.map(3);
  const x509::Issuer next_root = sample::make_root(network_.now);
  EXPECT_EQ(take(read_previous_map(network_.sign(map), network_.root.certificate)).version, 3);
  EXPECT_EQ(read_previous_map(network_.sign(map), next_root.certificate).error().code,
            ErrorCode::kCertificateUnknown);
  map.next_root =
      documents::NextRoot{next_root.certificate,
                          take(x509::certify_next_root(network_.root, next_root.certificate, network_.now))};
  const Bytes announcing = network_.sign(map);
  EXPECT_EQ(take(read_previous_map(announcing, next_root.certificate, network_.root.certificate)).version, 3);
  EXPECT_EQ(read_previous_map(announcing, next_root.certificate).error().code, ErrorCode::kCertificateUnknown)
      << "the map's own word for its root";
}

TEST_F(MapPlanTest, GoesOnFromNoMapThatAStrangerSignedInTheNameOfARootBefore) {
  const auto next_root = sample::make_root(network_.now);
  MappedNetwork stranger;
  auto map = stranger.map(8);
  map.next_root =
      documents::NextRoot{next_root.certificate,
                          take(x509::certify_next_root(stranger.root, next_root.certificate, stranger.now))};
  const Bytes forged = stranger.sign(map);
  for (const auto& before : {std::optional<x509::Certificate>(), std::optional(network_.root.certificate)})
    EXPECT_EQ(read_previous_map(forged, next_root.certificate, before).error().code,
              ErrorCode::kCertificateUnknown);
  EXPECT_EQ(read_map_of(forged, network_.root.certificate).error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(MapPlanTest, IsShownToPeople) {
  documents::NetworkMap map = network_.map(3);
  MappedNetwork::find(map, kSeoul).retired = network_.now + days(2);
  add_log(MappedNetwork::find(map, kSeoul));
  const std::string text = describe_map(map, network_.now + days(1));
  EXPECT_THAT(text, HasSubstr("version   3\n"));
  EXPECT_THAT(text, HasSubstr("(29 days left)"));
  EXPECT_THAT(text,
              HasSubstr("OU=osaka-1,OU=jp,O=Countersign Demo\n  service  https://osaka.example.org:8443\n"));
  EXPECT_THAT(text, HasSubstr("  through  OU=jp,O=Countersign Demo\n"));
  EXPECT_THAT(text, HasSubstr("  retired  from "));
  EXPECT_THAT(text, HasSubstr("  log      seoul.example.org/log+"));
  EXPECT_THAT(text, HasSubstr("           http://status.example.org/log\n"));
  EXPECT_THAT(text, HasSubstr("  witness  seoul.example.org/witness+"));
  EXPECT_THAT(text, HasSubstr(hex_encode(network_.osaka.certificate.fingerprint()).substr(0, 16)));
}

}  // namespace
}  // namespace countersign::authority
