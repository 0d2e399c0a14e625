// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/change_status.h"

namespace countersign::authority {

namespace {

CertificateState state_after(StatusAct act) {
  switch (act) {
    case StatusAct::kSuspend:
      return CertificateState::kOnHold;
    case StatusAct::kResume:
      return CertificateState::kActive;
    case StatusAct::kRevoke:
      return CertificateState::kRevoked;
  }
  return CertificateState::kRevoked;
}

std::string_view name_of(StatusAct act) {
  switch (act) {
    case StatusAct::kSuspend:
      return "suspend";
    case StatusAct::kResume:
      return "resume";
    case StatusAct::kRevoke:
      return "revoke";
  }
  return "revoke";
}

std::string detail_of(const StatusChange& change) {
  std::string detail;
  if (change.act == StatusAct::kRevoke) detail = x509::reason_name(change.reason);
  if (!change.remark.empty()) detail += (detail.empty() ? "" : ": ") + change.remark;
  return detail;
}

}  // namespace

Result<void> change_status(const AuthorityContext& context, storage::Transaction& transaction,
                           const StatusChange& change) {
  TRY(const auto before, context.directory.quick_status(transaction, change.serial));
  if (!before) return fail(ErrorCode::kNotFound, "serial " + change.serial.hex() + " was never issued");
  const auto state = state_after(change.act);
  if (before->state == state) return ok();
  const auto now = context.clock.now();
  TRY(context.directory.change_state(transaction, change.serial, state, change.reason, now));
  const AuditEntry record{change.actor, std::string(name_of(change.act)), change.serial.hex(),
                          detail_of(change)};
  return context.audit.append(transaction, {&record, 1}, now);
}

}  // namespace countersign::authority
