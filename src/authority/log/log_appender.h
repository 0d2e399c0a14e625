// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "authority/log/log_head.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {

// LogAppender appends to the public log of this data centre within the transaction that stores what the
// entries are about: either both are durable or neither (docs/decisions/log-in-the-transaction.md). Memory
// and start are bounded, whatever the size of the log. Of one thread alone, but for `head`.
class LogAppender {
 public:
  // Goes on with the store's log, or begins one without entries. kSignatureInvalid where another key has
  // signed it; kMalformed where its newest checkpoint is spoilt; kConflict where it has another origin than
  // the key, where its entries and tiles are not those that were signed, and for an origin or a key whose log
  // was ended; kClockSkew as `append`.
  static Result<std::unique_ptr<LogAppender>> open(storage::Database& database, checkpoint::NoteSigner signer,
                                                   const Clock& clock);

  // Goes on where the store's log stands, which another process may have appended to. Before anything is
  // appended in this transaction; errors as of `open`.
  Result<void> refresh(storage::Reader& reader);

  // `head` proves what was appended now, and is to be asked for nothing before `settle`.
  struct Appended {
    std::uint64_t size_before = 0;
    std::shared_ptr<const LogHead> head;
    // kInternal unless the first of what was appended got this index.
    Result<void> expect_first(std::int64_t index) const;
  };
  // Appends at least one entry, and stores that with the transaction. kClockSkew where the time lies further
  // before the log's than clocks may be apart. The log has not grown before `settle` says so.
  Result<Appended> append(storage::Transaction& transaction,
                          std::span<const documents::LogEntryBytes> entries, TimePoint now);
  // After the end of the transaction: what append tried becomes the log, or is forgotten.
  enum class Outcome { kCommitted, kFailed };
  void settle(Outcome outcome);

  const std::string& origin() const { return signer_->verifier().name; }
  const checkpoint::VerifierKey& verifier() const { return signer_->verifier(); }
  std::uint64_t size() const { return head()->size(); }
  // The log as it is committed. From any thread.
  std::shared_ptr<const LogHead> head() const;

 private:
  using Head = std::shared_ptr<const LogHead>;
  LogAppender(LogStore store, checkpoint::NoteSigner signer)
      : store_(store), signer_(std::make_shared<const checkpoint::NoteSigner>(std::move(signer))) {}
  Result<Head> load(storage::Reader& reader) const;
  Result<void> expect_new_key(storage::Reader& reader) const;
  Result<checkpoint::Checkpoint> verify_newest(const std::string& note) const;
  Result<void> expect_clock(TimePoint now) const;
  Result<void> expect_signed(storage::Reader& reader, const LogState& state, std::uint64_t size) const;
  void set_head(Head head);

  const LogStore store_;
  const std::shared_ptr<const checkpoint::NoteSigner> signer_;
  TimePoint time_;            // before which no entry is taken
  Head tried_;                // since the last `settle`; null: nothing
  bool is_stale_ = false;     // the store's log was found to stand elsewhere
  mutable std::mutex mutex_;  // guards what follows, held for moments only
  Head head_;
};

}  // namespace countersign::authority
