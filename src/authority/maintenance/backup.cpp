// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/backup.h"

#include <algorithm>

#include "authority/confirmation/confirmation_store.h"
#include "authority/confirmation/decide.h"
#include "authority/confirmation/index_reservation.h"
#include "authority/directory/directory_schema.h"
#include "authority/directory/status_journal.h"
#include "authority/directory/status_record.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

Result<void> failed(std::string_view what, const std::error_code& error) {
  const bool full = error == std::errc::no_space_on_device;
  return fail(full ? ErrorCode::kStorageFull : ErrorCode::kUnavailable,
              std::string(what) + ": " + error.message());
}

fs::path beside(const fs::path& file, std::string_view suffix) {
  return fs::path(file.string() + std::string(suffix));
}

void remove_store(const fs::path& store) {
  std::error_code ignored;
  for (const std::string_view suffix : {"", "-wal", "-shm"}) fs::remove(beside(store, suffix), ignored);
}

Result<void> copy_privately(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return failed("restore: copy of the backup", error);
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return failed("restore: permissions of the copy", error);
  return ok();
}

// Gives the store that is replaced a second name, log and all, while it keeps its own: whenever the act ends
// there is a whole store, and what was live before the first of several tries is not lost to the next.
Result<void> keep_replaced(const fs::path& store, const fs::path& replaced) {
  std::error_code error;
  if (!fs::exists(store, error)) return ok();
  // Opening takes the log of a killed server in, closing leaves none. One that cannot be read keeps its log.
  static_cast<void>(storage::open_sqlite(store));
  remove_store(replaced);
  fs::create_hard_link(store, replaced, error);
  if (error) {
    TRY(copy_privately(store, replaced));
  }
  if (fs::exists(beside(store, "-wal"), error)) {
    fs::rename(beside(store, "-wal"), beside(replaced, "-wal"), error);
    if (error) return failed("restore: rename of the log", error);
  }
  fs::remove(beside(store, "-shm"), error);
  return ok();
}

Result<void> replace_store(const fs::path& copy, const fs::path& store) {
  std::error_code error;
  fs::rename(copy, store, error);
  if (error) return failed("restore: rename " + copy.string(), error);
  return ok();
}

// The latest moment that anything here speaks of: a machine whose clock is behind must not take an order
// again that was confirmed before.
Result<TimePoint> latest_time(const AuditLog& audit, storage::Reader& reader, std::int64_t records,
                              const fs::path& status_record, TimePoint now) {
  TimePoint latest = now;
  TRY(const auto last, audit.page(reader, records - 1, 1));
  for (const AuditRecord& record : last) latest = std::max(latest, record.time);
  TRY(const auto lines, StatusRecord::read(status_record));
  if (!lines) return latest;
  for (const RecordedStatus& line : *lines) latest = std::max(latest, line.changed);
  return latest;
}

constexpr std::int64_t kMostLeftOut = 1 << 24;

// Which entries were signed since the backup is known from what was published alone. Two trees must never be
// signed in the name of one log.
Result<std::uint64_t> restore_log(storage::Transaction& transaction, const LogStore& store,
                                  const RestoreRequest& request, TimePoint now) {
  if (!request.log) {
    TRY(const auto state, store.state(transaction));
    if (state)
      return fail(ErrorCode::kConflict,
                  "restore: the backup keeps the public log " + state->origin + ", and its key is missing");
    return std::uint64_t{0};
  }
  if (request.log->use == PublishedLog::Use::kEnd) {
    TRY(store.end(transaction, request.log->key.name, now));
    return std::uint64_t{0};
  }
  DiskFolder folder(request.log->folder);
  TRY(const auto published, read_published(folder, request.log->key));
  if (!published)
    return fail(ErrorCode::kConflict,
                "restore: " + request.log->folder.string() +
                    " holds nothing of the public log: what was logged since the backup is not known; name "
                    "a mirror of it, or have another log begin");
  return take_published(transaction, store, folder, request.log->key, now);
}

// Of indices without a confirmation, from `first_left_out` up to and without `next_index`.
Result<void> expect_fillable(std::int64_t first_left_out, std::int64_t next_index) {
  if (next_index - first_left_out <= kMostLeftOut) return ok();
  return fail(ErrorCode::kTooLarge, "restore: more than " + std::to_string(kMostLeftOut) +
                                        " entries of the public log would say that an index is left out; "
                                        "give a lower first index");
}

std::string describe(const RestoreRequest& request, const RestoreReport& report) {
  std::string text = "indices from " + std::to_string(report.backup_next_index) + " up to and without " +
                     std::to_string(report.next_index) + " are left out";
  if (request.lost_revocations == LostRevocations::kAccept)
    text += "; revocations since the backup are accepted as lost";
  if (report.log_entries > 0)
    text += "; " + std::to_string(report.log_entries) + " entries of the public log taken as published";
  if (request.log && request.log->use == PublishedLog::Use::kEnd) text += "; the public log is ended";
  return text;
}

// Everything that is done to the copy before it becomes the store.
Result<RestoreReport> prepare(const fs::path& copy, const RestoreRequest& request, std::int64_t lowest,
                              TimePoint now) {
  TRY(const auto database, storage::open_sqlite(copy));
  TRY(database->check_integrity());
  TRY(const AuditLog audit, AuditLog::open(*database));
  TRY(const ConfirmationStore store, ConfirmationStore::open(*database));
  TRY(const LogStore log, LogStore::open(*database));
  TRY(database->migrate("directory", directory_migrations()));
  RestoreReport report;
  TRY(database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(report.audit_records, audit.verify(transaction));
    TRY(store.claim_sequence(transaction));
    TRY(const SequenceState state, store.sequence(transaction));
    report.backup_next_index = state.next_index;
    TRY(report.log_entries, restore_log(transaction, log, request, now));
    TRY(const std::uint64_t logged, log.count(transaction));
    const auto first_left_out = std::max(state.next_index, static_cast<std::int64_t>(logged));
    report.next_index = std::max(first_left_out, lowest);
    if (request.log) {
      TRY(expect_fillable(first_left_out, report.next_index));
    }
    TRY(store.skip_to(transaction, report.next_index));
    TRY(const TimePoint restored,
        latest_time(audit, transaction, report.audit_records, request.status_record, now));
    report.orders_from = whole_seconds(restored) + DeciderOptions().clock_tolerance;
    TRY(store.mark_restored(transaction, restored));
    TRY(begin_status_epoch(transaction));
    TRY(report.statuses, apply_status_record(transaction, audit, request.status_record, request.actor, now));
    const AuditEntry entry{request.actor, "restore", request.backup.filename().string(),
                           describe(request, report)};
    return audit.append(transaction, {&entry, 1}, now);
  }));
  return report;
}

// Where the record is lost, what the restored store knows begins another.
Result<void> begin_status_record(const fs::path& store, const fs::path& status_record) {
  if (fs::exists(status_record)) return ok();
  TRY(const auto database, storage::open_sqlite(store));
  return database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::vector<RecordedStatus> lines, recorded_statuses(reader));
    return StatusRecord::write(status_record, lines);
  });
}

}  // namespace

Result<std::int64_t> apply_status_record(storage::Transaction& transaction, const AuditLog& audit,
                                         const fs::path& status_record, std::string_view actor,
                                         TimePoint now) {
  TRY(const auto lines, StatusRecord::read(status_record));
  if (!lines) return 0;
  TRY(const std::vector<RecordedStatus> applied, apply_statuses(transaction, *lines));
  std::vector<AuditEntry> entries;
  entries.reserve(applied.size());
  for (const RecordedStatus& each : applied) {
    entries.push_back({std::string(actor), each.state == CertificateState::kRevoked ? "revoke" : "suspend",
                       each.serial.hex(),
                       std::string(x509::reason_name(each.reason)) + ": as recorded outside of the store"});
  }
  TRY(audit.append(transaction, entries, now));
  return static_cast<std::int64_t>(applied.size());
}

Result<void> backup_store(storage::Database& database, const AuditLog& audit, const BackupRequest& request,
                          TimePoint now) {
  const fs::path& out = request.out;
  std::error_code error;
  if (fs::exists(out, error)) return fail(ErrorCode::kConflict, "backup: " + out.string() + " exists");
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(StatusRecord::forget_expired(request.status_record, now));
    const AuditEntry entry{request.actor, "backup", out.filename().string(), ""};
    return audit.append(transaction, {&entry, 1}, now);
  }));
  TRY(database.backup_to(out));
  TRY(const auto copy, storage::open_sqlite(out));
  return copy->check_integrity();
}

Result<RestoreReport> restore_store(const RestoreRequest& request, TimePoint now) {
  if (request.lost_revocations == LostRevocations::kRefuse && !fs::exists(request.status_record)) {
    return fail(ErrorCode::kConflict,
                "restore: " + request.status_record.string() +
                    " is missing: what was suspended or revoked since the backup would be good again");
  }
  TRY(const std::optional<std::int64_t> reserved, IndexReservation::read(request.reservation_file));
  if (!reserved && !request.first_index) {
    return fail(ErrorCode::kConflict,
                "restore: " + request.reservation_file.string() +
                    " is missing; give a first index above every one that was confirmed");
  }
  const std::int64_t lowest = std::max(reserved.value_or(0), request.first_index.value_or(0));
  const fs::path copy = beside(request.store, ".restoring");
  remove_store(copy);
  TRY(copy_privately(request.backup, copy));
  Result<RestoreReport> report = prepare(copy, request, lowest, now);
  if (!report) {
    remove_store(copy);
    return report;
  }
  TRY(IndexReservation::write(request.reservation_file, report.value().next_index));
  TRY(begin_status_record(copy, request.status_record));
  TRY(keep_replaced(request.store, beside(request.store, ".replaced")));
  TRY(replace_store(copy, request.store));
  return report;
}

}  // namespace countersign::authority
