// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/policy.h"
#include "logbook/double_ids.h"
#include "logbook/finding.h"
#include "logbook/mirror.h"
#include "storage/database.h"

namespace countersign::logbook {

// OldCheckpoint is one that somebody kept, of the same log.
struct OldCheckpoint {
  std::string name;  // for the report: its file's
  std::string note;
};

struct AuditOptions {
  const checkpoint::Policy* policy = nullptr;  // whose signatures count; null: none are verified
  storage::Database* store = nullptr;          // of the authority whose log it is
  std::vector<OldCheckpoint> old_checkpoints = {};
  std::size_t most_findings = 1000;                // that the report holds; all are counted
  std::uint64_t ids_at_once = DoubleIds::kAtOnce;  // that are searched for doubles in one reading of the log
  Progress progress = {};
};

struct Witnessed {
  std::string witness;  // NAME in the policy
  TimePoint time;
};

// AuditReport is what an audit found out. Without findings, every file of the folder follows from the entries
// and leads to the root of the checkpoint, which the log signed if there was a policy to say so.
struct AuditReport {
  checkpoint::Checkpoint checkpoint;  // what it says; with origin empty where it cannot be read
  bool is_signed = false;             // by the log, and every known witness's signature in it verifies
  bool was_verified = false;          // there was a policy
  bool is_witnessed = false;          // enough for the policy
  std::vector<Witnessed> witnesses;
  std::uint64_t witnessed_size = 0;  // of the tree that they cosigned: the checkpoint's, or one before it
  bool leads_to_root = false;        // the files, to that of the checkpoint
  std::uint64_t size = 0;  // of the tree that was recomputed: the checkpoint's, if it can be relied on
  std::uint64_t confirmations = 0, left_out = 0;  // entries that were read
  bool was_store_compared = false;
  std::vector<std::string> old_checkpoints;  // names of those of which this tree is the continuation
  std::vector<Finding> findings;
  std::uint64_t findings_in_all = 0;
  std::uint64_t store_findings_in_all = 0;  // of these, those of the store
  std::vector<std::string> remarks;         // what is no fault

  bool is_clean() const { return findings_in_all == 0; }
};

// audit_log reads all of a log's folder and changes nothing. It recomputes leaves, tiles and root from the
// entries, verifies the checkpoint by the policy, and where that has not enough cosignatures yet, judges them
// by "checkpoint.witnessed"; holds older checkpoints against the tree, and the entries against a store: each
// of these confirmations is in the log, at its index, and no other, and its tiles and checkpoints are those
// of the tree; no confirmation stands there twice. What is written into the folder meanwhile by a log that
// grows is beyond the checkpoint, and no fault. Memory does not grow with the log beyond 48 MB and a bit for
// each entry. Errors: kNotFound where the folder has neither checkpoint nor entries; of the store, and
// kUnsupported where it has no tables of a log.
Result<AuditReport> audit_log(LogFolder& folder, const AuditOptions& options);

// write_audit_text writes for people in a terminal, the verdict first; write_audit_json for programs: type
// "log-audit", version 1.
std::string write_audit_text(const AuditReport& report);
std::string write_audit_json(const AuditReport& report);

}  // namespace countersign::logbook
