// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "authority/interwork/boot_clock.h"
#include "documents/status_feed.h"

namespace countersign::authority {

// What the status feed of one home is to whoever follows it.
enum class FeedState {
  kSilent,      // its newest page is too old, or it has not told all of its changes yet
  kLive,        // what it told is what its home knew moments ago
  kRolledBack,  // its home has forgotten changes that it told; never live until another epoch comes
  kForked,      // its home told one history here and another one now; never live until another epoch comes
};
std::string_view feed_state_name(FeedState state);  // "silent", "live", "rolled-back", "forked"
inline bool is_broken(FeedState state) {
  return state == FeedState::kRolledBack || state == FeedState::kForked;
}

// A feed is live for so long after the request was sent that its newest page answers.
inline constexpr std::chrono::milliseconds kFeedLives{5000};

// Where a follower stands: what outlives a restart, so that a history that is not the same any more is
// noticed after one, too.
struct FeedPlace {
  documents::StatusFeedPosition position;
  enum class Fault { kNone, kRolledBack, kForked };
  Fault fault = Fault::kNone;

  friend bool operator==(const FeedPlace&, const FeedPlace&) = default;
};

// FeedFollower judges the pages of one home's status feed, in their order: whether they go on where the ones
// before ended, and for how long what they told is as good as an answer of the home. Pure; not thread-safe.
class FeedFollower {
 public:
  // What a page did to what is known of the home's certificates.
  enum class Step {
    kOn,          // its changes follow those before
    kBegun,       // the first place that is known: nothing before it is
    kNewEpoch,    // another history: what is known is forgotten
    kGap,         // changes are missing: what is known is forgotten
    kRolledBack,  // the same history, and shorter: the feed is broken
    kForked,      // not the same history: the feed is broken
    kBroken,      // still
  };

  explicit FeedFollower(std::optional<FeedPlace> kept = {}) : place_(kept) {}

  // After what to ask; nothing for the newest place.
  std::optional<documents::StatusFeedPosition> after() const;
  const std::optional<FeedPlace>& place() const { return place_; }
  // Takes a verified page in answer to a request after `after()` that was sent at `asked`. Nothing counts of
  // a page that is judged kRolledBack, kForked or kBroken.
  Step take(const documents::StatusFeedPage& page, BootMoment asked);
  FeedState state(BootMoment now) const;
  // When the request was sent whose page told all of the home's changes, if ever.
  const std::optional<BootMoment>& told_until() const { return told_until_; }
  // Changes that the home had and has not told yet, as the newest page says.
  std::int64_t lag() const { return lag_; }

 private:
  std::optional<FeedPlace> place_;
  std::optional<BootMoment> told_until_;
  std::int64_t lag_ = 0;
};

// Whether all that was known before that page is to be forgotten.
bool forgets(FeedFollower::Step step);

}  // namespace countersign::authority
