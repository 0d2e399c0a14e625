// SPDX-License-Identifier: Apache-2.0
#include "merchant/status_staple.h"

#include "merchant/certificate_status.h"

namespace countersign::merchant {

StatusStaple::StatusStaple(const Identity& identity, StatusAccess& authority, const NetworkView& network,
                           const Clock& clock)
    : identity_(identity), authority_(authority), network_(network), clock_(clock) {}

bool StatusStaple::is_fresh(const x509::Certificate& certificate) const {
  const std::lock_guard lock(mutex_);
  return !response_.empty() && certificate_ == certificate.fingerprint() &&
         status_ == x509::StatusKind::kGood && clock_.now() < fetched_ + (next_update_ - fetched_) / 2;
}

Result<void> StatusStaple::refresh() {
  TRY(const auto signer, identity_.require_signer());
  if (is_fresh(signer.certificate)) return ok();
  TRY(auto fetched, fetch_status(signer.certificate, network_, authority_, clock_.now()));
  const std::lock_guard lock(mutex_);
  response_ = std::move(fetched.response);
  certificate_ = signer.certificate.fingerprint();
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
  return status_ == x509::StatusKind::kGood && clock_.now() < next_update_;
}

}  // namespace countersign::merchant
