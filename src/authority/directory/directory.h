// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/secret.h"
#include "storage/database.h"
#include "x509/certificate.h"
#include "x509/ocsp.h"

namespace countersign::authority {

class StatusChanges;

// The state of an issued certificate. On hold covers certificates not yet activated and suspended ones; both
// read as revoked with reason certificateHold (RFC 5280 §5.3.1).
enum class CertificateState { kActive, kOnHold, kRevoked };
std::string_view state_name(CertificateState state);  // "active", "on_hold", "revoked"
std::optional<CertificateState> state_of_name(std::string_view name);

struct DirectoryEntry {
  x509::Certificate certificate;
  CertificateState state = CertificateState::kOnHold;
  x509::RevocationReason reason = x509::RevocationReason::kCertificateHold;  // unless active
  TimePoint changed;                                                         // when the state last changed
  std::int64_t status_version =
      0;                  // grows by one with each change: what was derived from it can be reused while equal
  std::string enrolment;  // id, or empty
};

// What the directory is searched by; empty members do not restrict. `email` finds by keyed digest: addresses
// can be found, not read out.
struct DirectoryQuery {
  std::string subject;  // RFC 4514 text, exact
  std::string serial_hex;
  std::string email;
  std::string registered_by;  // merchant's subject
  std::optional<x509::Role> role;
  std::optional<CertificateState> state;
  std::string cursor;  // of the page before
  int limit = 50;      // 1–500
};
struct DirectoryPage {
  std::vector<DirectoryEntry> entries;
  std::string next_cursor;  // empty at the end
};

// Whether the subject has shown that it holds the key.
enum class KeyPossession { kProven, kAwaited };

// What stands in the directory beside the certificate when it is added.
struct NewEntry {
  CertificateState state = CertificateState::kActive;
  std::string email;      // stored as HMAC only; empty for none
  std::string enrolment;  // empty for none
  // kAwaited: the key is not held to belong to the subject before claim_key.
  KeyPossession possession = KeyPossession::kProven;
};

// Directory stores every certificate that this data centre issued, with its state: the one source of truth
// for OCSP, CRL, confirmation and search (K6). Works within the caller's transaction. Every change of state
// is appended to the audit log by the caller in the same transaction. Changes come from the writes of the one
// database that it was opened on.
class Directory {
 public:
  // `index_key` keys the e-mail index and lives outside of the database, as does `status_record` (see
  // StatusRecord; empty for none), which is made for a directory that holds nothing. kConflict when that file
  // is missing otherwise: the store may be an older copy, and is taken into use by `restore`.
  static Result<Directory> open(storage::Database& database, crypto::SecretBytes index_key,
                                std::filesystem::path status_record = {});

  // kConflict when the key is certified under another name.
  Result<void> add(storage::Transaction& transaction, const x509::Certificate& certificate,
                   const NewEntry& entry, TimePoint now) const;
  // The subject has shown since that it holds the key of this certificate: from now on the key has its name.
  // kConflict when the key was certified under another name in between.
  Result<void> claim_key(storage::Transaction& transaction, const x509::Certificate& certificate) const;
  // On hold ↔ active, either → revoked; revoked is for good (kConflict). kNotFound for a serial never issued.
  // Changing to the state it has already is success without effect. Every change is in the status journal; a
  // suspension or revocation is in the status record before the transaction commits, and one that cannot be
  // recorded is not committed.
  Result<void> change_state(storage::Transaction& transaction, const x509::SerialNumber& serial,
                            CertificateState state, x509::RevocationReason reason, TimePoint now) const;

  Result<std::optional<DirectoryEntry>> find_by_serial(storage::Reader& reader,
                                                       const x509::SerialNumber& serial) const;
  Result<std::optional<DirectoryEntry>> find_by_fingerprint(storage::Reader& reader,
                                                            const Sha256Digest& digest) const;
  // Newest first.
  Result<std::vector<DirectoryEntry>> find_by_subject(storage::Reader& reader,
                                                      const x509::Name& subject) const;
  Result<std::vector<DirectoryEntry>> find_by_enrolment(storage::Reader& reader,
                                                        std::string_view enrolment) const;
  Result<DirectoryPage> search(storage::Reader& reader, const DirectoryQuery& query) const;

  // Status and version only, without parsing the certificate: the hot path's question.
  struct QuickStatus {
    CertificateState state;
    x509::RevocationReason reason;
    TimePoint changed;
    std::int64_t status_version;
  };
  Result<std::optional<QuickStatus>> quick_status(storage::Reader& reader,
                                                  const x509::SerialNumber& serial) const;
  // The status of a serial that a restored store has not, and knows from the status record.
  Result<std::optional<QuickStatus>> lost_status(storage::Reader& reader,
                                                 const x509::SerialNumber& serial) const;
  // Grows whenever the state of any entry changes and whenever one is added that is not active: while it is
  // equal, everything derived from states still holds. One row, read in O(1).
  Result<std::int64_t> version(storage::Reader& reader) const;
  // Moves every certificate of a subject to another address of its holder; an empty one leaves them without.
  Result<void> change_email(storage::Transaction& transaction, const x509::Name& subject,
                            std::string_view address) const;
  // Entries for the CRL: on hold and revoked, not expired before `expired_before`; those too that are known
  // from the status record alone.
  Result<std::vector<x509::RevokedEntry>> revoked_entries(storage::Reader& reader,
                                                          TimePoint expired_before) const;

  // The keyed digest under which an address is found.
  Sha256Digest email_digest(std::string_view address) const;

 private:
  Directory(std::shared_ptr<const crypto::SecretBytes> index_key, std::filesystem::path status_record)
      : index_key_(std::move(index_key)), status_record_(std::move(status_record)) {}
  Result<void> record_change(storage::Transaction& transaction, const x509::SerialNumber& serial) const;

  std::shared_ptr<const crypto::SecretBytes> index_key_;
  std::filesystem::path status_record_;
  // Those of the write that runs, which owns them; empty between writes.
  std::shared_ptr<std::weak_ptr<StatusChanges>> changes_ = std::make_shared<std::weak_ptr<StatusChanges>>();
};

// The RFC 6960 status of a quick status; nullopt (never issued) is unknown, never good.
x509::CertificateStatus ocsp_status(const std::optional<Directory::QuickStatus>& status);

}  // namespace countersign::authority
