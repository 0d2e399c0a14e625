// SPDX-License-Identifier: Apache-2.0
#include "base/rate_limit.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(RateLimit, AdmitsSoManyPerWindowAndKey) {
  RateLimit limit(2, Seconds(60));
  const auto now = from_unix_seconds(600);
  EXPECT_TRUE(limit.admit("a", now).has_value());
  EXPECT_TRUE(limit.check("a", now).has_value());
  EXPECT_TRUE(limit.admit("a", now).has_value());
  EXPECT_EQ(limit.admit("a", now).error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(limit.check("a", now).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(limit.admit("b", now).has_value());
  EXPECT_TRUE(limit.admit("a", now + Seconds(60)).has_value());
}

TEST(RateLimit, CountsGuessesAndNoOtherFailure) {
  RateLimit limit(2, Seconds(60));
  const auto now = from_unix_seconds(600);
  const auto run = [&](Result<int> outcome) { return limit.guard("a", now, [&] { return outcome; }); };
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(run(1).has_value());
    EXPECT_EQ(run(fail(ErrorCode::kGone, "")).error().code, ErrorCode::kGone);
  }
  EXPECT_EQ(run(fail(ErrorCode::kNotFound, "")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(run(fail(ErrorCode::kWrongPassword, "")).error().code, ErrorCode::kWrongPassword);
  EXPECT_EQ(run(1).error().code, ErrorCode::kRateLimited);
}

TEST(RateLimit, RefusesNewKeysRatherThanGrowWithoutEnd) {
  RateLimit limit(1, Seconds(60));
  const auto now = from_unix_seconds(600);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(limit.admit(std::to_string(i), now).has_value());
  EXPECT_EQ(limit.admit("one more", now).error().code, ErrorCode::kRateLimited);
}

TEST(RateLimit, LetsThoseWhoGuessNothingThroughAFloodOfGuesses) {
  RateLimit limit(1, Seconds(60));
  const auto now = from_unix_seconds(600);
  const auto run = [&](Result<int> outcome) { return limit.guard("new", now, [&] { return outcome; }); };
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(limit.admit(std::to_string(i), now).has_value());
  EXPECT_TRUE(run(1).has_value());
  EXPECT_EQ(run(fail(ErrorCode::kNotFound, "")).error().code, ErrorCode::kRateLimited);
}

}  // namespace
}  // namespace countersign
