// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "authority/directory/directory.h"
#include "storage/file_descriptor.h"

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
// restored store brings nothing of it back as good. The lines of a transaction are appended between its work
// and its commit: durably before anybody is told, and by one process at a time. A commit that fails takes
// them back; a crash before the commit leaves them, and the end of a hold leaves none: what is restored by
// the record may be held too much, never too little.
class StatusRecord {
 public:
  // Lines that were just appended. While it lives, others wait to append theirs.
  class Appended {
   public:
    // Cuts them off again, durably.
    Result<void> take_back() const;

   private:
    friend class StatusRecord;
    Appended(storage::FileDescriptor file, std::size_t end, std::filesystem::path name)
        : file_(std::move(file)), end_(end), name_(std::move(name)) {}
    storage::FileDescriptor file_;
    std::size_t end_;  // of the lines before
    std::filesystem::path name_;
  };

  // Every line, oldest first; nullopt without a file. An unfinished last line is what a crash left of a
  // change that nobody was told of, and is left out. kMalformed for any other line that cannot be read.
  static Result<std::optional<std::vector<RecordedStatus>>> read(const std::filesystem::path& file);
  static Result<void> write(const std::filesystem::path& file, std::span<const RecordedStatus> lines);
  // One write and one sync for all. kNotFound without a file, kStorageFull; lines that fail are taken back.
  static Result<Appended> append(const std::filesystem::path& file, std::span<const RecordedStatus> lines);
  // Writes the file anew without the certificates that have expired. Inside a write transaction.
  static Result<void> forget_expired(const std::filesystem::path& file, TimePoint now);
};

// StatusChanges are the lines of one transaction, on their way into the record.
class StatusChanges {
 public:
  StatusChanges(storage::Transaction& transaction, std::filesystem::path record)
      : transaction_(transaction), record_(std::move(record)) {}
  void add(RecordedStatus line) { lines_.push_back(std::move(line)); }
  // The two ends of storage::Transaction::before_commit.
  Result<void> append();
  void take_back();

 private:
  storage::Transaction& transaction_;
  std::filesystem::path record_;
  std::vector<RecordedStatus> lines_;
  std::optional<StatusRecord::Appended> appended_;
};

// recorded_statuses is what the store itself knows: a whole record, of every certificate that is not active.
Result<std::vector<RecordedStatus>> recorded_statuses(storage::Reader& reader);

// apply_statuses suspends and revokes in an older store what the record knows better, and returns what it
// changed: revoked stays revoked, held stays held, newer entries are left alone. Certificates that the store
// has never seen are put on its CRL.
Result<std::vector<RecordedStatus>> apply_statuses(storage::Transaction& transaction,
                                                   std::span<const RecordedStatus> lines);

}  // namespace countersign::authority
