// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/followed_home.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostRenewals = 4;       // under way at a time
constexpr milliseconds kRenewalLasts{30'000};  // one that did not end by then is given up
constexpr milliseconds kRenewalPause{5'000};   // after one that failed

// How far the home's clock, whole seconds of it, is from what ours allows for: the page was signed between
// the moments at which it was asked for and had arrived.
milliseconds offset_of(TimePoint said, const FollowedHome::Exchange& exchange) {
  using std::chrono::duration_cast;
  if (said > exchange.received) return duration_cast<milliseconds>(said - exchange.received);
  if (said + Seconds(1) <= exchange.sent) return duration_cast<milliseconds>(said - exchange.sent);
  return milliseconds(0);
}

// A status that was verified by another map counts by this one where the map names the same CAs.
bool is_same_home(const ForeignParty& a, const ForeignParty& b) {
  return a.view == b.view || (a.view->anchor->root() == b.view->anchor->root() &&
                              a.route.home->ca_certificates == b.route.home->ca_certificates);
}

}  // namespace

std::optional<documents::StatusFeedPosition> FollowedHome::after() const {
  const std::lock_guard lock(mutex_);
  return follower_.after();
}

std::optional<FeedPlace> FollowedHome::place() const {
  const std::lock_guard lock(mutex_);
  return follower_.place();
}

FeedFollower::Step FollowedHome::take(const documents::StatusFeedPage& page, const Exchange& exchange) {
  using Step = FeedFollower::Step;
  ++pages_;
  const std::lock_guard lock(mutex_);
  clock_offset_ = offset_of(page.time, exchange);
  const Step step = follower_.take(page, exchange.asked);
  if (forgets(step)) {
    known_.forget();
    ++history_;
  }
  if (is_broken(follower_.state(exchange.asked))) return step;
  for (const documents::StatusFeedChange& change : page.changes) known_.note(change);
  return step;
}

FeedMark FollowedHome::mark() const {
  const std::lock_guard lock(mutex_);
  const auto& place = follower_.place();
  return place ? FeedMark{history_, place->position.sequence} : FeedMark{};
}

void FollowedHome::learn(const std::shared_ptr<const ForeignStatus>& status) {
  const std::lock_guard lock(mutex_);
  renewing_.erase(status->party->certificate.serial());
  if (status->mark.history == history_) known_.learn(status);
}

KnownStatuses::Known FollowedHome::known_of(const ForeignParty& party) {
  KnownStatuses::Known known = known_.find(party.certificate.serial());
  // A serial is random; another certificate under it is of another CA of the home.
  if (known.status &&
      (known.status->party->certificate != party.certificate || !is_same_home(*known.status->party, party)))
    return {};
  return known;
}

FollowedHome::Found FollowedHome::find(const ForeignParty& party, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (follower_.state(boot_.now()) != FeedState::kLive) return {};
  const KnownStatuses::Known known = known_of(party);
  if (!known.status || now > known.status->answer.next_update) return {};
  return {known.status, begins_renewal(party, *known.status, now)};
}

// In the second half of its time; what is not good any more needs no evidence.
bool FollowedHome::begins_renewal(const ForeignParty& party, const ForeignStatus& status, TimePoint now) {
  const x509::OcspAnswer& answer = status.answer;
  if (answer.status.kind != x509::StatusKind::kGood) return false;
  if (now < answer.this_update + (answer.next_update - answer.this_update) / 2) return false;
  const BootMoment moment = boot_.now();
  std::erase_if(renewing_, [&](const auto& each) { return each.second + kRenewalLasts < moment; });
  if (renewing_.size() >= kMostRenewals) return false;
  return renewing_.emplace(party.certificate.serial(), moment).second;
}

void FollowedHome::give_up(const ForeignParty& party) {
  const std::lock_guard lock(mutex_);
  const auto found = renewing_.find(party.certificate.serial());
  if (found != renewing_.end()) found->second = boot_.now() - kRenewalLasts + kRenewalPause;
}

ForeignKnowledge FollowedHome::knowledge(const ForeignParty& party,
                                         std::shared_ptr<const ForeignStatus> in_hand) {
  const std::lock_guard lock(mutex_);
  ForeignKnowledge result{std::move(in_hand), {}, follower_.state(boot_.now()), {}};
  const KnownStatuses::Known known = known_of(party);
  if (known.status && (!result.status || result.status->asked_at <= known.status->asked_at)) {
    result.status = known.status;
    result.change = known.change;
    if (!known.change) result.told_until = follower_.told_until();
  } else if (result.status) {
    const FeedMark& mark = result.status->mark;
    const bool is_told_since = history_ != 0 && mark.history == history_ && known_.remembers(mark.sequence);
    // All that this history told came after an answer of before it.
    result.change = known_.change_after(party.certificate.serial(), is_told_since ? mark.sequence : 0);
    if (is_told_since && !result.change && result.status->asked_at >= known.asked_at)
      result.told_until = follower_.told_until();
  }
  return result;
}

void FollowedHome::note(Decided decided) {
  if (decided == Decided::kByFeed) ++by_feed_;
  if (decided == Decided::kUnreachable) ++unreachable_;
  if (decided == Decided::kDegraded) ++degraded_;
}

FollowedHomeReport FollowedHome::report() const {
  FollowedHomeReport report;
  report.pages = pages_;
  report.failures = failures_;
  report.by_feed = by_feed_;
  report.unreachable = unreachable_;
  report.degraded = degraded_;
  const BootMoment now = boot_.now();
  const std::lock_guard lock(mutex_);
  report.state = follower_.state(now);
  report.position = follower_.after();
  report.lag = follower_.lag();
  if (follower_.told_until()) report.heartbeat_age = now - *follower_.told_until();
  report.clock_offset = clock_offset_;
  report.known = known_.size();
  return report;
}

}  // namespace countersign::authority
