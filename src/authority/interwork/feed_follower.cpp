// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/feed_follower.h"

#include <algorithm>

namespace countersign::authority {
namespace {

using Step = FeedFollower::Step;

FeedPlace::Fault fault_of(Step step) {
  if (step == Step::kRolledBack) return FeedPlace::Fault::kRolledBack;
  return step == Step::kForked ? FeedPlace::Fault::kForked : FeedPlace::Fault::kNone;
}

// What a page says that begins at `begin`, to whoever asked after `place`.
Step judge(const std::optional<FeedPlace>& place, const documents::StatusFeedPosition& begin) {
  if (!place) return Step::kBegun;
  const documents::StatusFeedPosition& asked = place->position;
  if (begin.epoch != asked.epoch) return Step::kNewEpoch;
  if (place->fault != FeedPlace::Fault::kNone) return Step::kBroken;
  if (begin.sequence < asked.sequence) return Step::kRolledBack;
  if (begin.sequence > asked.sequence) return Step::kGap;
  return begin.digest == asked.digest ? Step::kOn : Step::kForked;
}

}  // namespace

std::string_view feed_state_name(FeedState state) {
  switch (state) {
    case FeedState::kSilent:
      return "silent";
    case FeedState::kLive:
      return "live";
    case FeedState::kRolledBack:
      return "rolled-back";
    case FeedState::kForked:
      return "forked";
  }
  return "";
}

bool forgets(Step step) {
  return step != Step::kOn;
}

std::optional<documents::StatusFeedPosition> FeedFollower::after() const {
  return place_ ? std::optional(place_->position) : std::nullopt;
}

Step FeedFollower::take(const documents::StatusFeedPage& page, BootMoment asked) {
  const Step step = judge(place_, page.after);
  if (step == Step::kBroken) return step;
  if (step == Step::kRolledBack || step == Step::kForked) {
    place_->fault = fault_of(step);
    told_until_.reset();
    return step;
  }
  if (step != Step::kOn) told_until_.reset();
  place_ = FeedPlace{documents::end_of(page), FeedPlace::Fault::kNone};
  lag_ = page.newest - place_->position.sequence;
  // What is not told yet may be older than what is: only who was told everything knows a moment.
  if (lag_ == 0) told_until_ = std::max(told_until_.value_or(asked), asked);
  return step;
}

FeedState FeedFollower::state(BootMoment now) const {
  if (place_ && place_->fault == FeedPlace::Fault::kRolledBack) return FeedState::kRolledBack;
  if (place_ && place_->fault == FeedPlace::Fault::kForked) return FeedState::kForked;
  if (!told_until_ || *told_until_ > now) return FeedState::kSilent;
  return now - *told_until_ < kFeedLives ? FeedState::kLive : FeedState::kSilent;
}

}  // namespace countersign::authority
