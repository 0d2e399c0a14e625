// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/followed_home.h"

#include <gtest/gtest.h>

#include "authority/interwork/testing/scripted_feed.h"
#include "authority/testing/test_network.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

using Step = FeedFollower::Step;
using x509::StatusKind;

// A home that tells its history, and a purchaser of it.
struct FollowedHomeTest : testing::Test {
  FollowedHomeTest() { EXPECT_EQ(read(), Step::kBegun); }
  Step read() { return home.take(history.page_after(home.after()), {boot.now(), {}, {}}); }
  void revoke() { history.change(party->certificate.serial(), StatusKind::kRevoked); }
  // What the home says to a question that is sent now, later than the ones before.
  std::shared_ptr<const ForeignStatus> answer(StatusKind kind = StatusKind::kGood) {
    boot.advance(std::chrono::milliseconds(1));
    ForeignStatus status{.response = std::make_shared<const Bytes>(),
                         .answer = {{}, {kind, {}, {}}, {}, {}},
                         .asked = {},
                         .asked_at = boot.now(),
                         .mark = home.mark(),
                         .party = party};
    return std::make_shared<const ForeignStatus>(std::move(status));
  }
  std::shared_ptr<const ForeignStatus> find() { return home.find(*party, {}).status; }

  TestNetwork network{ManualClock().now()};
  std::shared_ptr<const ForeignParty> party = std::make_shared<const ForeignParty>(
      ForeignParty{network.issue_purchaser("0001", ManualClock().now()).certificate,
                   x509::Role::kPurchaser,
                   {},
                   {},
                   nullptr,
                   {},
                   network.ca.certificate});
  ManualBootClock boot;
  FeedHistory history;
  FollowedHome home{boot, std::nullopt};
};

TEST_F(FollowedHomeTest, CountsAChangeAfterAGapAgainstAnAnswerOfBeforeIt) {
  const auto in_hand = answer();
  history.revoke();
  history.trim();
  ASSERT_EQ(read(), Step::kGap);
  EXPECT_FALSE(home.knowledge(*party, in_hand).change);
  revoke();
  ASSERT_EQ(read(), Step::kOn);
  const ForeignKnowledge known = home.knowledge(*party, in_hand);
  ASSERT_TRUE(known.change);
  EXPECT_EQ(known.change->kind, StatusKind::kRevoked);
  EXPECT_FALSE(known.told_until);
}

TEST_F(FollowedHomeTest, CountsAChangeInANewEpochAgainstAnAnswerOfBeforeIt) {
  const auto in_hand = answer();
  history.begin_epoch();
  ASSERT_EQ(read(), Step::kNewEpoch);
  revoke();
  ASSERT_EQ(read(), Step::kOn);
  EXPECT_TRUE(home.knowledge(*party, in_hand).change);
}

TEST_F(FollowedHomeTest, CountsNoChangeAgainstAnAnswerThatWasAskedForAfterIt) {
  revoke();
  ASSERT_EQ(read(), Step::kOn);
  const ForeignKnowledge known = home.knowledge(*party, answer());
  EXPECT_FALSE(known.change);
  EXPECT_TRUE(known.told_until);
}

TEST_F(FollowedHomeTest, ConfirmsNothingMoreByTheFeedOnceTheHomeDoesNotKnowTheCertificate) {
  const auto good = answer();
  const auto unknown = answer(StatusKind::kUnknown);
  home.learn(good);
  ASSERT_EQ(find(), good);
  home.learn(unknown);
  EXPECT_EQ(find(), nullptr);
  EXPECT_FALSE(home.knowledge(*party, good).told_until);
  EXPECT_EQ(home.knowledge(*party, unknown).status, unknown);
}

}  // namespace
}  // namespace countersign::authority
