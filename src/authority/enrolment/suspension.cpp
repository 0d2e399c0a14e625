// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/suspension.h"

#include "authority/issuing/change_status.h"
#include "authority/issuing/mailed_secret.h"

namespace countersign::authority {

Result<void> Suspensions::suspend_by_code(std::string_view serial_hex, std::string_view code,
                                          const std::string& remote_address) {
  const auto now = context_.clock.now();
  TRY(const auto serial, x509::SerialNumber::from_hex(serial_hex));
  TRY(per_serial_.check(serial.hex(), now));
  TRY(per_address_.check(remote_address, now));
  const auto presented = typed_digest(code);
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto enrolment, store_.find_by_serial(transaction, serial));
    // An enrolment without a code is compared all the same, with something that equals no digest of a text.
    const Bytes expected =
        enrolment && !enrolment->suspension_digest.empty() ? enrolment->suspension_digest : Bytes(32, 0);
    if (!crypto::equal_constant_time(expected, presented)) {
      TRY(per_serial_.admit(serial.hex(), now));
      TRY(per_address_.admit(remote_address, now));
      return fail(ErrorCode::kNotFound, "no such serial, or not its suspension code");
    }
    return suspend_pair(transaction, serial, "suspension-code");
  });
}

Result<void> Suspensions::suspend_pair(storage::Transaction& transaction, const x509::SerialNumber& serial,
                                       std::string_view actor) const {
  TRY(const auto enrolment, store_.find_by_serial(transaction, serial));
  if (!enrolment) return fail(ErrorCode::kNotFound, "no enrolment has this serial");
  for (const auto& one : {enrolment->signing, enrolment->agreement}) {
    TRY(change_status(context_, transaction,
                      {one, StatusAct::kSuspend, {}, std::string(actor), "by its holder"}));
  }
  return ok();
}

Result<void> Suspensions::resume(storage::Transaction& transaction, const x509::SerialNumber& serial,
                                 std::string_view actor, std::string_view remark) const {
  TRY(const auto enrolment, store_.find_by_serial(transaction, serial));
  if (enrolment && enrolment->state != EnrolmentState::kActive) {
    return fail(ErrorCode::kConflict,
                "the enrolment of this certificate is not complete: only its holder ends it");
  }
  return change_status(context_, transaction,
                       {serial, StatusAct::kResume, {}, std::string(actor), std::string(remark)});
}

}  // namespace countersign::authority
