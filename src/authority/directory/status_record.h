// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "authority/directory/directory.h"

namespace countersign::authority {

// One suspension or revocation as the record keeps it.
struct RecordedStatus {
  x509::SerialNumber serial;
  std::int64_t version = 0;  // the entry's status_version after the change
  CertificateState state = CertificateState::kRevoked;
  x509::RevocationReason reason = x509::RevocationReason::kUnspecified;
  TimePoint changed;
  TimePoint not_after;  // of the certificate
};

// StatusRecord remembers outside of the store, and of its backups, what was suspended and revoked, so that a
// restored store brings nothing of it back as good. A line is appended inside the transaction that makes the
// change: durably before anybody is told, and by one process at a time. A transaction that fails afterwards
// leaves its line, and the end of a hold leaves none: what is restored by the record may be held too much,
// never too little.
class StatusRecord {
 public:
  // Every line, oldest first; nullopt without a file. An unfinished last line is what a crash left of a
  // change that nobody was told of, and is left out. kMalformed for any other line that cannot be read.
  static Result<std::optional<std::vector<RecordedStatus>>> read(const std::filesystem::path& file);
  static Result<void> write(const std::filesystem::path& file, std::span<const RecordedStatus> lines);
  // kNotFound without a file, kStorageFull; a line that fails is taken back.
  static Result<void> append(const std::filesystem::path& file, const RecordedStatus& line);
  // Writes the file anew without the certificates that have expired. Inside a write transaction.
  static Result<void> forget_expired(const std::filesystem::path& file, TimePoint now);
};

// recorded_statuses is what the store itself knows: a whole record, of every certificate that is not active.
Result<std::vector<RecordedStatus>> recorded_statuses(storage::Reader& reader);

// apply_statuses suspends and revokes in an older store what the record knows better, and returns what it
// changed: revoked stays revoked, held stays held, newer entries are left alone. Certificates that the store
// has never seen are put on its CRL.
Result<std::vector<RecordedStatus>> apply_statuses(storage::Transaction& transaction,
                                                   std::span<const RecordedStatus> lines);

}  // namespace countersign::authority
