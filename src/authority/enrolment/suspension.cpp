// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/suspension.h"

#include "authority/issuing/change_status.h"
#include "authority/issuing/mailed_secret.h"
#include "base/log.h"
#include "http/address_key.h"

namespace countersign::authority {

Result<void> Suspensions::suspend_by_code(std::string_view serial_hex, std::string_view code,
                                          const std::string& remote_address) {
  TRY(const auto serial, x509::SerialNumber::from_hex(serial_hex));
  const auto presented = typed_digest(code);
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto enrolment, store_.find_by_serial(transaction, serial));
    // An enrolment without a code is compared all the same, with something that equals no digest of a text.
    const Bytes expected =
        enrolment && !enrolment->suspension_digest.empty() ? enrolment->suspension_digest : Bytes(32, 0);
    if (!crypto::equal_constant_time(expected, presented)) {
      TRY(wrong_codes_.admit(http::address_key(remote_address), context_.clock.now()));
      return fail(ErrorCode::kNotFound, "no such serial, or not its suspension code");
    }
    return suspend_holder(transaction, serial, "suspension-code");
  }));
  forget_ended(serial);
  return ok();
}

Result<void> Suspensions::suspend_holder(storage::Transaction& transaction, const x509::SerialNumber& serial,
                                         std::string_view actor) const {
  TRY(const auto named, store_.find_by_serial(transaction, serial));
  if (!named) return fail(ErrorCode::kNotFound, "no enrolment has this serial");
  TRY(const auto enrolments, store_.find_by_holder(transaction, named->holder));
  bool any_left = false;  // one that is not revoked
  for (const auto& enrolment : enrolments) {
    if (is_open(enrolment.state)) {
      any_left = true;
      // A hold cannot keep it from its completion, which ends holds: it ends for good.
      TRY(enrolments_.end_open(transaction, enrolment, actor));
      continue;
    }
    for (const auto& one : {enrolment.signing, enrolment.agreement}) {
      TRY(const auto status, context_.directory.quick_status(transaction, one));
      if (!status || status->state == CertificateState::kRevoked) continue;
      any_left = true;
      TRY(change_status(context_, transaction,
                        {one, StatusAct::kSuspend, {}, std::string(actor), "by its holder"}));
    }
  }
  if (!any_left) return fail(ErrorCode::kCertificateRevoked, "every certificate of this holder is revoked");
  return ok();
}

void Suspensions::forget_ended(const x509::SerialNumber& serial) const {
  std::optional<Enrolment> named;
  const auto look_up = [&](storage::Reader& reader) -> Result<void> {
    TRY(named, store_.find_by_serial(reader, serial));
    return ok();
  };
  Result<void> forgotten = context_.database.read(look_up);
  if (forgotten && named) forgotten = enrolments_.forget_ended(named->holder);
  if (!forgotten) log_error("ended_enrolments_not_forgotten", forgotten.error());
}

Result<void> Suspensions::suspend(storage::Transaction& transaction, const x509::SerialNumber& serial,
                                  std::string_view actor, std::string_view remark) const {
  TRY(const auto enrolment, store_.find_by_serial(transaction, serial));
  if (enrolment && is_open(enrolment->state)) {
    return fail(
        ErrorCode::kConflict,
        "the enrolment of this certificate is not complete, and completing it ends the hold: revoke it "
        "instead");
  }
  return change_status(context_, transaction,
                       {serial, StatusAct::kSuspend, {}, std::string(actor), std::string(remark)});
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
