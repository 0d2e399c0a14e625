// SPDX-License-Identifier: Apache-2.0
#include "x509/status_staple.h"

namespace countersign::x509 {

StatusStaple::StatusStaple(CurrentAnchor anchor, AskStatus ask, const Clock& clock)
    : anchor_(std::move(anchor)), ask_(std::move(ask)), clock_(clock) {}

bool StatusStaple::is_fresh(const Certificate& certificate) const {
  const std::lock_guard lock(mutex_);
  return !response_.empty() && certificate_ == certificate.fingerprint() && status_ == StatusKind::kGood &&
         clock_.now() < fetched_ + (next_update_ - fetched_) / 2;
}

Result<void> StatusStaple::refresh(const Certificate& own) {
  if (is_fresh(own)) return ok();
  const auto anchor = anchor_();
  TRY(auto fetched, fetch_status(own, *anchor, ask_, StatusAge::kPrepared, clock_.now()));
  const std::lock_guard lock(mutex_);
  response_ = std::move(fetched.response);
  certificate_ = own.fingerprint();
  status_ = fetched.answer.status.kind;
  fetched_ = clock_.now();
  next_update_ = fetched.answer.next_update;
  return require_good(fetched.answer.status, "own certificate");
}

Bytes StatusStaple::current() const {
  const std::lock_guard lock(mutex_);
  return response_;
}

bool StatusStaple::is_good() const {
  const std::lock_guard lock(mutex_);
  return status_ == StatusKind::kGood && clock_.now() < next_update_;
}

}  // namespace countersign::x509
