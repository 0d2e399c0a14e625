// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/map_history.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

class MapHistoryTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kDay = 24 * 3600;

  network::MapView map(std::int64_t version, std::int64_t issued, std::int64_t expires) {
    const std::string name = "map " + std::to_string(version);
    network::MapView view{{.version = version,
                           .issued = from_unix_seconds(issued),
                           .expires = from_unix_seconds(expires),
                           .root = network_.root.certificate,
                           .next_root = {},
                           .data_centres = {}},
                          network_.anchor,
                          to_bytes(name),
                          {}};
    view.digest[0] = static_cast<std::uint8_t>(version);
    return view;
  }
  void keep(const network::MapView& view, std::int64_t time) {
    take(history_.keep(view, from_unix_seconds(time)));
  }
  std::string in_force_at(std::int64_t time) {
    const auto found = take(history_.in_force_at(from_unix_seconds(time)));
    return found ? to_text(*found) : "none";
  }

  ManualClock clock_;
  TestNetwork network_{clock_.now()};
  TemporaryFolder folder_;
  std::unique_ptr<storage::Database> database_ = take(storage::open_sqlite(folder_.path() / "store.db"));
  MapHistory history_ = take(MapHistory::open(*database_));
};

TEST_F(MapHistoryTest, HasNoMapBeforeTheFirst) {
  EXPECT_EQ(in_force_at(100 * kDay), "none");
  keep(map(1, 100 * kDay, 130 * kDay), 101 * kDay);
  EXPECT_EQ(in_force_at(101 * kDay - 1), "none");
}

TEST_F(MapHistoryTest, FindsTheOneThatWasInForceHereThenWhenEverItWasIssued) {
  keep(map(1, 100 * kDay, 130 * kDay), 100 * kDay);
  keep(map(2, 110 * kDay, 140 * kDay), 112 * kDay);
  keep(map(2, 110 * kDay, 140 * kDay), 115 * kDay);
  const auto expect = [this] {
    EXPECT_EQ(in_force_at(100 * kDay), "map 1");
    EXPECT_EQ(in_force_at(112 * kDay - 1), "map 1");
    EXPECT_EQ(in_force_at(112 * kDay), "map 2");
    EXPECT_EQ(in_force_at(140 * kDay), "map 2");
  };
  expect();
  history_ = take(MapHistory::open(*database_));
  expect();
  keep(map(2, 110 * kDay, 140 * kDay), 116 * kDay);
  expect();
}

TEST_F(MapHistoryTest, FindsNoneThatWasOver) {
  keep(map(1, 100 * kDay, 130 * kDay), 100 * kDay);
  keep(map(2, 110 * kDay, 120 * kDay), 110 * kDay);
  EXPECT_EQ(in_force_at(121 * kDay), "none") << "the newest is over, and puts the one before out of force";
}

}  // namespace
}  // namespace countersign::authority
