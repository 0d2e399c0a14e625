// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/directory.h"

#include "authority/directory/directory_rows.h"
#include "authority/directory/directory_schema.h"
#include "authority/directory/status_journal.h"
#include "authority/directory/status_record.h"
#include "crypto/digest.h"
#include "mail/mail.h"

namespace countersign::authority {

namespace {

// Active certificates have no reason; the column then holds unspecified.
std::int64_t reason_column(CertificateState state, x509::RevocationReason reason) {
  if (state == CertificateState::kActive)
    return static_cast<std::int64_t>(x509::RevocationReason::kUnspecified);
  if (state == CertificateState::kOnHold)
    return static_cast<std::int64_t>(x509::RevocationReason::kCertificateHold);
  return static_cast<std::int64_t>(reason);
}

Result<std::int64_t> next_number(storage::Reader& reader) {
  TRY(const auto row, reader.query_one("SELECT COALESCE(MAX(number), 0) + 1 FROM certificate", {}));
  return row->integer(0);
}

Result<void> advance_version(storage::Transaction& transaction) {
  TRY(transaction.execute("UPDATE directory_version SET version = version + 1", {}));
  return ok();
}

Result<void> begin_record(storage::Reader& reader, const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) return ok();  // another process was first
  TRY(const auto any, reader.query_one("SELECT number FROM certificate LIMIT 1", {}));
  if (any) {
    return fail(ErrorCode::kConflict, "status record: " + file.string() +
                                          " is missing although certificates were issued; if this store is "
                                          "the newest there is, run rebuild-status-record; if it is an older "
                                          "copy, take the store into use with restore");
  }
  return StatusRecord::write(file, {});
}

// In a store that is new, or of before there was a journal.
Result<void> begin_epoch(storage::Database& database) {
  bool has_epoch = false;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(has_epoch, has_status_epoch(reader));
    return ok();
  }));
  if (has_epoch) return ok();
  return database.write([](storage::Transaction& transaction) -> Result<void> {
    TRY(const bool begun, has_status_epoch(transaction));  // another process was first
    return begun ? ok() : begin_status_epoch(transaction);
  });
}

// Whoever holds a key has one name: else a statement of one could be shown as another's.
Result<void> require_own_key(storage::Reader& reader, const x509::Certificate& certificate) {
  TRY(const auto other,
      reader.query_one("SELECT serial FROM certificate WHERE key_digest = $1 AND subject <> $2 LIMIT 1",
                       {to_bytes(certificate.public_key().spki_digest()), certificate.subject().text()}));
  if (!other) return ok();
  return fail(ErrorCode::kConflict, "key: is certified under another name; make a new one");
}

Result<std::optional<Directory::QuickStatus>> status_of_row(const std::optional<storage::Row>& row) {
  if (!row) return std::optional<Directory::QuickStatus>{};
  TRY(const auto state, state_of_column(row->text(0)));
  return std::optional<Directory::QuickStatus>{
      Directory::QuickStatus{state, static_cast<x509::RevocationReason>(row->integer(1)),
                             from_unix_seconds(row->integer(2)), row->integer(3)}};
}

Result<std::optional<DirectoryEntry>> find_one(storage::Reader& reader, std::string_view column,
                                               Bytes value) {
  const std::string sql = entry_select() + " WHERE " + std::string(column) + " = $1";
  TRY(const auto row, reader.query_one(sql, {std::move(value)}));
  if (!row) return std::optional<DirectoryEntry>{};
  TRY(auto entry, entry_of_row(*row));
  return std::optional<DirectoryEntry>{std::move(entry)};
}

}  // namespace

std::string_view state_name(CertificateState state) {
  switch (state) {
    case CertificateState::kActive:
      return "active";
    case CertificateState::kOnHold:
      return "on_hold";
    case CertificateState::kRevoked:
      return "revoked";
  }
  return "revoked";
}

std::optional<CertificateState> state_of_name(std::string_view name) {
  for (const auto state :
       {CertificateState::kActive, CertificateState::kOnHold, CertificateState::kRevoked}) {
    if (state_name(state) == name) return state;
  }
  return std::nullopt;
}

Result<Directory> Directory::open(storage::Database& database, crypto::SecretBytes index_key,
                                  std::filesystem::path status_record) {
  if (index_key.size() < 32) return fail(ErrorCode::kMalformed, "directory: index key shorter than 32 bytes");
  TRY(database.migrate("directory", directory_migrations()));
  TRY(begin_epoch(database));
  if (!status_record.empty() && !std::filesystem::exists(status_record)) {
    TRY(database.write(
        [&](storage::Transaction& transaction) { return begin_record(transaction, status_record); }));
  }
  return Directory(std::make_shared<const crypto::SecretBytes>(std::move(index_key)),
                   std::move(status_record));
}

Result<void> Directory::add(storage::Transaction& transaction, const x509::Certificate& certificate,
                            const NewEntry& entry, TimePoint now) const {
  TRY(const auto number, next_number(transaction));
  const auto role = certificate.role();
  if (!role) return fail(ErrorCode::kWrongRole, "directory: certificate without a role");
  TRY(require_own_key(transaction, certificate));
  storage::Value email = nullptr;
  if (!entry.email.empty()) email = to_bytes(email_digest(entry.email));
  storage::Value key = nullptr;
  if (entry.possession == KeyPossession::kProven) key = to_bytes(certificate.public_key().spki_digest());
  TRY(transaction.execute(
      "INSERT INTO certificate (number, serial, fingerprint, state, reason, changed, status_version, "
      "subject, role, "
      "registered_by, email_digest, enrolment, not_after, der, key_digest) "
      "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12, $13, $14)",
      {number, certificate.serial().bytes(), to_bytes(certificate.fingerprint()),
       std::string(state_name(entry.state)),
       reason_column(entry.state, x509::RevocationReason::kCertificateHold), unix_seconds(now),
       certificate.subject().text(), std::string(x509::profile_of(*role).name), certificate.registered_by(),
       email, entry.enrolment, unix_seconds(certificate.not_after()), certificate.der(), std::move(key)}));
  if (entry.state != CertificateState::kActive) {
    TRY(advance_version(transaction));
  }
  return ok();
}

Result<void> Directory::claim_key(storage::Transaction& transaction,
                                  const x509::Certificate& certificate) const {
  TRY(require_own_key(transaction, certificate));
  TRY(transaction.execute("UPDATE certificate SET key_digest = $1 WHERE serial = $2",
                          {to_bytes(certificate.public_key().spki_digest()), certificate.serial().bytes()}));
  return ok();
}

Result<void> Directory::change_state(storage::Transaction& transaction, const x509::SerialNumber& serial,
                                     CertificateState state, x509::RevocationReason reason,
                                     TimePoint now) const {
  TRY(const auto status, quick_status(transaction, serial));
  if (!status) return fail(ErrorCode::kNotFound, "directory: serial " + serial.hex() + " was never issued");
  if (status->state == state) return ok();
  if (status->state == CertificateState::kRevoked) {
    return fail(ErrorCode::kConflict, "directory: serial " + serial.hex() + " is revoked for good");
  }
  TRY(transaction.execute(
      "UPDATE certificate SET state = $1, reason = $2, changed = $3, "
      "status_version = status_version + 1 WHERE serial = $4",
      {std::string(state_name(state)), reason_column(state, reason), unix_seconds(now), serial.bytes()}));
  TRY(advance_version(transaction));
  return record_change(transaction, serial);
}

// In the journal, and, unless it ended a hold, in the record outside of the store.
Result<void> Directory::record_change(storage::Transaction& transaction,
                                      const x509::SerialNumber& serial) const {
  TRY(const auto row,
      transaction.query_one("SELECT status_version, state, reason, changed, not_after FROM certificate "
                            "WHERE serial = $1",
                            {serial.bytes()}));
  TRY(const auto state, state_of_column(row->text(1)));
  const RecordedStatus line{serial,
                            row->integer(0),
                            state,
                            static_cast<x509::RevocationReason>(row->integer(2)),
                            from_unix_seconds(row->integer(3)),
                            from_unix_seconds(row->integer(4))};
  TRY(append_to_journal(transaction, {serial, state, line.reason, line.changed, line.not_after}));
  if (status_record_.empty() || state == CertificateState::kActive) return ok();
  auto changes = changes_->lock();
  if (!changes) {
    changes = std::make_shared<StatusChanges>(transaction, status_record_);
    transaction.before_commit([changes] { return changes->append(); }, [changes] { changes->take_back(); });
    *changes_ = changes;
  }
  changes->add(line);
  return ok();
}

Result<std::optional<DirectoryEntry>> Directory::find_by_serial(storage::Reader& reader,
                                                                const x509::SerialNumber& serial) const {
  return find_one(reader, "serial", serial.bytes());
}

Result<std::optional<DirectoryEntry>> Directory::find_by_fingerprint(storage::Reader& reader,
                                                                     const Sha256Digest& digest) const {
  return find_one(reader, "fingerprint", to_bytes(digest));
}

Result<std::vector<DirectoryEntry>> Directory::find_by_subject(storage::Reader& reader,
                                                               const x509::Name& subject) const {
  TRY(const auto rows,
      reader.query(entry_select() + " WHERE subject = $1 ORDER BY number DESC LIMIT 500", {subject.text()}));
  return entries_of_rows(rows);
}

Result<std::vector<DirectoryEntry>> Directory::find_by_enrolment(storage::Reader& reader,
                                                                 std::string_view enrolment) const {
  if (enrolment.empty()) return std::vector<DirectoryEntry>{};
  TRY(const auto rows,
      reader.query(
          entry_select() + " WHERE enrolment = $1 AND enrolment <> '' ORDER BY number DESC LIMIT 500",
          {std::string(enrolment)}));
  return entries_of_rows(rows);
}

Result<std::optional<Directory::QuickStatus>> Directory::quick_status(
    storage::Reader& reader, const x509::SerialNumber& serial) const {
  TRY(const auto row,
      reader.query_one("SELECT state, reason, changed, status_version FROM certificate WHERE serial = $1",
                       {serial.bytes()}));
  return status_of_row(row);
}

Result<std::optional<Directory::QuickStatus>> Directory::lost_status(storage::Reader& reader,
                                                                     const x509::SerialNumber& serial) const {
  TRY(const auto row,
      reader.query_one(
          "SELECT state, reason, changed, status_version FROM lost_certificate WHERE serial = $1",
          {serial.bytes()}));
  return status_of_row(row);
}

Result<std::int64_t> Directory::version(storage::Reader& reader) const {
  TRY(const auto row, reader.query_one("SELECT version FROM directory_version", {}));
  if (!row) return fail(ErrorCode::kInternal, "directory: version missing");
  return row->integer(0);
}

Result<void> Directory::change_email(storage::Transaction& transaction, const x509::Name& subject,
                                     std::string_view address) const {
  storage::Value email = nullptr;
  if (!address.empty()) email = to_bytes(email_digest(address));
  TRY(transaction.execute("UPDATE certificate SET email_digest = $1 WHERE subject = $2",
                          {email, subject.text()}));
  return ok();
}

Result<std::vector<x509::RevokedEntry>> Directory::revoked_entries(storage::Reader& reader,
                                                                   TimePoint expired_before) const {
  TRY(auto rows, reader.query("SELECT serial, changed, reason FROM certificate "
                              "WHERE state <> 'active' AND not_after >= $1 ORDER BY not_after, number",
                              {unix_seconds(expired_before)}));
  TRY(auto lost, reader.query("SELECT serial, changed, reason FROM lost_certificate WHERE not_after >= $1",
                              {unix_seconds(expired_before)}));
  std::move(lost.begin(), lost.end(), std::back_inserter(rows));
  std::vector<x509::RevokedEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(auto serial, x509::SerialNumber::from_bytes(row.blob(0)));
    entries.push_back({std::move(serial), from_unix_seconds(row.integer(1)),
                       static_cast<x509::RevocationReason>(row.integer(2))});
  }
  return entries;
}

Sha256Digest Directory::email_digest(std::string_view address) const {
  return crypto::hmac_sha256(*index_key_, as_bytes(mail::normalize_mail_address(address)));
}

x509::CertificateStatus ocsp_status(const std::optional<Directory::QuickStatus>& status) {
  if (!status) return {x509::StatusKind::kUnknown, {}, x509::RevocationReason::kUnspecified};
  if (status->state == CertificateState::kActive) {
    return {x509::StatusKind::kGood, {}, x509::RevocationReason::kUnspecified};
  }
  return {x509::StatusKind::kRevoked, status->changed, status->reason};
}

}  // namespace countersign::authority
