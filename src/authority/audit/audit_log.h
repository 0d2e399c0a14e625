// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::authority {

// One act: who did what to what. No personal data: subjects are pseudonyms, serials and ids.
struct AuditEntry {
  std::string actor;   // "operator:root", "merchant:<subject>", "holder:<serial>", "authority"
  std::string act;     // "issue", "suspend", "resume", "revoke", "approve", "enrol", "confirm", "backup", …
  std::string object;  // serial, application id, confirmation id …
  std::string detail;  // reason, role, index …
};
struct AuditRecord {
  std::int64_t number;  // 1, 2, 3 … without gap
  TimePoint time;
  AuditEntry entry;
  Sha256Digest hash;  // SHA-256 over the previous hash and this record
};

// AuditLog is append-only and hash-chained. Works within the caller's transaction, so that an act and its record are
// stored together or not at all.
class AuditLog {
 public:
  static Result<AuditLog> open(storage::Database& database);
  Result<void> append(storage::Transaction& transaction, std::span<const AuditEntry> entries, TimePoint now) const;
  // Recomputes the whole chain, by pages; the number of records. kInternal names the first record that does not fit.
  Result<std::int64_t> verify(storage::Reader& reader) const;
  Result<std::vector<AuditRecord>> page(storage::Reader& reader, std::int64_t after, int limit) const;
};

}  // namespace countersign::authority
