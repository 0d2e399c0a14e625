// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/backup.h"

#include <algorithm>

#include "authority/confirmation/confirmation_store.h"
#include "authority/confirmation/index_reservation.h"

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

// The file with its write-ahead log takes the name of another; nothing happens where there is no such file.
Result<void> rename_store(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (const std::string_view suffix : {"-wal", ""}) {
    const fs::path source = beside(from, suffix);
    if (!fs::exists(source, error)) continue;
    fs::rename(source, beside(to, suffix), error);
    if (error) return failed("restore: rename " + source.string(), error);
  }
  fs::remove(beside(from, "-shm"), error);
  return ok();
}

// Everything that is done to the copy before it becomes the store.
Result<RestoreReport> prepare(const fs::path& copy, const RestoreRequest& request, std::int64_t lowest,
                              TimePoint now) {
  TRY(const auto database, storage::open_sqlite(copy));
  TRY(database->check_integrity());
  TRY(const AuditLog audit, AuditLog::open(*database));
  TRY(const ConfirmationStore store, ConfirmationStore::open(*database));
  RestoreReport report;
  TRY(database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(report.audit_records, audit.verify(transaction));
    TRY(store.claim_sequence(transaction));
    TRY(const SequenceState state, store.sequence(transaction));
    report.backup_next_index = state.next_index;
    report.next_index = std::max(state.next_index, lowest);
    TRY(store.skip_to(transaction, report.next_index));
    const AuditEntry entry{request.actor, "restore", request.backup.filename().string(),
                           "indices from " + std::to_string(report.backup_next_index) +
                               " up to and without " + std::to_string(report.next_index) + " are left out"};
    return audit.append(transaction, {&entry, 1}, now);
  }));
  return report;
}

}  // namespace

Result<void> backup_store(storage::Database& database, const AuditLog& audit, const fs::path& out,
                          std::string_view actor, TimePoint now) {
  std::error_code error;
  if (fs::exists(out, error)) return fail(ErrorCode::kConflict, "backup: " + out.string() + " exists");
  TRY(database.write([&](storage::Transaction& transaction) {
    const AuditEntry entry{std::string(actor), "backup", out.filename().string(), ""};
    return audit.append(transaction, {&entry, 1}, now);
  }));
  TRY(database.backup_to(out));
  TRY(const auto copy, storage::open_sqlite(out));
  return copy->check_integrity();
}

Result<RestoreReport> restore_store(const RestoreRequest& request, TimePoint now) {
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
  const fs::path replaced = beside(request.store, ".replaced");
  remove_store(replaced);
  TRY(rename_store(request.store, replaced));
  TRY(rename_store(copy, request.store));
  return report;
}

}  // namespace countersign::authority
