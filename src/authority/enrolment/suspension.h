// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/enrolment/enrolments.h"
#include "authority/issuing/context.h"
#include "base/rate_limit.h"

namespace countersign::authority {

// Suspensions stops the certificates of a lost terminal at once: by the code that the holder was given when
// the hold ended, or on the holder's signed request. All of the holder's certificates are stopped, because
// whoever has the terminal may have renewed the one that its owner names. Thread-safe.
class Suspensions {
 public:
  Suspensions(const AuthorityContext& context, Enrolments& enrolments)
      : context_(context), enrolments_(enrolments), store_(enrolments.store()) {}

  // `serial_hex` is a certificate of the enrolment that the code belongs to. Unknown serial and wrong code
  // are kNotFound alike, compared in constant time; after many wrong codes from one address, kRateLimited.
  // The right code always counts, whoever tried before: serials are no secret, and a code of 80 random bits
  // cannot be guessed.
  Result<void> suspend_by_code(std::string_view serial_hex, std::string_view code,
                               const std::string& remote_address);

  // Every certificate of the holder of `serial`, a superseded one included, that is not revoked. An enrolment
  // or renewal under way is ended and its certificates revoked: completing it would end their hold. Its mail
  // is not sent any more; forget_ended follows after the commit. kCertificateRevoked when there is none.
  Result<void> suspend_holder(storage::Transaction& transaction, const x509::SerialNumber& serial,
                              std::string_view actor) const;
  // Destroys the keys and the passwords of what was ended with `serial`. What cannot be destroyed now is left
  // to the sweep: the suspension stands.
  void forget_ended(const x509::SerialNumber& serial) const;

  // The operator's suspension of any certificate. kConflict for one whose enrolment is not complete: it is on
  // hold already, and completing it would end that; it can be revoked.
  Result<void> suspend(storage::Transaction& transaction, const x509::SerialNumber& serial,
                       std::string_view actor, std::string_view remark) const;

  // The operator's end of a suspension, of any certificate. kConflict for one whose enrolment was never
  // completed: only its holder ends that hold, by proving possession.
  Result<void> resume(storage::Transaction& transaction, const x509::SerialNumber& serial,
                      std::string_view actor, std::string_view remark) const;

 private:
  const AuthorityContext& context_;
  Enrolments& enrolments_;
  const EnrolmentStore& store_;
  RateLimit wrong_codes_{30, std::chrono::hours(1)};  // per remote address
};

}  // namespace countersign::authority
