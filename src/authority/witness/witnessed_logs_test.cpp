// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witnessed_logs.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/test_witness.h"
#include "sample/mapped_network.h"

namespace countersign::authority {
namespace {

using sample::MappedNetwork;

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";

struct WitnessedLogsTest : testing::Test {
  WitnessedLogsTest() {
    auto view = std::make_shared<network::MapView>(network::MapView{network_.map(), {}, {}, {}});
    map_of(view->map, kSeoul, seoul_);
    map_of(view->map, kOsaka, osaka_);
    view_ = std::move(view);
  }
  static void map_of(documents::NetworkMap& map, const char* name, const TestLog& log) {
    MappedNetwork::find(map, name).log =
        documents::MappedLog{log.key().name, log.key(), "https://" + log.key().name};
  }
  WitnessedLogs logs(const std::vector<std::string>& listed) {
    return take(WitnessedLogs::create(
        listed,
        [this]() -> Result<std::shared_ptr<const network::MapView>> {
          if (!view_) return fail(ErrorCode::kNotFound, "no map");
          return view_;
        },
        take(x509::Name::from_text(kOsaka)), clock_));
  }

  MappedNetwork network_;
  ManualClock clock_{network_.now};
  TestLog seoul_{"seoul-1.example/log"};
  TestLog osaka_{"osaka-1.example/log"};
  TestLog third_{"third.example/log"};
  std::shared_ptr<const network::MapView> view_;
};

TEST_F(WitnessedLogsTest, AreThoseOfTheMapButOurOwn) {
  const WitnessedLogs made = logs({});
  EXPECT_EQ(made.key_of("seoul-1.example/log"), seoul_.key());
  EXPECT_FALSE(made.key_of("osaka-1.example/log"));
  EXPECT_FALSE(made.key_of("third.example/log"));
}

TEST_F(WitnessedLogsTest, AreThoseThatAreListedAlsoWithoutAMap) {
  const WitnessedLogs made = logs({third_.key().text()});
  view_.reset();
  EXPECT_EQ(made.key_of("third.example/log"), third_.key());
  EXPECT_FALSE(made.key_of("seoul-1.example/log"));
}

TEST_F(WitnessedLogsTest, SignByTheListedKeyWhereTheMapHasAnother) {
  const TestLog other("seoul-1.example/log");
  EXPECT_EQ(logs({other.key().text()}).key_of("seoul-1.example/log"), other.key());
}

TEST_F(WitnessedLogsTest, AreNoneOfThoseThatHaveRetired) {
  auto view = std::make_shared<network::MapView>(*view_);
  MappedNetwork::find(view->map, kSeoul).retired = clock_.now();
  view_ = view;
  EXPECT_FALSE(logs({}).key_of("seoul-1.example/log"));
}

TEST_F(WitnessedLogsTest, RefuseKeysThatSignNoCheckpoints) {
  const CurrentMap none = [] { return fail(ErrorCode::kNotFound, "no map"); };
  const x509::Name own = take(x509::Name::from_text(kOsaka));
  const std::string cosigner = witness_key("third.example/log").verifier().text();
  const std::string twin = TestLog("third.example/log").key().text();
  struct Row {
    const char* name;
    std::vector<std::string> listed;
    ErrorCode code;
  };
  const Row rows[] = {{"no key", {"third.example/log"}, ErrorCode::kMalformed},
                      {"a witness's", {cosigner}, ErrorCode::kUnsupported},
                      {"two of one log", {third_.key().text(), twin}, ErrorCode::kConflict}};
  for (const Row& row : rows) {
    const auto made = WitnessedLogs::create(row.listed, none, own, clock_);
    ASSERT_FALSE(made) << row.name;
    EXPECT_EQ(made.error().code, row.code) << row.name;
  }
}

}  // namespace
}  // namespace countersign::authority
