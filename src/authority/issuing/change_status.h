// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/issuing/context.h"

namespace countersign::authority {

// What can happen to a certificate after its issue (K1).
enum class StatusAct { kSuspend, kResume, kRevoke };

struct StatusChange {
  x509::SerialNumber serial;
  StatusAct act;
  x509::RevocationReason reason = x509::RevocationReason::kUnspecified;  // kRevoke only
  std::string actor;                                                     // of the audit record
  std::string remark;  // why, in the operator's words; no personal data
};

// change_status changes the directory's state and records it, within the caller's transaction; a change to
// the state that there is already is recorded nowhere. kNotFound, kConflict for a revoked certificate.
Result<void> change_status(const AuthorityContext& context, storage::Transaction& transaction,
                           const StatusChange& change);

}  // namespace countersign::authority
