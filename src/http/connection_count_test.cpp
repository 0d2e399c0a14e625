// SPDX-License-Identifier: Apache-2.0
#include "http/connection_count.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

constexpr ConnectionCount::Limits kLimits{.in_all = 3, .per_address = 2};

TEST(ConnectionCount, RefusesBeyondTheLimitOfAnAddressAndAdmitsOthers) {
  ConnectionCount count;
  EXPECT_FALSE(count.admit("192.0.2.1", kLimits));
  EXPECT_FALSE(count.admit("192.0.2.1", kLimits));
  EXPECT_EQ(count.admit("192.0.2.1", kLimits), ConnectionRefusal::kTooManyOfAddress);
  EXPECT_FALSE(count.admit("192.0.2.2", kLimits));
}

TEST(ConnectionCount, RefusesBeyondTheLimitInAll) {
  ConnectionCount count;
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
    EXPECT_FALSE(count.admit(address, kLimits));
  EXPECT_EQ(count.admit("192.0.2.4", kLimits), ConnectionRefusal::kTooMany);
}

TEST(ConnectionCount, AdmitsAgainWhatWasReleased) {
  ConnectionCount count;
  EXPECT_FALSE(count.admit("192.0.2.1", kLimits));
  EXPECT_FALSE(count.admit("192.0.2.1", kLimits));
  count.release("192.0.2.1");
  EXPECT_FALSE(count.admit("192.0.2.1", kLimits));
  EXPECT_TRUE(count.admit("192.0.2.1", kLimits));
}

}  // namespace
}  // namespace countersign::http
