// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/enrolment/enrolment_store.h"
#include "authority/issuing/context.h"
#include "authority/issuing/rate_limit.h"

namespace countersign::authority {

// Suspensions stops the certificates of a lost terminal at once: by the code that the holder was given when
// the hold ended, or on the holder's signed request. Thread-safe.
class Suspensions {
 public:
  Suspensions(const AuthorityContext& context, const EnrolmentStore& store)
      : context_(context), store_(store) {}

  // `serial_hex` is either certificate of the pair. Unknown serial and wrong code are kNotFound alike,
  // compared in constant time; after a few wrong codes for a serial, or many from one address, kRateLimited.
  Result<void> suspend_by_code(std::string_view serial_hex, std::string_view code,
                               const std::string& remote_address);

  // Both certificates of the enrolment that `serial` belongs to.
  Result<void> suspend_pair(storage::Transaction& transaction, const x509::SerialNumber& serial,
                            std::string_view actor) const;

  // The operator's end of a suspension, of any certificate. kConflict for one whose enrolment was never
  // completed: only its holder ends that hold, by proving possession.
  Result<void> resume(storage::Transaction& transaction, const x509::SerialNumber& serial,
                      std::string_view actor, std::string_view remark) const;

 private:
  const AuthorityContext& context_;
  const EnrolmentStore& store_;
  RateLimit per_serial_{5, std::chrono::hours(1)};    // wrong codes
  RateLimit per_address_{30, std::chrono::hours(1)};  // wrong codes
};

}  // namespace countersign::authority
