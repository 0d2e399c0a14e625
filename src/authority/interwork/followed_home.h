// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include "authority/interwork/known_statuses.h"

namespace countersign::authority {

// What operators see of one home that is followed.
struct FollowedHomeReport {
  FeedState state = FeedState::kSilent;
  std::optional<documents::StatusFeedPosition> position;
  std::int64_t lag = 0;                                      // changes that are not told yet
  std::optional<std::chrono::milliseconds> heartbeat_age;    // of the request whose page told everything
  std::optional<std::chrono::milliseconds> clock_offset;     // of the home's clock, 0 within what can be told
  std::size_t known = 0;                                     // certificates
  std::uint64_t pages = 0, failures = 0;                     // good pages; questions without one
  std::uint64_t by_feed = 0, unreachable = 0, degraded = 0;  // decisions about its subscribers
};

// FollowedHome is one home whose status feed is followed: what its pages told, the answers it gave, and what
// both together say of a certificate at a moment. Thread-safe; never waits.
class FollowedHome {
 public:
  // The clock outlives it. `kept` is where another process stopped following.
  FollowedHome(const BootClock& boot, std::optional<FeedPlace> kept, std::size_t capacity = 20'000)
      : boot_(boot), follower_(kept), known_(capacity) {
    if (kept && kept->fault == FeedPlace::Fault::kNone) history_ = 1;
  }

  // For who follows: one at a time.
  std::optional<documents::StatusFeedPosition> after() const;
  std::optional<FeedPlace> place() const;
  struct Exchange {
    BootMoment asked;          // when the request was sent
    TimePoint sent, received;  // by our clock
  };
  // Takes the page that answers a request after `after()`.
  FeedFollower::Step take(const documents::StatusFeedPage& page, const Exchange& exchange);
  void note_failure() { ++failures_; }

  // For who asks about its subscribers.
  // Where a question stands that is sent now; goes into ForeignStatus.
  FeedMark mark() const;
  void learn(const std::shared_ptr<const ForeignStatus>& status);
  // What answers for the home without asking it: known, its time not over, and the feed live. Null where it
  // has to be asked. `renews` says that the caller is to ask anew all the same, in the background; it says so
  // to one caller at a time, who ends with learn or give_up.
  struct Found {
    std::shared_ptr<const ForeignStatus> status;
    bool renews = false;
  };
  Found find(const ForeignParty& party, TimePoint now);
  void give_up(const ForeignParty& party);
  // What is known now, where `in_hand`, which may be null, came with the order.
  ForeignKnowledge knowledge(const ForeignParty& party, std::shared_ptr<const ForeignStatus> in_hand);

  // How an order of one of its subscribers was decided.
  enum class Decided { kByFeed, kUnreachable, kDegraded };
  void note(Decided decided);
  FollowedHomeReport report() const;

 private:
  KnownStatuses::Known known_of(const ForeignParty& party);
  bool begins_renewal(const ForeignParty& party, const ForeignStatus& status, TimePoint now);

  const BootClock& boot_;
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  FeedFollower follower_;
  KnownStatuses known_;
  std::uint64_t history_ = 0;  // 0 until there is a place
  std::optional<std::chrono::milliseconds> clock_offset_;
  std::map<x509::SerialNumber, BootMoment> renewing_;  // under way, since when
  std::atomic<std::uint64_t> pages_ = 0, failures_ = 0, by_feed_ = 0, unreachable_ = 0, degraded_ = 0;
};

}  // namespace countersign::authority
