// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>

#include "authority/interwork/foreign_status.h"
#include "base/recent_map.h"

namespace countersign::authority {

// KnownStatuses is what is known of the certificates of one home: answers of the home, and the changes that
// its feed told since, in their order. Bounded; forgets what was not asked for. Pure; not thread-safe.
class KnownStatuses {
 public:
  explicit KnownStatuses(std::size_t capacity = 20'000) : capacity_(capacity), statuses_(capacity) {}

  // A change that follows all that were noted before.
  void note(const documents::StatusFeedChange& change);
  // Takes an answer of the home, unless a newer one is known or it cannot be told whether it is of before a
  // change: an answer does not take back a change that came after its question. After one that the home does
  // not know the certificate nothing is known of it, for what it said before is over.
  void learn(const std::shared_ptr<const ForeignStatus>& status);
  void forget();

  struct Known {
    std::shared_ptr<const ForeignStatus> status;        // null: nothing is known
    std::optional<documents::StatusFeedChange> change;  // since then
    BootMoment asked_at{};                              // the newest answer, also one that was not kept
  };
  Known find(const x509::SerialNumber& serial);
  // The newest change of that certificate after so many of the feed; nothing where there was none.
  std::optional<documents::StatusFeedChange> change_after(const x509::SerialNumber& serial,
                                                          std::int64_t sequence) const;
  // Whether change_after can tell.
  bool remembers(std::int64_t sequence) const { return sequence >= forgotten_; }
  std::size_t size() const { return statuses_.size(); }

 private:
  static std::string key_of(const x509::SerialNumber& serial);

  const std::size_t capacity_;
  RecentMap<std::string, Known> statuses_;             // by serial
  std::deque<documents::StatusFeedChange> changes_;    // the newest, oldest first
  std::map<x509::SerialNumber, std::int64_t> newest_;  // sequence of the newest change among them
  std::int64_t forgotten_ = 0;                         // changes up to this sequence are not known any more
};

}  // namespace countersign::authority
