// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/audit/audit_log.h"
#include "authority/confirmation/confirmation_store.h"
#include "authority/log/log_appender.h"

namespace countersign::authority {

// What a log that goes on needs. All of it outlives the call.
struct CatchUpParts {
  storage::Database& database;
  const ConfirmationStore& store;
  const AuditLog& audit;
  LogAppender& log;
  const Clock& clock;
};

// catch_up_log appends to the log every index that the sequence has passed and the log has not: confirmations
// that name no log, without a nonce, or one that was ended, whose nonces are forgotten; and for indices that
// a restore left out entries that say so. In pieces, each a transaction of its own: what is killed goes on
// where it stood. How many entries. kForbidden when another process than `process` has taken the sequence
// over; kConflict where the log is ahead of the sequence.
struct CatchUp {
  std::int64_t confirmations = 0;
  std::int64_t left_out = 0;
};
Result<CatchUp> catch_up_log(const CatchUpParts& parts, std::int64_t process);

}  // namespace countersign::authority
