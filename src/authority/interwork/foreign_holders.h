// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <semaphore>

#include "authority/interwork/foreign_parties.h"

namespace countersign::authority {

// How many of the threads that work for everybody may wait for homes at once.
using PlacesToWait = std::counting_semaphore<16>;

// WaitingPlace is one of them, if any was left, and is given back with this object.
class WaitingPlace {
 public:
  explicit WaitingPlace(PlacesToWait& places) : places_(places), is_taken_(places.try_acquire()) {}
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;
  ~WaitingPlace() {
    if (is_taken_) places_.release();
  }
  bool is_taken() const { return is_taken_; }

 private:
  PlacesToWait& places_;
  const bool is_taken_;
};

// judge_foreign_holder judges who signed a request and belongs to another data centre: a purchaser's
// certificate by the network map, valid now, which by its home's answer, or by the live feed since an earlier
// one, is good or on hold at this moment. Says nothing about the signature. Blocks for as long as peers are
// waited for, and not where no place to wait is left (kUnavailable): a home that answers slowly holds up no
// others. kCertificateUnknown
// where this authority has no map, kWrongRole for anybody but a purchaser, kNotYetValid, kExpired,
// kCertificateRevoked, kHomeUnreachable; else what ForeignParties says.
Result<x509::Certificate> judge_foreign_holder(const ForeignParties& foreign, const Clock& clock,
                                               PlacesToWait& places, const x509::UnverifiedCms& request);

}  // namespace countersign::authority
