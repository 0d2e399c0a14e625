// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/known_statuses.h"

namespace countersign::authority {

std::string KnownStatuses::key_of(const x509::SerialNumber& serial) {
  return std::string(as_text(serial.bytes()));
}

void KnownStatuses::note(const documents::StatusFeedChange& change) {
  // The first one of a history, or the one after a gap: what is before it is not known.
  if (changes_.empty() && change.sequence > forgotten_ + 1) forgotten_ = change.sequence - 1;
  changes_.push_back(change);
  newest_[change.serial] = change.sequence;
  if (changes_.size() > capacity_) {
    const documents::StatusFeedChange& oldest = changes_.front();
    forgotten_ = oldest.sequence;
    const auto found = newest_.find(oldest.serial);
    if (found != newest_.end() && found->second == oldest.sequence) newest_.erase(found);
    changes_.pop_front();
  }
  const std::string key = key_of(change.serial);
  const auto known = statuses_.find(key);
  if (!known) return;
  // Good again: the home has to say so itself, for it is its answer that is evidence.
  const bool is_good = change.kind == x509::StatusKind::kGood;
  statuses_.put(key, Known{is_good ? nullptr : known->status, is_good ? std::nullopt : std::optional(change),
                           known->asked_at});
}

void KnownStatuses::learn(const std::shared_ptr<const ForeignStatus>& status) {
  const x509::SerialNumber& serial = status->party->certificate.serial();
  const std::string key = key_of(serial);
  const auto known = statuses_.find(key);
  if (known && known->asked_at > status->asked_at) return;
  // A certificate that was never issued can be, and the feed does not tell that.
  if (status->answer.status.kind == x509::StatusKind::kUnknown)
    return statuses_.put(key, Known{nullptr, std::nullopt, status->asked_at});
  if (!remembers(status->mark.sequence)) return;
  const auto change = change_after(serial, status->mark.sequence);
  if (change && change->kind == x509::StatusKind::kGood) return;
  statuses_.put(key, Known{status, change, status->asked_at});
}

void KnownStatuses::forget() {
  statuses_.clear();
  changes_.clear();
  newest_.clear();
  forgotten_ = 0;
}

KnownStatuses::Known KnownStatuses::find(const x509::SerialNumber& serial) {
  return statuses_.find(key_of(serial)).value_or(Known{});
}

std::optional<documents::StatusFeedChange> KnownStatuses::change_after(const x509::SerialNumber& serial,
                                                                       std::int64_t sequence) const {
  const auto found = newest_.find(serial);
  if (found == newest_.end() || found->second <= sequence) return std::nullopt;
  const std::int64_t first = changes_.front().sequence;
  return changes_.at(static_cast<std::size_t>(found->second - first));
}

}  // namespace countersign::authority
