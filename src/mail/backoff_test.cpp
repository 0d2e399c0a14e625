// SPDX-License-Identifier: Apache-2.0
#include "mail/backoff.h"

#include <gtest/gtest.h>

namespace countersign::mail {
namespace {

using std::chrono::milliseconds;
constexpr std::uint32_t kMost = 0xffffffff;

TEST(RetryDelay, DoublesFromFiveSecondsToAnHour) {
  EXPECT_EQ(retry_delay(1, kMost), milliseconds{4999});
  EXPECT_EQ(retry_delay(2, kMost), milliseconds{9999});
  EXPECT_EQ(retry_delay(5, kMost), milliseconds{79'999});
  EXPECT_EQ(retry_delay(11, kMost), milliseconds{3'599'999});
  EXPECT_EQ(retry_delay(1000, kMost), milliseconds{3'599'999});
}

TEST(RetryDelay, LeavesItsSecondHalfToChance) {
  EXPECT_EQ(retry_delay(1, 0), milliseconds{2500});
  EXPECT_EQ(retry_delay(1, 0x80000000), milliseconds{3750});
}

}  // namespace
}  // namespace countersign::mail
