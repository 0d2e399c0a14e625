// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/foreign_status.h"

#include <gtest/gtest.h>

#include "sample/manual_clock.h"

namespace countersign::authority {
namespace {

using Kind = ForeignBasis::Kind;
using std::chrono::milliseconds;
using std::chrono::minutes;

// A status that was asked for just now, of a certificate that is good.
struct JudgeForeign : testing::Test {
  // `later` after it was asked for.
  Result<ForeignBasis> judge(milliseconds later, const DegradedPolicy* degraded = nullptr) const {
    return judge_foreign(known, {asked + later, asked_at + later, kClockTolerance}, degraded);
  }
  std::optional<ErrorCode> refusal(milliseconds later, const DegradedPolicy* degraded = nullptr) const {
    const auto judged = judge(later, degraded);
    return judged ? std::nullopt : std::optional(judged.error().code);
  }
  std::optional<Kind> basis(milliseconds later, const DegradedPolicy* degraded = nullptr) const {
    const auto judged = judge(later, degraded);
    return judged ? std::optional(judged.value().kind) : std::nullopt;
  }
  void put(const ForeignStatus& changed) { known.status = std::make_shared<const ForeignStatus>(changed); }
  // The newest page of a live feed was asked for so long after the status.
  void tell(milliseconds later) {
    known.feed = FeedState::kLive;
    known.told_until = asked_at + later;
  }
  void change(x509::StatusKind kind, x509::RevocationReason reason) {
    known.change = documents::StatusFeedChange{1, x509::SerialNumber::random(), kind, reason, asked};
  }

  const TimePoint asked = ManualClock().now();
  const BootMoment asked_at{milliseconds(5'000'000)};
  const DegradedPolicy policy{.below = {{"KRW", 50'000}}, .max_age = minutes(3)};
  ForeignStatus status{.response = std::make_shared<const Bytes>(),
                       .answer = {{}, {x509::StatusKind::kGood, {}, {}}, asked, asked + minutes(10)},
                       .asked = asked,
                       .asked_at = asked_at};
  ForeignKnowledge known{.status = std::make_shared<const ForeignStatus>(status)};
};

TEST_F(JudgeForeign, TakesAStatusForTenSecondsAfterItWasAskedFor) {
  EXPECT_EQ(basis(milliseconds(0)), Kind::kAsked);
  EXPECT_EQ(basis(kMostStatusAge), Kind::kAsked);
  EXPECT_EQ(refusal(kMostStatusAge + milliseconds(1)), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, CountsTheTimeByTheClockThatNobodySets) {
  const JudgedAt set_back{asked, asked_at + kMostStatusAge + milliseconds(1), kClockTolerance};
  EXPECT_EQ(judge_foreign(known, set_back).error().code, ErrorCode::kHomeUnreachable);
  const JudgedAt put_forward{asked + kMostStatusAge + Seconds(1), asked_at, kClockTolerance};
  EXPECT_EQ(judge_foreign(known, put_forward).error().code, ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, RefusesAStatusWhoseTimeIsOver) {
  status.answer.next_update = asked - kClockTolerance;
  put(status);
  EXPECT_EQ(refusal(Seconds(1)), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, RefusesAStatusFromTheFuture) {
  status.answer.this_update = asked + kClockTolerance + Seconds(1);
  put(status);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, RefusesAPartyWhoseHomeWasNotAsked) {
  known.status = nullptr;
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, TakesUnknownForNeverIssued) {
  status.answer.status.kind = x509::StatusKind::kUnknown;
  put(status);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kCertificateUnknown);
}

TEST_F(JudgeForeign, RefusesWhatTheHomeSaysIsRevokedOrOnHold) {
  status.answer.status = {x509::StatusKind::kRevoked, asked, x509::RevocationReason::kKeyCompromise};
  put(status);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kCertificateRevoked);
  status.answer.status.reason = x509::RevocationReason::kCertificateHold;
  put(status);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kCertificateOnHold);
}

TEST_F(JudgeForeign, TakesAnOlderStatusWithALiveFeedAndSaysUntilWhenItTold) {
  tell(minutes(2));
  const auto judged = judge(minutes(2) + Seconds(3));
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged.value().kind, Kind::kFeed);
  EXPECT_EQ(judged.value().as_of, asked + minutes(2));
}

TEST_F(JudgeForeign, TakesNoOlderStatusWithAFeedThatIsSilentOrHasAGap) {
  tell(minutes(2));
  known.feed = FeedState::kSilent;
  EXPECT_EQ(refusal(minutes(2)), ErrorCode::kHomeUnreachable);
  known.feed = FeedState::kLive;
  known.told_until.reset();
  EXPECT_EQ(refusal(minutes(2)), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, RefusesWhatChangedHoweverNewTheStatusIs) {
  tell(milliseconds(0));
  change(x509::StatusKind::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kCertificateRevoked);
  change(x509::StatusKind::kRevoked, x509::RevocationReason::kCertificateHold);
  EXPECT_EQ(refusal(milliseconds(0)), ErrorCode::kCertificateOnHold);
}

TEST_F(JudgeForeign, TakesWhatWasLastKnownWhereTheOperatorChoseSo) {
  EXPECT_EQ(refusal(minutes(1)), ErrorCode::kHomeUnreachable);
  const auto judged = judge(minutes(1), &policy);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged.value().kind, Kind::kLastKnown);
  EXPECT_EQ(judged.value().as_of, asked);
}

TEST_F(JudgeForeign, TakesWhatWasLastKnownForSoLongAsTheOperatorChose) {
  EXPECT_EQ(basis(minutes(3), &policy), Kind::kLastKnown);
  EXPECT_EQ(refusal(minutes(3) + milliseconds(1), &policy), ErrorCode::kHomeUnreachable);
  tell(minutes(1));
  known.feed = FeedState::kSilent;
  EXPECT_EQ(judge(minutes(4), &policy).value().as_of, asked + minutes(1));
}

TEST_F(JudgeForeign, TakesWhatWasLastKnownNeverBeyondItsOwnTime) {
  const DegradedPolicy long_one{.below = {}, .max_age = std::chrono::hours(24)};
  EXPECT_EQ(basis(minutes(10), &long_one), Kind::kLastKnown);
  EXPECT_EQ(refusal(minutes(10) + milliseconds(1), &long_one), ErrorCode::kHomeUnreachable);
}

TEST_F(JudgeForeign, TakesNothingThatWasLastKnownWhileTheFeedIsBroken) {
  for (const FeedState state : {FeedState::kRolledBack, FeedState::kForked}) {
    known.feed = state;
    EXPECT_EQ(refusal(minutes(1), &policy), ErrorCode::kHomeUnreachable);
  }
}

TEST_F(JudgeForeign, TakesNothingThatWasLastKnownOfACertificateThatChanged) {
  change(x509::StatusKind::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(refusal(minutes(1), &policy), ErrorCode::kCertificateRevoked);
  change(x509::StatusKind::kGood, {});
  EXPECT_EQ(refusal(minutes(1), &policy), ErrorCode::kHomeUnreachable);
}

TEST(DegradedPolicy, PermitsAmountsBelowTheLimitOfTheirCurrencyAndNoOthers) {
  const DegradedPolicy policy{.below = {{"KRW", 50'000}}};
  EXPECT_TRUE(policy.permits({49'999, "KRW"}));
  EXPECT_FALSE(policy.permits({50'000, "KRW"}));
  EXPECT_FALSE(policy.permits({1, "EUR"}));
  EXPECT_FALSE(DegradedPolicy().permits({0, "KRW"}));
}

}  // namespace
}  // namespace countersign::authority
