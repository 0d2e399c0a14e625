// SPDX-License-Identifier: Apache-2.0
#include "card/pin_tries.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace countersign::card {
namespace {

class PinTriesTest : public testing::Test {
 protected:
  PinTriesTest() {
    std::string pattern = testing::TempDir() + "tries-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~PinTriesTest() override { std::filesystem::remove_all(folder_); }
  std::string file() const { return folder_ / "tries"; }
  std::filesystem::path folder_;
};

TEST_F(PinTriesTest, BeginsWithAllTries) {
  EXPECT_EQ(PinTries(file(), 3).left().value(), 3);
}

TEST_F(PinTriesTest, CountsATryBeforeItsOutcomeIsKnown) {
  { ASSERT_TRUE(PinTries(file(), 3).begin()); }  // the process ends here
  EXPECT_EQ(PinTries(file(), 3).left().value(), 2);
}

TEST_F(PinTriesTest, StartsAnewAfterTheRightPin) {
  const PinTries tries(file(), 3);
  { ASSERT_TRUE(tries.begin()); }
  auto attempt = tries.begin();
  ASSERT_TRUE(attempt);
  ASSERT_TRUE(attempt.value().succeed());
  EXPECT_EQ(tries.left().value(), 3);
}

TEST_F(PinTriesTest, DoesNotCountWhatTheTokenNeverJudged) {
  const PinTries tries(file(), 3);
  { ASSERT_TRUE(tries.begin()); }
  auto attempt = tries.begin();
  ASSERT_TRUE(attempt);
  ASSERT_TRUE(attempt.value().withdraw());
  EXPECT_EQ(tries.left().value(), 2);
}

TEST_F(PinTriesTest, LocksWhenNoneIsLeft) {
  const PinTries tries(file(), 2);
  { ASSERT_TRUE(tries.begin()); }
  { ASSERT_TRUE(tries.begin()); }
  EXPECT_EQ(tries.begin().error().code, ErrorCode::kPinLocked);
  EXPECT_EQ(PinTries(file(), 2).begin().error().code, ErrorCode::kPinLocked);
}

TEST_F(PinTriesTest, RefusesADamagedCount) {
  std::ofstream(file()) << "x";
  EXPECT_EQ(PinTries(file(), 3).begin().error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::card
