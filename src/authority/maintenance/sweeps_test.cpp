// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/sweeps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace countersign::authority {
namespace {

TEST(Sweeps, OneThatThrowsEndsNeitherTheOthersNorTheNextRound) {
  http::Metrics metrics;
  Sweeps sweeps(metrics);
  int swept = 0;
  sweeps.add("throwing", []() -> Result<void> { throw std::runtime_error("no memory"); });
  sweeps.add("failing", []() -> Result<void> { return fail(ErrorCode::kUnavailable, "the disk"); });
  sweeps.add("working", [&swept]() -> Result<void> {
    ++swept;
    return ok();
  });
  sweeps.run();
  sweeps.run();
  EXPECT_EQ(swept, 2);
  const std::string text = metrics.text();
  EXPECT_THAT(text, ::testing::HasSubstr("countersign_sweep_failures_total{sweep=\"throwing\"} 2\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("countersign_sweep_failures_total{sweep=\"failing\"} 2\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("countersign_sweep_failures_total{sweep=\"working\"} 0\n"));
}

}  // namespace
}  // namespace countersign::authority
