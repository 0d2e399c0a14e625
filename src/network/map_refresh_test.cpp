// SPDX-License-Identifier: Apache-2.0
#include "network/map_refresh.h"

#include <gtest/gtest.h>

#include "sample/manual_clock.h"
#include "sample/second_data_centre.h"
#include "sample/temporary_folder.h"

namespace countersign::network {
namespace {

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

struct MapRefreshTest : testing::Test {
  ManualClock clock;
  x509::Issuer root = sample::make_root(clock.now());
  x509::Name own_name = take(x509::Name::from_text("OU=seoul-1,OU=kr,O=Countersign Demo"));
  x509::Issuer own = sample::make_ca(root, {own_name, {"localhost"}, {}, {"127.0.0.0/8"}}, clock.now());
  sample::SecondDataCentre other{root, own.certificate, clock.now()};
  TemporaryFolder folder;
  AnchorSource source{{std::make_shared<const x509::TrustAnchor>(
                           take(x509::TrustAnchor::create(root.certificate, {own.certificate}, clock.now()))),
                       own_name, ""},
                      take(KeptMap::open(folder.path() / "network-map.json", root.certificate, clock))};
  int asked = 0;
  Result<Bytes> offered = fail(ErrorCode::kNotFound, "no map");
  MapRefresh refresh{source,
                     [this]() -> Result<Bytes> {
                       ++asked;
                       return offered;
                     },
                     clock};

  // Whether the authority was asked when so much time had passed.
  bool asks_after(Seconds time) {
    const int before = asked;
    clock.advance(time);
    take(refresh.tick());
    return asked > before;
  }
};

TEST_F(MapRefreshTest, FetchesAtOnceAndThenEveryTwoMinutes) {
  offered = other.signed_map(1);
  EXPECT_TRUE(asks_after(Seconds(0)));
  EXPECT_EQ(take(source.map())->map.version, 1);
  offered = other.signed_map(2);
  EXPECT_FALSE(asks_after(Seconds(119)));
  EXPECT_TRUE(asks_after(Seconds(1)));
  EXPECT_EQ(take(source.map())->map.version, 2);
}

TEST_F(MapRefreshTest, AsksEveryTenSecondsWhileThereIsNoMap) {
  EXPECT_TRUE(asks_after(Seconds(0)));
  EXPECT_FALSE(asks_after(Seconds(9)));
  EXPECT_TRUE(asks_after(Seconds(1)));
}

TEST_F(MapRefreshTest, AsksSoonWhereACaWasNotKnownAndFloodsNobody) {
  offered = other.signed_map(1);
  EXPECT_TRUE(asks_after(Seconds(0)));
  const auto verdict = [this] {
    return source.note(Result<void>(fail(ErrorCode::kCertificateUnknown, "no path")));
  };
  EXPECT_FALSE(verdict());
  EXPECT_FALSE(asks_after(Seconds(9)));
  EXPECT_TRUE(asks_after(Seconds(1)));
  EXPECT_FALSE(asks_after(Seconds(10))) << "once for what was wanted";
}

TEST_F(MapRefreshTest, KeepsTheMapInUseWhereTheAuthorityOffersAnOlderOne) {
  offered = other.signed_map(2);
  take(refresh.tick());
  offered = other.signed_map(1);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(code_of(refresh.tick()), ErrorCode::kConflict);
  EXPECT_EQ(take(source.map())->map.version, 2);
}

TEST_F(MapRefreshTest, SaysWhyTheAuthorityGaveNone) {
  offered = fail(ErrorCode::kUnavailable, "no answer");
  EXPECT_EQ(code_of(refresh.tick()), ErrorCode::kUnavailable);
}

TEST_F(MapRefreshTest, MeasuresTheMapAlsoWhenItIsOver) {
  EXPECT_EQ(measure_map(source, clock.now()).version, 0);
  offered = other.signed_map(3);
  take(refresh.tick());
  EXPECT_EQ(measure_map(source, clock.now()).version, 3);
  EXPECT_EQ(measure_map(source, clock.now()).seconds_left, 30 * 86'400);
  clock.advance(std::chrono::days(31));
  EXPECT_EQ(measure_map(source, clock.now()).version, 3);
  EXPECT_EQ(measure_map(source, clock.now()).seconds_left, -86'400);
}

TEST_F(MapRefreshTest, AsksAtOnceWhereTheKeptMapIsOver) {
  offered = other.signed_map(1);
  take(refresh.tick());
  clock.advance(std::chrono::days(31));
  EXPECT_TRUE([&] {
    const int before = asked;
    const auto refused = refresh.tick();
    EXPECT_EQ(code_of(refused), ErrorCode::kExpired);
    return asked > before;
  }());
}

}  // namespace
}  // namespace countersign::network
