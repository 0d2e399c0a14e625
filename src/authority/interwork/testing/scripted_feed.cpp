// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/testing/scripted_feed.h"

#include <algorithm>

#include "crypto/random.h"
#include "sample/manual_clock.h"

namespace countersign::authority {

void FeedHistory::change(const x509::SerialNumber& serial, x509::StatusKind kind,
                         x509::RevocationReason reason) {
  changes_.push_back(
      {static_cast<std::int64_t>(changes_.size()) + 1, serial, kind, reason, ManualClock().now()});
}

void FeedHistory::begin_epoch() {
  std::ranges::copy(crypto::random_bytes(epoch_.size()), epoch_.begin());
  changes_.clear();
  trimmed_ = 0;
}

void FeedHistory::forget_newest() {
  changes_.pop_back();
}

documents::StatusFeedPosition FeedHistory::place_after(std::size_t count) const {
  documents::StatusFeedPosition place{epoch_, 0, documents::first_feed_digest(epoch_)};
  for (std::size_t i = 0; i < count; ++i) {
    place.sequence = changes_[i].sequence;
    place.digest = documents::next_feed_digest(place.digest, changes_[i]);
  }
  return place;
}

documents::StatusFeedPage FeedHistory::page_after(
    const std::optional<documents::StatusFeedPosition>& after) const {
  documents::StatusFeedPage page{.data_centre = take(x509::Name::from_text("O=unnamed")),
                                 .nonce = {},
                                 .asked = after,
                                 .time = {},
                                 .after = newest(),
                                 .changes = {},
                                 .newest = static_cast<std::int64_t>(changes_.size())};
  for (std::size_t count = trimmed_; count <= changes_.size(); ++count) {
    if (after != place_after(count)) continue;
    page.after = *after;
    page.changes.assign(changes_.begin() + static_cast<std::ptrdiff_t>(count), changes_.end());
  }
  return page;
}

StatusFeeds::Ask ScriptedFeed::ask() {
  return [this](const std::shared_ptr<const network::MapView>&, const Route&, BytesView json,
                std::chrono::milliseconds) -> Result<Bytes> {
    TRY(const documents::StatusFeedRequest request, documents::parse_status_feed_request(json));
    Answer once;
    {
      const std::lock_guard lock(mutex_);
      ++questions_;
      once = std::exchange(once_, nullptr);
    }
    asked_.notify_all();
    return once ? once(request) : answer(request);
  };
}

Result<Bytes> ScriptedFeed::answer(const documents::StatusFeedRequest& request) const {
  Answer instead;
  {
    const std::lock_guard lock(mutex_);
    instead = instead_;
  }
  return instead ? instead(request) : page_for(request);
}

void ScriptedFeed::answer_once(Answer instead) {
  const std::lock_guard lock(mutex_);
  once_ = std::move(instead);
}

void ScriptedFeed::alter(const std::function<void(FeedHistory&)>& change) {
  const std::lock_guard lock(mutex_);
  change(history_);
}

void ScriptedFeed::answer_with(Answer instead) {
  const std::lock_guard lock(mutex_);
  instead_ = std::move(instead);
}

documents::StatusFeedPage ScriptedFeed::unsigned_page_for(const documents::StatusFeedRequest& request) const {
  const std::lock_guard lock(mutex_);
  documents::StatusFeedPage page = history_.page_after(request.after);
  page.data_centre = data_centre_;
  page.nonce = request.nonce;
  page.time = clock_.now();
  return page;
}

Bytes ScriptedFeed::sign(const documents::StatusFeedPage& page) const {
  return take(documents::sign_status_feed_page(responder_, page));
}

Bytes ScriptedFeed::page_for(const documents::StatusFeedRequest& request) const {
  return sign(unsigned_page_for(request));
}

// One may be under way; the one after it began later, and the next begins once that one is judged.
void ScriptedFeed::wait_for_round() {
  std::unique_lock lock(mutex_);
  const int seen = questions_;
  asked_.wait(lock, [&] { return questions_ >= seen + 2; });
}

int ScriptedFeed::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

}  // namespace countersign::authority
