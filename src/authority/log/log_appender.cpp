// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_appender.h"

#include <algorithm>

#include "authority/log/log_growth.h"
#include "authority/log/stored_tree.h"
#include "base/clock_tolerance.h"
#include "base/log.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {

Result<std::unique_ptr<LogAppender>> LogAppender::open(storage::Database& database,
                                                       checkpoint::NoteSigner signer, const Clock& clock) {
  TRY(const LogStore store, LogStore::open(database));
  std::unique_ptr<LogAppender> log(new LogAppender(store, std::move(signer)));
  const TimePoint now = clock.now();
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto state, store.state(transaction));
    if (state) return ok();
    TRY(LogCheckpoint empty, LogHead(log->signer_, {}, now).checkpoint());
    TRY(store.begin(transaction, {log->origin(), std::move(empty), now}));
    return log->expect_new_key(transaction);
  }));
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(Head head, log->load(reader));
    log->set_head(std::move(head));
    return ok();
  }));
  // A restart is how an operator says that the clock is right now.
  if (now + kClockTolerance < log->time_) {
    log_event(LogLevel::kWarning, "log_is_ahead_of_the_clock",
              {{"newest", format_time(log->time_)}, {"now", format_time(now)}});
    log->time_ = now;
  }
  return log;
}

std::shared_ptr<const LogHead> LogAppender::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

void LogAppender::set_head(Head head) {
  time_ = head->time();
  const std::lock_guard lock(mutex_);
  head_ = std::move(head);
}

Result<LogAppender::Head> LogAppender::load(storage::Reader& reader) const {
  TRY(const auto state, store_.state(reader));
  if (!state) return fail(ErrorCode::kConflict, "log: the store has none");
  if (state->origin != origin())
    return fail(ErrorCode::kConflict, "log: the store's is " + state->origin + ", and the key's " + origin());
  TRY(const std::uint64_t size, store_.count(reader));
  TRY(expect_signed(reader, *state, size));
  TRY(merkle::Edge tree, restore_edge(store_, reader, size));
  return std::make_shared<const LogHead>(signer_, std::move(tree), state->time);
}

// A log may have ended because its key leaked, and no key signs under two names.
Result<void> LogAppender::expect_new_key(storage::Reader& reader) const {
  TRY(const auto ended, store_.ended_checkpoints(reader));
  for (const std::string& note : ended) {
    TRY(const checkpoint::Checkpoint last, checkpoint::claimed_checkpoint(note));
    TRY(const auto key, checkpoint::VerifierKey::create(last.origin, verifier().type, verifier().key));
    if (checkpoint::verify_checkpoint(note, key))
      return fail(ErrorCode::kConflict, "log: its key signed " + last.origin +
                                            ", which was ended here; another log takes another key");
  }
  return ok();
}

// The tree in the store continues the one that was signed.
Result<void> LogAppender::expect_signed(storage::Reader& reader, const LogState& state,
                                        std::uint64_t size) const {
  TRY(const auto verified, checkpoint::verify_checkpoint(state.newest.note, verifier()));
  const checkpoint::Checkpoint& last = verified.checkpoint;
  if (last.size != state.newest.size || last.size > size)
    return fail(ErrorCode::kConflict, "log: " + std::to_string(size) + " entries in the store, " +
                                          std::to_string(last.size) + " signed");
  StoredTree tree(store_, reader);
  TRY(const merkle::Hash root, merkle::root_of(tree, last.size));
  if (root != last.root)
    return fail(ErrorCode::kConflict, "log: the tree in the store is not the one that was signed");
  return ok();
}

Result<void> LogAppender::refresh(storage::Reader& reader) {
  TRY(const std::uint64_t size, store_.count(reader));
  if (size == head()->size()) return ok();
  TRY(Head head, load(reader));
  set_head(std::move(head));
  return ok();
}

Result<LogAppender::Appended> LogAppender::append(storage::Transaction& transaction,
                                                  std::span<const documents::LogEntryBytes> entries,
                                                  TimePoint now) {
  tried_.reset();
  if (is_stale_) {
    TRY(refresh(transaction));
    is_stale_ = false;
  }
  if (entries.empty()) return fail(ErrorCode::kInternal, "log: nothing to append");
  if (now + kClockTolerance < time_)
    return fail(ErrorCode::kClockSkew, "log: the clock went back behind the newest entry, of " +
                                           format_time(time_) + "; set it right, then restart");
  merkle::Edge tree = head()->tree();
  const LogStore::Growth growth = grow_tree(tree, entries);
  if (const auto grown = store_.grow(transaction, growth); !grown) {
    is_stale_ = grown.error().code == ErrorCode::kConflict;
    return fail(grown.error());
  }
  tried_ = std::make_shared<const LogHead>(signer_, std::move(tree), std::max(time_, now));
  return Appended{growth.size_before, tried_};
}

void LogAppender::settle(Outcome outcome) {
  if (outcome == Outcome::kCommitted && tried_) set_head(std::move(tried_));
  tried_.reset();
}

}  // namespace countersign::authority
