// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/feed_follower.h"

#include <gtest/gtest.h>

#include "authority/interwork/testing/scripted_feed.h"
#include "sample/take.h"

namespace countersign::authority {
namespace {

using Step = FeedFollower::Step;
using std::chrono::milliseconds;

constexpr BootMoment kStart{milliseconds(1'000'000)};

// A home's history, and who follows it.
struct Following : testing::Test {
  Following() { EXPECT_EQ(answer(), Step::kBegun); }
  Step answer(BootMoment asked = kStart) {
    return follower.take(history.page_after(follower.after()), asked);
  }

  FeedHistory history;
  FeedFollower follower;
};

TEST_F(Following, BeginsAtTheNewestPlaceAndIsLive) {
  history.revoke();
  FeedFollower another;
  EXPECT_EQ(another.after(), std::nullopt);
  EXPECT_EQ(another.take(history.page_after({}), kStart), Step::kBegun);
  EXPECT_EQ(another.after(), history.newest());
  EXPECT_EQ(another.state(kStart), FeedState::kLive);
}

TEST_F(Following, GoesOnFromChangeToChange) {
  history.revoke();
  history.revoke();
  EXPECT_EQ(answer(), Step::kOn);
  EXPECT_EQ(follower.after(), history.newest());
}

TEST_F(Following, IsLiveForFiveSecondsAfterTheRequestWasSent) {
  EXPECT_EQ(follower.state(kStart + milliseconds(4'999)), FeedState::kLive);
  EXPECT_EQ(follower.state(kStart + milliseconds(5'000)), FeedState::kSilent);
  EXPECT_EQ(answer(kStart + milliseconds(4'000)), Step::kOn);
  EXPECT_EQ(follower.state(kStart + milliseconds(8'000)), FeedState::kLive);
}

TEST_F(Following, IsNoYoungerForAPageThatAnswersAnOlderRequest) {
  EXPECT_EQ(answer(kStart - milliseconds(3'000)), Step::kOn);
  EXPECT_EQ(follower.told_until(), kStart);
}

TEST_F(Following, IsNotLiveByAMomentThatHasNotCome) {
  EXPECT_EQ(follower.state(kStart - milliseconds(1)), FeedState::kSilent);
}

TEST_F(Following, IsNotLiveUntilEverythingIsTold) {
  for (int i = 0; i < 3; ++i) history.revoke();
  auto part = history.page_after(follower.after());
  part.changes.pop_back();
  const BootMoment later = kStart + milliseconds(6'000);
  EXPECT_EQ(follower.take(part, later), Step::kOn);
  EXPECT_EQ(follower.state(later), FeedState::kSilent);
  EXPECT_EQ(follower.lag(), 1);
  EXPECT_EQ(answer(later), Step::kOn);
  EXPECT_EQ(follower.state(later), FeedState::kLive);
  EXPECT_EQ(follower.lag(), 0);
}

TEST_F(Following, NoticesAHomeThatForgotChanges) {
  history.revoke();
  history.revoke();
  ASSERT_EQ(answer(), Step::kOn);
  history.forget_newest();
  EXPECT_EQ(answer(), Step::kRolledBack);
  EXPECT_EQ(follower.state(kStart), FeedState::kRolledBack);
}

TEST_F(Following, NoticesAHomeThatTellsAnotherHistoryOfTheSameLength) {
  history.revoke();
  ASSERT_EQ(answer(), Step::kOn);
  history.forget_newest();
  history.revoke();
  EXPECT_EQ(answer(), Step::kForked);
  EXPECT_EQ(follower.state(kStart), FeedState::kForked);
}

TEST_F(Following, TrustsABrokenFeedNoMoreThoughItSeemWhole) {
  const auto before = history.page_after(follower.after());
  history.revoke();
  ASSERT_EQ(answer(), Step::kOn);
  ASSERT_EQ(follower.take(before, kStart), Step::kRolledBack);
  EXPECT_EQ(answer(), Step::kBroken);
  EXPECT_EQ(follower.state(kStart), FeedState::kRolledBack);
}

TEST_F(Following, TrustsABrokenFeedAgainFromAnotherEpochOn) {
  history.revoke();
  ASSERT_EQ(answer(), Step::kOn);
  history.forget_newest();
  ASSERT_EQ(answer(), Step::kRolledBack);
  history.begin_epoch();
  EXPECT_EQ(answer(), Step::kNewEpoch);
  EXPECT_EQ(follower.state(kStart), FeedState::kLive);
}

TEST_F(Following, BeginsAnewInAnotherEpochAndAfterAGap) {
  history.begin_epoch();
  EXPECT_EQ(answer(), Step::kNewEpoch);
  EXPECT_EQ(follower.after(), history.newest());
  history.revoke();
  history.revoke();
  history.trim();
  EXPECT_EQ(answer(), Step::kGap);
  EXPECT_EQ(follower.after(), history.newest());
  EXPECT_EQ(follower.state(kStart), FeedState::kLive);
}

TEST_F(Following, ForgetsWhatIsKnownUnlessAPageGoesOn) {
  EXPECT_FALSE(forgets(Step::kOn));
  for (const Step step : {Step::kBegun, Step::kNewEpoch, Step::kGap, Step::kRolledBack, Step::kForked})
    EXPECT_TRUE(forgets(step));
}

TEST_F(Following, GoesOnFromAPlaceThatWasKept) {
  FeedFollower restarted(follower.place());
  EXPECT_EQ(restarted.state(kStart), FeedState::kSilent) << "live by what another process was told";
  history.revoke();
  EXPECT_EQ(restarted.take(history.page_after(restarted.after()), kStart), Step::kOn);
}

TEST_F(Following, RemembersOverARestartThatAFeedIsBroken) {
  history.revoke();
  ASSERT_EQ(answer(), Step::kOn);
  history.forget_newest();
  ASSERT_EQ(answer(), Step::kRolledBack);
  FeedFollower restarted(follower.place());
  EXPECT_EQ(restarted.state(kStart), FeedState::kRolledBack);
  EXPECT_EQ(restarted.take(history.page_after(restarted.after()), kStart), Step::kBroken);
}

}  // namespace
}  // namespace countersign::authority
