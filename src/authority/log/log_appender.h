// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "authority/log/log_store.h"
#include "checkpoint/note_signer.h"

namespace countersign::authority {

// LogHead is a tree with the checkpoint that was signed of it: enough to prove what was appended last,
// without the store. Immutable, shared by threads.
struct LogHead {
  LogCheckpoint checkpoint;
  merkle::Edge tree;
};

// LogAppender appends to the public log of this data centre and signs what comes of it, within the
// transaction that stores what the entries are about: either both are durable or neither, and no checkpoint
// leaves before (docs/decisions/log-in-the-transaction.md). Memory and start are bounded, whatever the size
// of the log. Of one thread alone.
class LogAppender {
 public:
  // Goes on with the store's log, or begins one without entries. kSignatureInvalid where another key has
  // signed it; kConflict where it has another origin than the key, where its entries and tiles are not those
  // that were signed, and for an origin that was ended. References outlive the appender.
  static Result<std::unique_ptr<LogAppender>> open(storage::Database& database, checkpoint::NoteSigner signer,
                                                   const Clock& clock);

  // `head` proves what was appended now.
  struct Appended {
    std::uint64_t size_before = 0;
    std::shared_ptr<const LogHead> head;
  };
  // Appends at least one entry, signs, and stores all that with the transaction. kClockSkew where the time
  // lies further before the log's than clocks may be apart. The log has not grown before `settle` says so.
  Result<Appended> append(storage::Transaction& transaction,
                          std::span<const documents::LogEntryBytes> entries, TimePoint now);
  // After the end of the transaction: what append tried becomes the log, or is forgotten.
  enum class Outcome { kCommitted, kFailed };
  void settle(Outcome outcome);

  const std::string& origin() const { return signer_.verifier().name; }
  const checkpoint::VerifierKey& verifier() const { return signer_.verifier(); }
  std::uint64_t size() const { return head_->checkpoint.size; }
  const std::shared_ptr<const LogHead>& head() const { return head_; }

 private:
  LogAppender(LogStore store, checkpoint::NoteSigner signer) : store_(store), signer_(std::move(signer)) {}
  struct Standing {
    std::shared_ptr<const LogHead> head;
    TimePoint time;
  };
  Result<Standing> load(storage::Reader& reader) const;
  Result<std::string> sign(const merkle::Edge& tree) const;

  const LogStore store_;
  const checkpoint::NoteSigner signer_;
  std::shared_ptr<const LogHead> head_;
  TimePoint time_;                 // of its newest entry
  std::optional<Standing> tried_;  // since the last `settle`
  bool is_stale_ = false;          // the store's log was found to stand elsewhere
};

}  // namespace countersign::authority
