// SPDX-License-Identifier: Apache-2.0
#include "base/amount.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Amount, RefusesSumsThatOverflowOrMixCurrencies) {
  const Amount largest{kLargestInteger, "KRW"};
  EXPECT_EQ(add(largest, {1, "KRW"}).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(add({1, "KRW"}, {1, "EUR"}).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(multiply(largest, 2).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(multiply({1, "KRW"}, -1).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(multiply({250, "KRW"}, 4).value(), (Amount{1000, "KRW"}));
  EXPECT_EQ(multiply(largest, 0).value(), (Amount{0, "KRW"}));
}

TEST(Amount, IsWrittenWithTheDecimalsOfItsCurrency) {
  EXPECT_EQ(format_amount({1'234'000, "KRW"}), "KRW 1,234,000");
  EXPECT_EQ(format_amount({1'250, "EUR"}), "EUR 12.50");
  EXPECT_EQ(format_amount({5, "BHD"}), "BHD 0.005");
  EXPECT_EQ(format_amount({999, "KRW"}), "KRW 999");
}

}  // namespace
}  // namespace countersign
