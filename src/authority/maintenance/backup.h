// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "authority/audit/audit_log.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

// backup_store writes a consistent copy of the store to `out` while the authority works, reads the whole copy
// back, and records the act in the audit log (the record is in the copy). Keys, certificates and the
// short-lived secrets are not in it. kConflict when `out` exists.
Result<void> backup_store(storage::Database& database, const AuditLog& audit,
                          const std::filesystem::path& out, std::string_view actor, TimePoint now);

struct RestoreRequest {
  std::filesystem::path backup;
  std::filesystem::path store;             // what stands there is kept as <store>.replaced
  std::filesystem::path reservation_file;  // see IndexReservation
  // For a machine whose reservation file is lost: an index above every one that was confirmed. Never below
  // what store or reservation say.
  std::optional<std::int64_t> first_index;
  std::string actor;
};

struct RestoreReport {
  std::int64_t backup_next_index = 0;  // where the backup's sequence ended
  std::int64_t next_index = 0;     // where the restored one goes on; what lies between is left out for good
  std::int64_t audit_records = 0;  // verified in the backup
};

// restore_store takes a backup into use. It checks the copy (pages, audit chain) before it replaces anything,
// leaves out every index that may have been signed since the backup, takes the sequence away from any other
// process, and records all that in the audit log. The caller holds the store's exclusive lock. kConflict when
// there is neither a reservation file nor `first_index`. States that changed after the backup, revocations
// among them, are not in it.
Result<RestoreReport> restore_store(const RestoreRequest& request, TimePoint now);

}  // namespace countersign::authority
