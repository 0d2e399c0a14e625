// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "merchant/authority_access.h"
#include "merchant/identity.h"
#include "merchant/network.h"
#include "x509/ocsp.h"

namespace countersign::merchant {

// StatusStaple keeps a fresh OCSP response about the gateway's own certificate, to be stapled to its TLS
// handshakes (RFC 6066 §8): wallets demand one. Thread-safe.
class StatusStaple {
 public:
  StatusStaple(const Identity& identity, StatusAccess& authority, const NetworkView& network,
               const Clock& clock);

  // Fetches when there is none, when half of its time is over, or when it is of another certificate. What is
  // not verified is not kept; what states revocation is kept and returned as an error.
  Result<void> refresh();
  // DER OCSPResponse, or empty.
  Bytes current() const;
  // Whether the response in hand says good and its time is not over.
  bool is_good() const;

 private:
  bool is_fresh(const x509::Certificate& certificate) const;

  const Identity& identity_;
  StatusAccess& authority_;
  const NetworkView& network_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  Bytes response_;
  Sha256Digest certificate_{};  // that the response is of
  x509::StatusKind status_ = x509::StatusKind::kUnknown;
  TimePoint fetched_{}, next_update_{};
};

}  // namespace countersign::merchant
