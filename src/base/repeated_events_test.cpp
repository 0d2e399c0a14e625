// SPDX-License-Identifier: Apache-2.0
#include "base/repeated_events.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

constexpr std::chrono::minutes kPause{1};
const RepeatedEvents::Moment kStart{std::chrono::hours(1)};

TEST(RepeatedEvents, TellOfTheFirstAtOnce) {
  RepeatedEvents events(kPause);
  EXPECT_EQ(events.note("seoul", kStart), 1U);
}

TEST(RepeatedEvents, TellOfOneInEachPauseWithHowManyThereWere) {
  RepeatedEvents events(kPause);
  EXPECT_EQ(events.note("seoul", kStart), 1U);
  for (int second = 0; second < 59; ++second)
    EXPECT_EQ(events.note("seoul", kStart + std::chrono::seconds(second)), std::nullopt);
  EXPECT_EQ(events.note("seoul", kStart + kPause), 60U);
  EXPECT_EQ(events.note("seoul", kStart + kPause), std::nullopt);
  EXPECT_EQ(events.note("seoul", kStart + 2 * kPause), 2U);
}

TEST(RepeatedEvents, KeepNoKeySilentBecauseOfAnother) {
  RepeatedEvents events(kPause);
  EXPECT_EQ(events.note("seoul", kStart), 1U);
  EXPECT_EQ(events.note("busan", kStart), 1U);
  EXPECT_EQ(events.note("seoul", kStart), std::nullopt);
}

}  // namespace
}  // namespace countersign
