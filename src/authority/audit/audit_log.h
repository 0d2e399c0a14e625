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
  std::int64_t number = 0;  // 1, 2, 3 … without gap
  TimePoint time;
  AuditEntry entry;
  Sha256Digest hash;  // SHA-256 over the previous hash and this record
};

// audit_hash is SHA-256 over the previous record's hash (32 zero octets before the first) and this record:
// number and time in microseconds as 64-bit big-endian integers, then actor, act, object and detail, each
// behind its length as a 32-bit big-endian integer.
Sha256Digest audit_hash(const Sha256Digest& previous, std::int64_t number, TimePoint time,
                        const AuditEntry& entry);

// AuditLog is append-only and hash-chained. Works within the caller's transaction, so that an act and its
// record are stored together or not at all. The chain shows what was changed, removed or put between; that
// its newest records were cut off shows only against a head (number and hash) that was noted elsewhere.
class AuditLog {
 public:
  static Result<AuditLog> open(storage::Database& database);
  // A whole batch costs one reading of the chain's head.
  Result<void> append(storage::Transaction& transaction, std::span<const AuditEntry> entries,
                      TimePoint now) const;
  // Recomputes the whole chain, by pages; the number of records. kInternal names the first record that does
  // not fit.
  Result<std::int64_t> verify(storage::Reader& reader) const;
  // Records behind number `after`, oldest first, at most `limit` (1–1000).
  Result<std::vector<AuditRecord>> page(storage::Reader& reader, std::int64_t after, int limit) const;

 private:
  AuditLog() = default;
};

}  // namespace countersign::authority
