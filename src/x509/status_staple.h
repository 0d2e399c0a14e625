// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "base/clock.h"
#include "x509/status_check.h"

namespace countersign::x509 {

// StatusStaple keeps a fresh OCSP response about a server's own certificate, to be stapled to its TLS
// handshakes (RFC 6066 §8): the clients of this network demand one. Thread-safe.
class StatusStaple {
 public:
  // Whom the server trusts at the moment of a question: its data centre may get another CA while it runs.
  using CurrentAnchor = std::function<std::shared_ptr<const TrustAnchor>()>;
  // `clock`, and what the functions refer to, outlive it.
  StatusStaple(CurrentAnchor anchor, AskStatus ask, const Clock& clock);

  // Fetches when there is none, when half of its time is over, or when it is of another certificate than this
  // one, the server's present one. What is not verified is not kept; what states revocation is kept and
  // returned as an error.
  Result<void> refresh(const Certificate& own);
  // DER OCSPResponse, or empty.
  Bytes current() const;
  // Whether the response in hand says good and its time is not over.
  bool is_good() const;

 private:
  bool is_fresh(const Certificate& certificate) const;

  const CurrentAnchor anchor_;
  const AskStatus ask_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  Bytes response_;
  Sha256Digest certificate_{};  // that the response is of
  StatusKind status_ = StatusKind::kUnknown;
  TimePoint fetched_{}, next_update_{};
};

}  // namespace countersign::x509
