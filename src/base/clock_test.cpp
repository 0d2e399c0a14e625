// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Time, IsWrittenAndReadInOneForm) {
  const TimePoint time = from_unix_seconds(1'795'336'200);
  EXPECT_EQ(format_time(time), "2026-11-22T08:30:00Z");
  EXPECT_EQ(parse_time("2026-11-22T08:30:00Z").value(), time);
  EXPECT_EQ(format_time(from_unix_seconds(0)), "1970-01-01T00:00:00Z");
}

TEST(Time, RefusesOtherForms) {
  for (const char* text :
       {"", "2026-11-22", "2026-11-22 08:30:00Z", "2026-11-22T08:30:00+00:00", "2026-02-30T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T08:60:00Z", "2026-11-22T08:30:00.5Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace countersign
