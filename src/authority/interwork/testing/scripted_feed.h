// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "authority/interwork/status_feeds.h"
#include "sample/take.h"

namespace countersign::authority {

// FeedHistory is what a data centre has to tell of its certificates, and what a home that lies, or lost its
// store, makes of it.
class FeedHistory {
 public:
  FeedHistory() { begin_epoch(); }
  void change(const x509::SerialNumber& serial, x509::StatusKind kind,
              x509::RevocationReason reason = x509::RevocationReason::kUnspecified);
  void revoke() { change(x509::SerialNumber::random(), x509::StatusKind::kRevoked); }
  void begin_epoch();
  void forget_newest();
  // Tells nobody any more what happened so far.
  void trim() { trimmed_ = changes_.size(); }

  documents::StatusFeedPosition newest() const { return place_after(changes_.size()); }
  // What it answers to who asks after that place, without name, nonce and time.
  documents::StatusFeedPage page_after(const std::optional<documents::StatusFeedPosition>& after) const;

 private:
  documents::StatusFeedPosition place_after(std::size_t count) const;
  std::array<std::uint8_t, 16> epoch_{};
  std::vector<documents::StatusFeedChange> changes_;
  std::size_t trimmed_ = 0;
};

// ScriptedFeed is the status feed of one home as its followers get it: signed pages of a history, or what a
// test says instead. Thread-safe.
class ScriptedFeed {
 public:
  using Answer = std::function<Result<Bytes>(const documents::StatusFeedRequest& request)>;

  // The clock outlives it.
  ScriptedFeed(x509::Name data_centre, x509::Signer responder, const Clock& clock)
      : data_centre_(std::move(data_centre)), responder_(std::move(responder)), clock_(clock) {}

  StatusFeeds::Ask ask();
  void alter(const std::function<void(FeedHistory&)>& change);
  // Answers so from now on; null: as it should.
  void answer_with(Answer instead);
  // Answers the next question so.
  void answer_once(Answer instead);
  // What it answers to any other.
  Result<Bytes> answer(const documents::StatusFeedRequest& request) const;
  // What it should answer, so signed.
  Bytes page_for(const documents::StatusFeedRequest& request) const;
  documents::StatusFeedPage unsigned_page_for(const documents::StatusFeedRequest& request) const;
  Bytes sign(const documents::StatusFeedPage& page) const;
  // Waits until a question that began after this call was answered and its answer judged.
  void wait_for_round();
  int questions() const;

 private:
  const x509::Name data_centre_;
  const x509::Signer responder_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable asked_;
  FeedHistory history_;
  Answer instead_;
  Answer once_;
  int questions_ = 0;
};

// ManualBootClock stands until it is moved. Thread-safe.
class ManualBootClock final : public BootClock {
 public:
  BootMoment now() const override { return BootMoment(std::chrono::milliseconds(now_.load())); }
  void advance(std::chrono::milliseconds time) { now_ += time.count(); }

 private:
  std::atomic<std::int64_t> now_ = 1'000'000;
};

// SharedClock does so for the time of people.
class SharedClock final : public Clock {
 public:
  explicit SharedClock(TimePoint start) : now_(start.time_since_epoch().count()) {}
  TimePoint now() const override { return TimePoint(std::chrono::microseconds(now_.load())); }
  void advance(std::chrono::microseconds time) { now_ += time.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace countersign::authority
