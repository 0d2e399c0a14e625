// SPDX-License-Identifier: Apache-2.0
#include "base/recent_map.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

TEST(RecentMap, FindsWhatWasPutLast) {
  RecentMap<std::string, int> map(2);
  map.put("a", 1);
  map.put("a", 2);
  EXPECT_EQ(map.find("a"), 2);
  EXPECT_EQ(map.size(), 1U);
}

TEST(RecentMap, ForgetsTheOneAskedForLongestAgo) {
  RecentMap<std::string, int> map(2);
  map.put("a", 1);
  map.put("b", 2);
  EXPECT_EQ(map.find("a"), 1);
  map.put("c", 3);
  EXPECT_FALSE(map.find("b").has_value());
  EXPECT_EQ(map.find("a"), 1);
  EXPECT_EQ(map.find("c"), 3);
}

}  // namespace
}  // namespace countersign
