// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/nonces.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

TEST(Nonces, AreAcceptedOnce) {
  TestAuthority authority;
  const auto nonces = take(Nonces::open(*authority.database));
  const auto nonce = crypto::sha256(as_bytes("n"));
  const auto use = [&] {
    return authority.database->write([&](storage::Transaction& transaction) {
      return nonces.use(transaction, nonce, authority.clock.now());
    });
  };
  take(use());
  EXPECT_EQ(use().error().code, ErrorCode::kConflict);
  authority.clock.advance(std::chrono::hours(1));
  take(authority.database->write(
      [&](storage::Transaction& transaction) { return nonces.sweep(transaction, authority.clock.now()); }));
  take(use());
}

TEST(TimelyRequest, MayBeFiveMinutesOffEitherWay) {
  const auto now = from_unix_seconds(1'000'000);
  EXPECT_TRUE(is_timely(now + Seconds(300), now).has_value());
  EXPECT_TRUE(is_timely(now - Seconds(300), now).has_value());
  EXPECT_EQ(is_timely(now + Seconds(301), now).error().code, ErrorCode::kClockSkew);
  EXPECT_EQ(is_timely(now - Seconds(301), now).error().code, ErrorCode::kClockSkew);
}

}  // namespace
}  // namespace countersign::authority
