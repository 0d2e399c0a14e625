// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/network_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/interwork/testing/scripted_feed.h"
#include "authority/interwork/testing/test_data_centre.h"
#include "documents/json.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

using testing::HasSubstr;

// Seoul has Busan, whose feed it follows, and Osaka, which has retired, in its map.
struct NetworkStatus : testing::Test {
  NetworkStatus() {
    auto map = map_of({&seoul, &busan, &osaka});
    for (auto& centre : map.data_centres)
      if (centre.name == osaka.world.network.data_centre) centre.retired = seoul.world.clock.now();
    view = view_of(std::move(map));
    feeds = take(StatusFeeds::open({.data_centre = seoul.world.network.data_centre,
                                    .current = current(),
                                    .ask = feed.ask(),
                                    .database = *seoul.world.database,
                                    .clock = seoul.world.clock,
                                    .boot = boot}));
  }
  CurrentMap current() {
    return [this]() -> Result<std::shared_ptr<const network::MapView>> {
      if (!view || is_over) return fail(ErrorCode::kExpired, "network map: over since yesterday");
      return view;
    };
  }
  std::string json() {
    return documents::write_json(
        describe_network({seoul.world.network.data_centre, current(), [this] { return view; }, *seoul.peers,
                          *feeds, seoul.world.clock}));
  }
  std::string text() { return take(write_network_status(as_bytes(json()))); }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre seoul{root, "OU=seoul-1,OU=kr,O=Countersign Demo"};
  TestDataCentre busan{root, "OU=busan-1,OU=kr,O=Countersign Demo"};
  TestDataCentre osaka{root, "OU=osaka-1,OU=jp,O=Countersign Demo"};
  std::shared_ptr<const network::MapView> view;
  bool is_over = false;
  ManualBootClock boot;
  ScriptedFeed feed{busan.world.network.data_centre,
                    {busan.world.ocsp->responder().certificate, busan.world.ocsp->responder().key, {}},
                    busan.world.clock};
  std::unique_ptr<StatusFeeds> feeds;
};

TEST_F(NetworkStatus, NamesTheMapAndEachPeerWithItsFeed) {
  feed.alter([](FeedHistory& history) { history.revoke(); });
  feeds->start();
  feed.wait_for_round();
  const std::string said = text();
  EXPECT_THAT(said, HasSubstr("version 1, until 2026-11-19"));
  EXPECT_THAT(said,
              HasSubstr("OU=busan-1,OU=kr,O=Countersign Demo\n  url      " + busan.mapped().service_url));
  EXPECT_THAT(said, HasSubstr("live, heartbeat 0.0 s ago, at change 1, 0 to come"));
  EXPECT_THAT(said, HasSubstr("0 by its feed, 0 degraded, 0 refused as home_unreachable"));
  EXPECT_THAT(said, HasSubstr("circuit  closed"));
  feeds->stop();
}

TEST_F(NetworkStatus, SaysWhoIsNotFollowedAndWhoHasRetired) {
  const std::string said = text();
  EXPECT_THAT(said, HasSubstr("retired  2026-11-18"));
  EXPECT_THAT(said, HasSubstr("feed     not followed"));
}

TEST_F(NetworkStatus, SaysWhyThereIsNoMap) {
  view = nullptr;
  EXPECT_THAT(text(), HasSubstr("none in force: network map: over since yesterday"));
}

TEST_F(NetworkStatus, ShowsThePeersOfAMapThatIsOver) {
  is_over = true;
  const std::string said = text();
  EXPECT_THAT(said, HasSubstr("none in force: network map: over since yesterday"));
  EXPECT_THAT(said,
              HasSubstr("OU=busan-1,OU=kr,O=Countersign Demo\n  url      " + busan.mapped().service_url));
}

TEST_F(NetworkStatus, IsReadFromNothingElse) {
  EXPECT_EQ(write_network_status(as_bytes("{\"type\":\"network-status\",\"version\":2}")).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(write_network_status(as_bytes("not json")).error().code, ErrorCode::kMalformed);
  std::string other = json();
  other.insert(1, "\"more\":1,");
  EXPECT_EQ(write_network_status(as_bytes(other)).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::authority
