// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/rebuild.h"

#include "authority/audit/audit_log.h"
#include "authority/directory/directory_schema.h"
#include "authority/directory/status_record.h"

namespace countersign::authority {

namespace fs = std::filesystem;

Result<std::int64_t> rebuild_status_record(const fs::path& store, const fs::path& status_record,
                                           std::string_view actor, TimePoint now) {
  if (!fs::exists(store)) return fail(ErrorCode::kNotFound, "status record: no store " + store.string());
  if (fs::exists(status_record)) {
    return fail(ErrorCode::kConflict,
                "status record: " + status_record.string() +
                    " is there: it is applied when the server starts; move it away if it cannot be read");
  }
  TRY(const auto database, storage::open_sqlite(store));
  TRY(database->check_integrity());
  TRY(const AuditLog audit, AuditLog::open(*database));
  TRY(database->migrate("directory", directory_migrations()));
  std::int64_t count = 0;
  TRY(database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto lines, recorded_statuses(transaction));
    count = static_cast<std::int64_t>(lines.size());
    const AuditEntry entry{std::string(actor), "rebuild_status_record", status_record.filename().string(),
                           std::to_string(count) + " suspensions and revocations"};
    TRY(audit.append(transaction, {&entry, 1}, now));
    return StatusRecord::write(status_record, lines);
  }));
  return count;
}

}  // namespace countersign::authority
