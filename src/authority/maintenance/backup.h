// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "authority/audit/audit_log.h"
#include "authority/log/log_recovery.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

struct BackupRequest {
  std::filesystem::path out;
  std::filesystem::path status_record;  // see StatusRecord
  std::string actor;
};

// backup_store writes a consistent copy of the store to `out` while the authority works, reads the whole copy
// back, and records the act in the audit log (the record is in the copy). Keys, certificates and the
// short-lived secrets are not in it. What has expired is left out of the status record on the way. kConflict
// when `out` exists.
Result<void> backup_store(storage::Database& database, const AuditLog& audit, const BackupRequest& request,
                          TimePoint now);

// What to do where no record of suspensions and revocations is left beside the secrets.
enum class LostRevocations {
  kRefuse,
  kAccept,  // whatever was suspended or revoked since the backup is good again
};

// Where the public log is found that went on after the backup.
struct PublishedLog {
  std::filesystem::path folder;  // of the published files, or of a mirror of them
  checkpoint::VerifierKey key;
  enum class Use {
    kGoOn,  // from what was published
    kEnd,   // that is lost: another log begins, under another origin
  };
  Use use = Use::kGoOn;
};

struct RestoreRequest {
  std::filesystem::path backup;
  std::filesystem::path store;             // what stands there is kept as <store>.replaced
  std::filesystem::path reservation_file;  // see IndexReservation
  std::filesystem::path status_record;     // see StatusRecord
  // For a machine whose reservation file is lost: an index above every one that was confirmed. Never below
  // what store or reservation say.
  std::optional<std::int64_t> first_index;
  LostRevocations lost_revocations = LostRevocations::kRefuse;
  std::string actor;
  std::optional<PublishedLog> log = {};  // nothing: none is kept
};

struct RestoreReport {
  std::int64_t backup_next_index = 0;  // where the backup's sequence ended
  std::int64_t next_index = 0;     // where the restored one goes on; what lies between is left out for good
  std::int64_t audit_records = 0;  // verified in the backup
  std::int64_t statuses = 0;       // suspensions and revocations that the backup did not have
  TimePoint orders_from;           // older ones are refused, but those whose confirmation the backup has
  std::uint64_t log_entries = 0;   // of the public log that the backup did not have
};

// restore_store takes a backup into use. It checks the copy (pages, audit chain) before it replaces anything,
// leaves out every index that may have been signed since the backup, takes the sequence away from any other
// process, begins a new epoch of the status feed, enters what the status record says was suspended or revoked
// since, takes into the public log what was published since, has orders refused that were made before `now`,
// and records all that in the audit log. The caller holds the store's exclusive lock. kConflict when there is
// neither a reservation file nor `first_index`, or neither a status record nor the word to do without; where
// a log is kept and nothing of it is published, or another history; kTooLarge where more than 2^24 indices
// would be left out of a log.
Result<RestoreReport> restore_store(const RestoreRequest& request, TimePoint now);

// apply_status_record enters into the store what the record knows better, each in the audit log; how many.
// Nothing, unless the store is an older copy or a crash came before a recorded change was committed.
Result<std::int64_t> apply_status_record(storage::Transaction& transaction, const AuditLog& audit,
                                         const std::filesystem::path& status_record, std::string_view actor,
                                         TimePoint now);

}  // namespace countersign::authority
