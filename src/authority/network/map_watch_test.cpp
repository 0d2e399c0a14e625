// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample/manual_clock.h"
#include "sample/mapped_network.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

using std::chrono::days;
using testing::HasSubstr;
using testing::Not;

TEST(MapWatch, SaysEarlyThatAMapEndsAndThatItIsOver) {
  const sample::MappedNetwork network;
  ManualClock clock(network.now);
  const TemporaryFolder folder;
  const auto kept = take(network::KeptMap::open(folder.path() / "map.json", network.root.certificate, clock));
  http::Metrics metrics;
  MapWatch watch(*kept, metrics, clock);
  EXPECT_EQ(watch.look(), MapWatch::Finding::kNone);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("countersign_network_map"))) << "there is no map to be late with";

  take(kept->take(network.sign(network.map(3))));
  EXPECT_EQ(watch.look(), MapWatch::Finding::kNone);
  EXPECT_THAT(metrics.text(), HasSubstr("countersign_network_map_version 3\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("countersign_network_map_days_left 30\n"));
  clock.advance(days(16));
  EXPECT_EQ(watch.look(), MapWatch::Finding::kNone);
  clock.advance(Seconds(1));
  EXPECT_EQ(watch.look(), MapWatch::Finding::kEndsSoon);
  EXPECT_THAT(metrics.text(), HasSubstr("countersign_network_map_days_left 13\n"));
  clock.advance(days(14));
  EXPECT_EQ(watch.look(), MapWatch::Finding::kOver);
  EXPECT_THAT(metrics.text(), HasSubstr("countersign_network_map_days_left -1\n"));
}

}  // namespace
}  // namespace countersign::authority
