// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/known_witnesses.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/test_witness.h"
#include "sample/mapped_network.h"

namespace countersign::authority {
namespace {

using sample::MappedNetwork;

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";
constexpr const char* kJp = "OU=jp,O=Countersign Demo";

TEST(ParseWitness, TakesAKeyAndAUrl) {
  const auto key = witness_key("w.example/1").verifier();
  for (const std::string url :
       {"https://w.example/witness", "http://127.0.0.1:80", "https://w.example/a/b/"}) {
    const KnownWitness parsed = take(parse_witness(key.text() + " " + url));
    EXPECT_EQ(parsed.key, key);
    EXPECT_EQ(parsed.url, url.ends_with('/') ? url.substr(0, url.size() - 1) : url);
  }
}

TEST(ParseWitness, RefusesEverythingElse) {
  const std::string key = witness_key("w.example/1").verifier().text();
  const std::string log_key = TestLog().key().text();
  struct Row {
    const char* name;
    std::string text;
    ErrorCode code;
  };
  const Row rows[] = {{"no URL", key, ErrorCode::kMalformed},
                      {"no key", "https://w.example", ErrorCode::kMalformed},
                      {"spoilt key", "x" + key + " https://w.example", ErrorCode::kMalformed},
                      {"a log's key", log_key + " https://w.example", ErrorCode::kUnsupported},
                      {"a query", key + " https://w.example/?a", ErrorCode::kMalformed},
                      {"another scheme", key + " ftp://w.example", ErrorCode::kMalformed},
                      {"two URLs", key + " https://w.example https://w.example", ErrorCode::kMalformed}};
  for (const Row& row : rows) {
    const auto parsed = parse_witness(row.text);
    ASSERT_FALSE(parsed) << row.name;
    EXPECT_EQ(parsed.error().code, row.code) << row.name;
  }
}

struct WitnessesOf : testing::Test {
  void name(const char* data_centre, const checkpoint::VerifierKey& key) {
    MappedNetwork::find(view_.map, data_centre).witness =
        documents::MappedWitness{key, std::string("https://") + key.name};
  }
  std::vector<std::string> names(std::span<const KnownWitness> listed,
                                 const checkpoint::VerifierKey* own_key = nullptr) {
    std::vector<std::string> found;
    for (const KnownWitness& each :
         witnesses_of(listed, &view_, take(x509::Name::from_text(kSeoul)), own_key, network_.now))
      found.push_back(each.key.name);
    return found;
  }
  MappedNetwork network_;
  network::MapView view_{network_.map(), {}, {}, {}};
  const checkpoint::NoteSigner third_ = witness_key("third.example");
  const KnownWitness third_party_{third_.verifier(), "https://third.example"};
};

TEST_F(WitnessesOf, AreTheListedAndThoseOfTheMapButOurOwn) {
  name(kSeoul, witness_key("seoul.example").verifier());
  name(kOsaka, witness_key("osaka.example").verifier());
  EXPECT_EQ(names({}), (std::vector<std::string>{"osaka.example"}));
  EXPECT_EQ(names({&third_party_, 1}), (std::vector<std::string>{"third.example", "osaka.example"}));
  EXPECT_EQ(
      witnesses_of({&third_party_, 1}, nullptr, view_.map.data_centres[0].name, nullptr, network_.now).size(),
      1U);
}

TEST_F(WitnessesOf, AreNoneThatHaveRetired) {
  name(kOsaka, witness_key("osaka.example").verifier());
  MappedNetwork::find(view_.map, kOsaka).retired = network_.now;
  EXPECT_TRUE(names({}).empty());
}

TEST_F(WitnessesOf, HaveOneVoiceForEachKey) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  const auto named = [&](const char* name) {
    return take(checkpoint::VerifierKey::create(name, checkpoint::KeyType::kCosignature, key.public_key()));
  };
  name(kOsaka, named("osaka.example"));
  name(kJp, named("jp.example"));
  EXPECT_EQ(names({}).size(), 1U);
  const auto ours = named("seoul.example");
  EXPECT_TRUE(names({}, &ours).empty());
}

TEST_F(WitnessesOf, AreSoManyAtMost) {
  std::vector<KnownWitness> listed;
  for (std::size_t i = 0; i < kMostWitnesses + 5; ++i)
    listed.push_back({witness_key("w" + std::to_string(i)).verifier(), "https://w.example"});
  EXPECT_EQ(names(listed).size(), kMostWitnesses);
}

}  // namespace
}  // namespace countersign::authority
